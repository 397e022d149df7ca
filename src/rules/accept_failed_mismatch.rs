//! R_ACCEPT_FAILED_MISMATCH: the failures do not follow from the mapping resolution.

use super::{Page, Report, Rule, lost};
use crate::digest::{FingerprintMap, FingerprintSet};
use crate::finding::Place;
use crate::ledger::DecisionBody;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ACCEPT_FAILED_MISMATCH",
    revision: 1,
    invariants: "X5",
    promoted: false,
    page: Page {
        title: "the failures do not follow from the mapping resolution",
        means: "`accept_failed` must hold one row for each mapping conflict and each mapping error, and nothing else, linked to the same runs and candidates as its decision.",
        matters: "A failure struck out makes a run look clean; one that was added blames a run that did not fail.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const FAILURES: &str = "audit/accept_failed.jsonl";
const MAPPING: &str = "audit/mapping_resolution.json";

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(mapping) = &package.mapping else { return };
    if !package.is_whole("accept_failed") || !package.is_whole("mapping_resolution") {
        return;
    }
    let wanted: FingerprintMap<_> =
        mapping.events.iter().filter_map(|event| Some((event.decision, (event, event.as_failure?)))).collect();
    let linked: FingerprintMap<_> = package
        .ledgers
        .decisions
        .iter()
        .filter_map(|decision| match decision.body {
            DecisionBody::Mapping { linked, .. } => Some((decision.id, linked)),
            DecisionBody::Accept(..) => None,
        })
        .collect();
    let mut found = FingerprintSet::default();
    for (at, failure) in package.ledgers.failures.iter().enumerate() {
        let place = || Place::row(FAILURES, failure.line.into());
        let runs = || package.ledgers.told.runs_of(&package.ledgers.told.failed, at);
        match wanted.get(&failure.id) {
            None => out
                .about(&[failure.id, lost(MAPPING)], &runs())
                .value(place().with("/decision_id"), || "no mapping conflict or error has this decision".into()),
            Some(_) if !found.insert(failure.id) => out
                .about(&[failure.id], &runs())
                .value(place().with("/decision_id"), || "the failure has a row above".into()),
            Some((event, body)) if *body != failure.body && failure.sound => {
                out.about(&[failure.id], &runs()).differs(
                    place(),
                    Some(Place::member(MAPPING, event.pointer.as_str())),
                    || format!("is not what follows from {MAPPING} {}", event.pointer),
                );
            }
            Some(_) if failure.sound && linked.get(&failure.id).is_some_and(|linked| *linked != failure.apart) => {
                out.about(&[failure.id], &runs())
                    .at(place(), || "its runs, candidates or time are not those of its decision".into());
            }
            Some(_) => {}
        }
    }
    for event in mapping.events.iter().filter(|event| event.as_failure.is_some() && !found.contains(&event.decision)) {
        out.about(&[event.decision, lost(FAILURES)], &[])
            .at(Place::member(MAPPING, event.pointer.as_str()), || format!("{FAILURES} has no row for this outcome"));
    }
}
