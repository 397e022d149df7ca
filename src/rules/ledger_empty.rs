//! R_LEDGER_EMPTY: an optional ledger is listed although it has no rows.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::ledger::KINDS;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_LEDGER_EMPTY",
    revision: 1,
    invariants: "M5",
    promoted: false,
    page: Page {
        title: "an optional ledger is listed although it has no rows",
        means: "The producer lists an optional ledger only when it has at least one row.",
        matters: "Its rows were removed after the export.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for kind in KINDS.iter().filter(|kind| !kind.required) {
        if package.rows.get(kind.name) == Some(&0) {
            out.at(Place::file(kind.path), || "is listed and has no rows".into());
        }
    }
}
