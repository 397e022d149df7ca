//! R_CLAIM_REPEATED: two claims with one id.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CLAIM_REPEATED",
    revision: 1,
    invariants: "F1",
    promoted: false,
    page: Page {
        title: "two claims with one id",
        means: "The claims table names the same `asrt_id` twice.",
        matters: "Everything else refers to claims by id; with two of one id nobody can say which fact is meant.",
        innocent: "A table concatenated with an older one.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::ClaimRepeated) {
        out.tally(found);
    }
}
