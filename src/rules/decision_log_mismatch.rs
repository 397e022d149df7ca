//! R_DECISION_LOG_MISMATCH: the decision log does not follow from writes and mappings.

use super::{Page, Report, Rule, lost};
use crate::digest::{FingerprintMap, FingerprintSet};
use crate::finding::Place;
use crate::ledger::{DECISION_MEMBERS, DecisionBody, pointer_to, source_of};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DECISION_LOG_MISMATCH",
    revision: 1,
    invariants: "X4 D12",
    promoted: false,
    page: Page {
        title: "the decision log does not follow from writes and mappings",
        means: "The decision log must hold one row for each accepted write and each mapping outcome, and nothing else; the members of each row follow from those.",
        matters: "A write without a decision was approved by nobody; a decision without a write approved nothing.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const DECISIONS: &str = "audit/decision_log.jsonl";
const WRITES: &str = "audit/accept_write_ledger.jsonl";
const MAPPING: &str = "audit/mapping_resolution.json";

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(mapping) = &package.mapping else { return };
    if !package.is_whole("decision_log")
        || !package.is_whole("accept_write_ledger")
        || !package.is_whole("mapping_resolution")
    {
        return;
    }
    let ledgers = &package.ledgers;
    let writes: FingerprintMap<_> = ledgers.accept_writes.iter().map(|write| (write.decision, write)).collect();
    let events: FingerprintMap<_> = mapping.events.iter().map(|event| (event.decision, event)).collect();
    let mut found = FingerprintSet::default();
    for (at, decision) in ledgers.decisions.iter().enumerate() {
        found.insert(decision.id);
        let place = || Place::row(DECISIONS, decision.line.into());
        let runs = || ledgers.told.runs_of(&ledgers.told.decided, at);
        let about = || match decision.body {
            DecisionBody::Accept(_, assertion) => [decision.id, assertion],
            DecisionBody::Mapping { .. } => [decision.id; 2],
        };
        match (&decision.body, writes.get(&decision.id), events.get(&decision.id)) {
            (DecisionBody::Accept(columns, _), Some(write), _) => {
                if let Some(member) =
                    columns.difference(&write.as_decision, &DECISION_MEMBERS).filter(|_| decision.sound && write.sound)
                {
                    out.about(&about(), &runs()).differs(
                        place().with(pointer_to(member)),
                        source_of(member, WRITES, write.line),
                        || format!("is not what follows from {WRITES}:{}", write.line),
                    );
                }
            }
            (DecisionBody::Mapping { body, .. }, _, Some(event)) => {
                if *body != event.as_decision && decision.sound {
                    out.about(&about(), &runs()).differs(
                        place(),
                        Some(Place::member(MAPPING, event.pointer.as_str())),
                        || format!("is not what follows from {MAPPING} {}", event.pointer),
                    );
                }
            }
            (DecisionBody::Accept(..), None, _) => out
                .about(&[&about()[..], &[lost(WRITES)]].concat(), &runs())
                .value(place().with("/decision_id"), || "no accepted write has this decision".into()),
            (DecisionBody::Mapping { .. }, _, None) => out
                .about(&[&about()[..], &[lost(MAPPING)]].concat(), &runs())
                .value(place().with("/decision_id"), || "no mapping outcome has this decision".into()),
        }
    }
    for write in ledgers.accept_writes.iter().filter(|write| !found.contains(&write.decision)) {
        let run = write.run.map(|run| ledgers.told.tallies[run as usize].run);
        out.about(&[write.decision, write.assertion, lost(DECISIONS)], run.as_slice())
            .at(Place::row(WRITES, write.line.into()), || format!("{DECISIONS} has no decision for this write"));
    }
    for event in mapping.events.iter().filter(|event| !found.contains(&event.decision)) {
        out.about(&[event.decision, lost(DECISIONS)], &[]).at(Place::member(MAPPING, event.pointer.as_str()), || {
            format!("{DECISIONS} has no decision for this outcome")
        });
    }
}
