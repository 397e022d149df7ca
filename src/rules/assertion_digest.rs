//! R_ASSERTION_DIGEST: a claim that does not hash to its assertion digest.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ASSERTION_DIGEST",
    revision: 1,
    invariants: "D16",
    promoted: false,
    page: Page {
        title: "a claim that does not hash to its assertion digest",
        means: "The `assertion_digest` of a claim is not the digest of its predicate, entity, arguments, schema and metadata.",
        matters: "The claim or what was noted of it was changed after the store signed for it.",
        innocent: "Never from the producer: metadata that was appended or changed later is left out where the digest holds without it, and only noted where that cannot be told (N_ASSERTION_DIGEST).",
        next: "Compare the claim with the store that it came from; without that, ask the producer for the package again.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) =
        package.facts.found(FactFault::AssertionDigest).filter(|_| package.has_facts() && package.has_ledgers())
    {
        out.tally(found);
    }
}
