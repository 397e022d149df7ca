//! N_ROUND_UNFINISHED: a round that never ended.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_ROUND_UNFINISHED",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "a round that never ended",
        means: "The last event of a round is not its end.",
        matters: "The round may have gone on elsewhere; nothing seals its events.",
        innocent: "The round was written through an interface that takes open rounds.",
        next: "Ask whether the round was ended later.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if package.is_whole("round_events") {
        for round in package.ledgers.rounds.unfinished() {
            let place = Place::row("audit/round_events.jsonl", round.last_line.into()).with("/round_id");
            out.value(place, || "the round has no round_finalized".into());
        }
    }
}
