//! N_ROUND_TIME: time goes backwards in a round.

use super::{Page, Report, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_ROUND_TIME",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "time goes backwards in a round",
        means: "An event of a round is dated before the event above it.",
        matters: "The order of events rests on their numbers alone.",
        innocent: "The machine's clock was set back during the round.",
        next: "Nothing, if all else holds.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    // Where a row is lost, the rows around it cannot follow each other.
    if package.is_whole("round_events") {
        out.flaws(package, Flaw::RoundTime);
    }
}
