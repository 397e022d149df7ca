//! R_MAPPING_MISMATCH: the mapping resolution does not follow from schema and facts.

use std::collections::BTreeMap;

use super::{FACTS, Page, Report, Rule, lost, schema_thing, thing};
use crate::digest::{Fingerprint, FingerprintMap};
use crate::facts::resolve::{Key, Outcome, Resolver};
use crate::finding::{Place, printable};
use crate::ledger::mapping::{MappedPredicate, MappingEvent, OUTCOME, Status, decision_id};
use crate::ledger::pointer_to;
use crate::package::faults::FaultKind;
use crate::package::{Package, Shape};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_MAPPING_MISMATCH",
    revision: 1,
    invariants: "X11",
    promoted: false,
    page: Page {
        title: "the mapping resolution does not follow from schema and facts",
        means: "The schema says which predicates are mappings and how several values of a key are resolved into one. Resolved again over the claims that stand, something else comes out: another value, another conflict, other candidates, or another predicate.",
        matters: "A mapping that was resolved by hand looks like one that the rules resolved.",
        innocent: "Never from the producer: the same claims always resolve alike.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const MAPPING: &str = "audit/mapping_resolution.json";
const CLAIMS: &str = "facts/claim.facts";
const ARGUMENTS: &str = "facts/claim_arg.facts";

fn check(package: &Package, out: &mut Report<'_>) {
    let tables = [
        CLAIMS,
        ARGUMENTS,
        "facts/claim_seq.facts",
        "facts/meta_str.facts",
        "facts/meta_time.facts",
        "facts/revokes.facts",
    ];
    let (Some(manifest), Some(mapping)) = (package.factgraph(), &package.mapping) else { return };
    let Some(mode) = manifest.policy_mode.as_deref().filter(|_| package.shape == Shape::Full) else { return };
    let has_schema = package.schema.as_ref().is_some_and(|schema| schema.predicates.is_some());
    // Where claims have no order, nothing can be resolved.
    let is_ordered = package.facts.found(crate::facts::FactFault::Sequence).is_none();
    if !has_schema || !is_ordered || !package.is_whole("mapping_resolution") || !package.has_tables(&tables) {
        return;
    }
    let mut stated: BTreeMap<&str, &MappedPredicate> =
        mapping.predicates.iter().map(|predicate| (predicate.name.as_str(), predicate)).collect();
    let misfits = [FaultKind::Type, FaultKind::UnknownField];
    let is_sound = !package.faults.touch(&misfits, MAPPING);
    let resolver = Resolver::new(&package.facts, mode);
    for (predicate, number) in resolver.predicates() {
        let Some(outcome) = resolver.outcome(predicate, number) else {
            stated.remove(predicate.id.as_str());
            continue;
        };
        match stated.remove(predicate.id.as_str()) {
            Some(stated) => compare(stated, &mapping.events[stated.events.clone()], &outcome, out),
            None if is_sound => {
                let upset = outcome.decisions(&predicate.id).into_iter().chain([facts()]).collect::<Vec<_>>();
                out.about(&[schema_thing(), lost(ARGUMENTS)], &upset).at(Place::member(MAPPING, "/predicates"), || {
                    let name = printable(&predicate.id, 60);
                    format!("has no entry for {name:?}, which the schema declares as a mapping")
                });
            }
            None => {}
        }
    }
    for predicate in stated.values() {
        let place = Place::member(MAPPING, format!("{}/pred_id", predicate.pointer));
        let upset: Vec<_> = mapping.events[predicate.events.clone()].iter().map(|event| event.decision).collect();
        out.about(&[schema_thing(), lost(ARGUMENTS)], &upset)
            .value(place, || "the schema declares no such mapping".into());
    }
}

fn compare(stated: &MappedPredicate, events: &[MappingEvent], outcome: &Outcome, out: &mut Report<'_>) {
    let place = |inside: &str| Place::member(MAPPING, format!("{}{inside}", stated.pointer));
    if stated.status != outcome.status() {
        let mut upset = outcome.decisions(&stated.name);
        upset.extend(events.iter().map(|event| event.decision).chain([facts()]));
        return out.about(&[schema_thing(), lost(ARGUMENTS)], &upset).value(place("/status"), || {
            let word = match outcome.status() {
                Status::Resolved => "resolved",
                Status::Conflict => "conflict",
                Status::Error => "error",
            };
            format!("should be {word:?}, as the claims come to")
        });
    }
    let id = |key: &Key| decision_id(stated.status, &stated.name, &key.key);
    match outcome {
        Outcome::Error(Some(text)) if *text != stated.error => {
            out.about(&[schema_thing(), lost(ARGUMENTS)], &outcome.decisions(&stated.name))
                .value(place("/error"), || format!("should be {:?}", printable(text, 120)));
        }
        Outcome::Error(_) => {}
        Outcome::Conflict(keys) => {
            let same = compare_keys(events, keys, &place("/conflicts"), &id, out);
            let moved = events.iter().zip(keys).find(|(event, key)| event.key != Fingerprint::of(&key.key));
            if let Some((event, key)) = moved.filter(|_| same) {
                out.about(&[schema_thing(), lost(ARGUMENTS)], &[facts()]).value(
                    Place::member(MAPPING, format!("{}/key_tuple", event.pointer)),
                    || {
                        format!(
                            "should stand behind the key {}, which {CLAIMS}:{} has first",
                            shown(&key.key),
                            key.line
                        )
                    },
                );
            }
        }
        Outcome::Resolved(keys) => {
            compare_keys(events, keys, &place("/decisions"), &id, out);
        }
    }
}

/// Compares what was decided about each key, wherever it stands; true if the keys are the same.
fn compare_keys(
    events: &[MappingEvent],
    keys: &[Key],
    list: &Place,
    id: &dyn Fn(&Key) -> Fingerprint,
    out: &mut Report<'_>,
) -> bool {
    let mut missing: FingerprintMap<&Key> = keys.iter().map(|key| (Fingerprint::of(&key.key), key)).collect();
    let mut same = events.len() == keys.len();
    for event in events {
        let place = |inside: &str| Place::member(MAPPING, format!("{}{inside}", event.pointer));
        let Some(key) = missing.remove(&event.key) else {
            same = false;
            out.about(&[event.decision, schema_thing(), lost(ARGUMENTS)], &[facts()])
                .value(place("/key_tuple"), || "no claim that stands has this key, or it has an entry above".into());
            continue;
        };
        if let Some(member) = event.outcome.difference(&key.outcome(), &OUTCOME) {
            let about = [&[event.decision, schema_thing(), lost(ARGUMENTS)], key.claims.as_slice()].concat();
            out.about(&about, &[facts()]).value(place(&pointer_to(member)), || {
                let mut wanted = Vec::new();
                key.spell(member, &mut wanted);
                format!("should be {}, as the claims of the key from {CLAIMS}:{} on come to", shown(&wanted), key.line)
            });
        }
    }
    let mut missing: Vec<&Key> = missing.into_values().collect();
    missing.sort_unstable_by_key(|key| key.line);
    for key in &missing {
        let about = [&[id(key), schema_thing(), lost(ARGUMENTS)], key.claims.as_slice()].concat();
        out.about(&about, &[facts()])
            .at(list.clone(), || format!("lacks the key {}, which {CLAIMS}:{} has first", shown(&key.key), key.line));
    }
    same && missing.is_empty()
}

fn facts() -> Fingerprint {
    thing(FACTS, 0, "")
}

fn shown(json: &[u8]) -> String {
    printable(&String::from_utf8_lossy(json), 80)
}
