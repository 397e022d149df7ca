//! R_DECLINED_YET_WRITTEN: a write of a candidate that was declined.

use super::{Page, Report, Rule};
use crate::documented::Trouble;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DECLINED_YET_WRITTEN",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a write of a candidate that was declined",
        means: "Every decision on a candidate of a documented package declines it, and yet the accept-write ledger has a write of it.",
        matters: "A fact stands that somebody refused.",
        innocent: "Never: an approval that came later is a decision of its own.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    books.standings().places(books, Trouble::DeclinedYetWritten, |place| {
        out.value(place, || "the candidate was written, and all decisions on it decline it".into());
    });
}
