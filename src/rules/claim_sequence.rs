//! R_CLAIM_SEQUENCE: claims are not numbered one by one.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CLAIM_SEQUENCE",
    revision: 1,
    invariants: "F4",
    promoted: false,
    page: Page {
        title: "claims are not numbered one by one",
        means: "Every claim has one number in `claim_seq`, greater than zero and unlike any other's.",
        matters: "The numbers say which of two competing facts is the later one.",
        innocent: "A table edited by hand.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::Sequence) {
        out.tally(found);
    }
}
