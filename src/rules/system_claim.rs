//! R_SYSTEM_CLAIM: a claim of a predicate that the store keeps for itself.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SYSTEM_CLAIM",
    revision: 1,
    invariants: "F1",
    promoted: false,
    page: Page {
        title: "a claim of a predicate that the store keeps for itself",
        means: "A claim's predicate begins with `__system__.`; the producer never exports such claims.",
        matters: "Revocations are stored that way: one among the claims would be a revocation that is not listed as one.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::SystemClaim) {
        out.tally(found);
    }
}
