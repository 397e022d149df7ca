//! R_WRITE_WITHOUT_DECISION: a write of a candidate on which nobody decided.

use super::{Page, Report, Rule};
use crate::documented::Trouble;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_WRITE_WITHOUT_DECISION",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a write of a candidate on which nobody decided",
        means: "The accept-write ledger of a documented package has a write of a candidate that no decision names.",
        matters: "Why and by whom the fact was accepted cannot be told.",
        innocent: "A decision log that was filtered, or that names candidates otherwise.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    books.standings().places(books, Trouble::WriteWithoutDecision, |place| {
        out.value(place, || "the candidate was written, and no decision names it".into());
    });
}
