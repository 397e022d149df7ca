//! R_FAILURE_WITHOUT_CANDIDATE: a failed accept of a candidate that is not there.

use super::{Page, Report, Rule};
use crate::documented::FAILURES;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_FAILURE_WITHOUT_CANDIDATE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a failed accept of a candidate that is not there",
        means: "The failures of a documented package name a candidate that has no row in the candidate ledger. Where the candidate has a write or a decision as well, only these are reported.",
        matters: "What failed to be accepted cannot be looked at.",
        innocent: "A candidate ledger that was filtered.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    let standings = books.standings();
    for (candidate, line) in books.failures.iter().filter(|(candidate, _)| !standings.is_known(*candidate)) {
        if standings.get(candidate).is_none_or(|standing| standing.writes + standing.decisions() == 0) {
            let place = books.place(FAILURES, line).with("/candidate_id");
            out.value(place, || "the candidate ledger has no row for this candidate".into());
        }
    }
}
