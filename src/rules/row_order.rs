//! R_ROW_ORDER: rows that are not in the order the format prescribes.

use super::{Page, Report, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ROW_ORDER",
    revision: 1,
    invariants: "B6",
    promoted: false,
    page: Page {
        title: "rows that are not in the order the format prescribes",
        means: "The producer sorts this file; a row sorts before the one above it.",
        matters: "A row was inserted, moved or renamed after the export.",
        innocent: "A file that was sorted again by another rule.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    out.faults(package, FaultKind::RowOrder);
    if let Some(mapping) = &package.mapping {
        out.tally(&mapping.unordered);
    }
}
