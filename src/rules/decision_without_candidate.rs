//! R_DECISION_WITHOUT_CANDIDATE: a decision on a candidate that is not there.

use super::{Page, Report, Rule};
use crate::documented::DECISIONS;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DECISION_WITHOUT_CANDIDATE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a decision on a candidate that is not there",
        means: "The decision log of a documented package names a candidate that has no row in the candidate ledger. Where the candidate has a write as well, only the write is reported.",
        matters: "Somebody decided on something that the package does not show.",
        innocent: "A candidate ledger that was filtered.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    let standings = books.standings();
    for decision in books.decisions.iter() {
        let Some(candidate) = decision.candidate.filter(|candidate| !standings.is_known(*candidate)) else { continue };
        if standings.get(candidate).is_none_or(|standing| standing.writes == 0) {
            let place = books.place(DECISIONS, decision.line).with("/candidate_id");
            out.value(place, || "the candidate ledger has no row for this candidate".into());
        }
    }
}
