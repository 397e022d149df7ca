//! R_DECISION_LOG_MISMATCH: the decision log does not follow from writes and mappings.

use super::{Page, Report, Rule, lost};
use crate::digest::FingerprintMap;
use crate::finding::Place;
use crate::ledger::mapping::MappingEvent;
use crate::ledger::{AcceptWrite, DECISION_MEMBERS, DecisionBody, pointer_to, source_of};
use crate::package::Package;
use crate::spill::{Bits, Index};

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
    let writes = &ledgers.accept_writes;
    let wanted = Index::of_lasts(&package.memory, writes, AcceptWrite::by_decision, |_, _| {});
    let events: FingerprintMap<_> = mapping.events.iter().enumerate().map(|(at, event)| (event.decision, at)).collect();
    let (mut written, mut told) = (Bits::new(writes.len()), Bits::new(mapping.events.len()));
    for (at, decision) in ledgers.decisions.iter().enumerate() {
        let write = wanted.find(writes, decision.id);
        let event = events.get(&decision.id).copied();
        write.map(|at| written.mark(at));
        event.map(|at| told.mark(at));
        let (write, event) = (write.and_then(|at| writes.get(at)), event.map(|at| &mapping.events[at]));
        let place = || Place::row(DECISIONS, decision.line.into());
        let runs = || ledgers.told.runs_of(&ledgers.told.decided, at);
        let about = || match decision.body {
            DecisionBody::Accept(_, assertion) => [decision.id, assertion],
            DecisionBody::Mapping { .. } => [decision.id; 2],
        };
        match (&decision.body, write, event) {
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
    for (at, write) in writes.iter().enumerate().filter(|(at, _)| !written.has(*at)) {
        // One of several is found.
        if wanted.find(writes, write.decision).is_some_and(|last| last != at && written.has(last)) {
            continue;
        }
        let run = ledgers.told.id(write.run);
        out.about(&[write.decision, write.assertion, lost(DECISIONS)], run.as_slice())
            .at(Place::row(WRITES, write.line.into()), || format!("{DECISIONS} has no decision for this write"));
    }
    let has_decision = |event: &MappingEvent| events.get(&event.decision).is_some_and(|at| told.has(*at));
    for event in mapping.events.iter().filter(|event| !has_decision(event)) {
        out.about(&[event.decision, lost(DECISIONS)], &[]).at(Place::member(MAPPING, event.pointer.as_str()), || {
            format!("{DECISIONS} has no decision for this outcome")
        });
    }
}
