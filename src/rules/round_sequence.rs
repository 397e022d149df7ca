//! R_ROUND_SEQUENCE: the events of a round do not follow each other.

use super::{Page, Report, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ROUND_SEQUENCE",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "the events of a round do not follow each other",
        means: "The rows of a round are not numbered 0, 1, 2 and so on in the order of the file, or rows of other rounds stand between them.",
        matters: "An event was taken out of the round, put in or moved.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    // Where a row is lost, the rows around it cannot follow each other.
    if package.is_whole("round_events") {
        out.flaws(package, Flaw::RoundSequence);
    }
}
