//! N_CANDIDATE_KEY: a candidate's key that was not judged.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_CANDIDATE_KEY",
    revision: 1,
    invariants: "D7 D9",
    promoted: false,
    page: Page {
        title: "a candidate's key that was not judged",
        means: "A claim names a candidate and does not say under which key or of which kind it was proposed. Or what the key is the digest of is not all in the package: whether a rule gave a float itself or took it from a fact, and which of several entities that were proposed as one is meant. Every possibility is tried, up to a bound; here there are more: a claim of some twenty floats, or an entity that was proposed over and over and has claims of more than 64 predicates.",
        matters: "For these claims, whether what was written is what was proposed is left open; the claim `acceptance_traceable` counts them.",
        innocent: "A predicate of very many floats; a program that noted the id of a candidate by hand.",
        next: "Compare the claim with the store that it came from.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::KeyOpen).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
