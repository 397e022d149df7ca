//! R_ACCEPTED_WITHOUT_DECISION: an accepted candidate without a decision.

use super::{Page, Report, Rule};
use crate::documented::Trouble;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ACCEPTED_WITHOUT_DECISION",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an accepted candidate without a decision",
        means: "A candidate of a documented package has the state `accepted`, but neither a decision nor a write names it.",
        matters: "Nothing shows that anybody accepted it, or what came of it.",
        innocent: "A state that was set by hand.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    books.standings().places(books, Trouble::AcceptedWithoutDecision, |place| {
        out.value(place, || "the state is accepted, and neither a decision nor a write names the candidate".into());
    });
}
