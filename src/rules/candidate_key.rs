//! R_CANDIDATE_KEY: an accepted fact that says something else than its candidate.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CANDIDATE_KEY",
    revision: 1,
    invariants: "D9",
    promoted: false,
    page: Page {
        title: "an accepted fact that says something else than its candidate",
        means: "The `candidate_key` of a claim that came from a candidate is not the digest of the derivation, its version and what the claim says.",
        matters: "The claim, the rule that derived it or the rule's version was exchanged after it was accepted.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::CandidateKey).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
