//! R_ROUND_FINAL: a round whose end does not fit it.

use super::{Page, Report, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ROUND_FINAL",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "a round whose end does not fit it",
        means: "The end of a round states another time than its own or other numbers of events than there are, or events stand below it.",
        matters: "The end seals the round: events were added, removed or changed in kind after it was written.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    // Where a row is lost, the rows around it cannot follow each other.
    if package.is_whole("round_events") {
        out.flaws(package, Flaw::RoundFinal);
    }
}
