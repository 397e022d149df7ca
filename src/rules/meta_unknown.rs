//! R_META_UNKNOWN: metadata about nothing.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_META_UNKNOWN",
    revision: 1,
    invariants: "F3",
    promoted: false,
    page: Page {
        title: "metadata about nothing",
        means: "A row of metadata names an assertion that is neither a claim nor a revocation.",
        matters: "The claim it was about has been taken out.",
        innocent: "A claims table that was cut.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::MetaUnknown) {
        out.tally(found);
    }
}
