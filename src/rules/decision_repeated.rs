//! R_DECISION_REPEATED: two decisions with one id.

use super::{Page, Report, Rule};
use crate::documented::{self, DECISIONS};
use crate::finding::Place;
use crate::ledger::Decision;
use crate::package::Package;
use crate::spill::Index;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DECISION_REPEATED",
    revision: 2,
    invariants: "X3",
    promoted: false,
    page: Page {
        title: "two decisions with one id",
        means: "The decision log names the same `decision_id` twice.",
        matters: "A question about that decision has two answers.",
        innocent: "A ledger concatenated with an older one. Ids of mapping decisions end in 48 bits of a digest; two keys of one predicate could share them by chance once there are some ten million.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let (told, decisions) = (&package.ledgers.told, &package.ledgers.decisions);
    Index::of_lasts(&package.memory, decisions, Decision::by_id, |before, at| {
        let (Some(first), Some(decision)) = (decisions.get(before), decisions.get(at)) else { return };
        let place = Place::row("audit/decision_log.jsonl", decision.line.into()).with("/decision_id");
        out.about(&[decision.id], &told.runs_of(&told.decided, at))
            .value(place, || format!("the decision stands in line {} as well", first.line));
    });
    let Some(books) = package.documented() else { return };
    let decisions = &books.decisions;
    Index::of_lasts(&package.memory, decisions, documented::Decision::by_id, |before, at| {
        let (Some(first), Some(decision)) = (decisions.get(before), decisions.get(at)) else { return };
        let place = books.place(DECISIONS, decision.line).with("/decision_id");
        out.value(place, || format!("the decision stands in line {} as well", first.line));
    });
}
