//! U_OUTCOME_UNKNOWN: a decision that neither accepts nor declines.

use super::{Page, Report, Rule};
use crate::documented::{DECISIONS, Outcome};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_OUTCOME_UNKNOWN",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "a decision that neither accepts nor declines",
        means: "A decision of a documented package on a candidate has an `outcome` other than `accepted` and `declined`.",
        matters: "Whether the candidate was accepted cannot be told.",
        innocent: "A writer with other words for outcomes.",
        next: "Have the producer write `accepted` or `declined`.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    for decision in books.decisions.iter() {
        if decision.outcome == Outcome::Other && decision.candidate.is_some() {
            let place = books.place(DECISIONS, decision.line).with("/outcome");
            out.value(place, || "the outcome is neither accepted nor declined".into());
        }
    }
}
