//! R_RUN_UNLISTED: a run that the run ledger does not list.

use super::{Page, Report, Rule};
use crate::digest::FingerprintSet;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_RUN_UNLISTED",
    revision: 1,
    invariants: "X8",
    promoted: false,
    page: Page {
        title: "a run that the run ledger does not list",
        means: "An accepted write, candidate, decision or failure names a run without a row in the run ledger.",
        matters: "The run ledger is where a review begins; a run that is not there is not reviewed.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if !package.is_whole("run_ledger") {
        return;
    }
    let known: FingerprintSet = package.ledgers.runs.iter().map(|run| run.id).collect();
    for told in package.ledgers.told.tallies.iter().filter(|told| !known.contains(&told.run)) {
        let place = Place::row(told.first.path, told.first.line.into()).with(told.first.pointer);
        out.about(&[told.run], &[]).value(place, || "the run ledger has no row for this run".into());
    }
}
