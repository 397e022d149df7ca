//! R_CANDIDATE_STATE: a candidate whose state is not what became of it.

use super::{Page, Report, Rule};
use crate::documented::Trouble;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CANDIDATE_STATE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a candidate whose state is not what became of it",
        means: "A candidate of a documented package was accepted and written, and its state says otherwise; or it was declined and not written, and its state is `accepted`.",
        matters: "A list of open candidates made from states would be wrong.",
        innocent: "A candidate ledger exported before the decision.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    books.standings().places(books, Trouble::State, |place| {
        out.value(place, || "the state is not what the decisions and writes say of the candidate".into());
    });
}
