//! R_ROUND_START: a round that does not begin as rounds do.

use super::{Page, Report, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ROUND_START",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "a round that does not begin as rounds do",
        means: "The first event of a round is not its start, a later one is, or the start states another time than its own.",
        matters: "What happened before the first event that is left is not in the package.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    // Where a row is lost, the rows around it cannot follow each other.
    if package.is_whole("round_events") {
        out.flaws(package, Flaw::RoundStart);
    }
}
