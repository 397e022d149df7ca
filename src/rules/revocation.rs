//! R_REVOCATION: a revocation that revokes nothing, or twice.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_REVOCATION",
    revision: 1,
    invariants: "F5",
    promoted: false,
    page: Page {
        title: "a revocation that revokes nothing, or twice",
        means: "A revocation names one claim, no claim is revoked twice, no claim revokes, and its own metadata agrees.",
        matters: "A fact could be hidden by a revocation that never happened, or shown although it was taken back.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::Revocation) {
        out.tally(found);
    }
}
