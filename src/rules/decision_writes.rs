//! R_DECISION_WRITES: a decision that names other writes than there are.

use super::{Page, Report, Rule};
use crate::documented::DECISIONS;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DECISION_WRITES",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a decision that names other writes than there are",
        means: "A decision of a documented package lists `assertion_ids`, and these are not the writes of its candidate in the accept-write ledger; or a decision that declines lists some.",
        matters: "The decision accounts for a write that is not there, or keeps one quiet.",
        innocent: "A candidate that was written again after the decision was logged.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    books.standings().contradicted(books, |decision, text| {
        let place = books.place(DECISIONS, decision.line).with("/assertion_ids");
        out.value(place, || text.into());
    });
}
