//! Accepted candidates: the digests over their key, their content and the run that proposed them.

use std::collections::HashMap;

use super::content::{Content, MoreForms};
use super::meta::TEXTS;
use super::texts::Texts;
use super::{Claim, FactFault, Facts, Group, Names, tuple};
use crate::digest::Digest;
use crate::finding::Place;

/// What is kept until all texts were read.
#[derive(Default)]
pub(super) struct Candidates {
    /// Accepted entities: their number among the entities, and the key of the candidate.
    entities: Vec<(u32, Box<str>)>,
    /// Facts whose subject was no entity yet when they were proposed, if their keys are right.
    roles: Vec<Role>,
    /// Ids and versions of derivations.
    derivations: Names,
    more: MoreForms,
}

/// A fact that may be about an entity proposed together with it.
struct Role {
    claim: u32,
    /// Numbers of its entity and its predicate.
    subject: [u32; 2],
    line: u32,
    derivation: [u32; 2],
    key_tuple: Option<Digest>,
    key: Option<Digest>,
}

/// Of each entity and predicate every candidate is tried: so many for each that there is, on average, and no more. Schemas
/// with fewer predicates never come near it.
const MOST_TRIES: usize = 64;

/// Checks what the texts about a claim say of the candidate that it was.
pub(super) fn check(facts: &mut Facts, group: &Group, texts: &Texts<'_>, claim: usize) {
    let kind = texts.candidate_kind.filter(|kind| matches!(*kind, "fact" | "entity"));
    let key = texts.candidate_key.filter(|key| !key.is_empty());
    if let (Some("entity"), Some(key)) = (kind, key) {
        facts.candidates.entities.push((facts.claims[claim].entity, key.into()));
    }
    let Some(id) = texts.candidate_id else { return };
    let (predicate, _) = facts.subject(&facts.claims[claim]);
    let target = if kind == Some("entity") { texts.entity_type } else { Some(predicate) };

    let key_tuple = texts.key_tuple_digest.unwrap_or_default();
    let key_digest = |target: &str| Digest::of_ended(b"factpy\0cand_key_v1\0", &[target, key_tuple].map(str::as_bytes));
    let stated = texts.cand_key_digest.filter(|stated| !stated.is_empty());
    let has_key_digest =
        stated.is_none_or(|stated| target.is_some_and(|target| key_digest(target).is_spelt("sha256:", stated)));

    let has_id = kind.zip(key).is_none_or(|(kind, key)| {
        // The run may have been noted anew since; the trace names the one that proposed the candidate.
        let runs = [texts.run_id, facts.annotated.first_value(claim, "trace_id")];
        let named = |run, target| {
            Digest::of_ended(b"factpy\0cand_id_v2\0", &[run, kind, target, key].map(str::as_bytes))
                .is_spelt("cand_v2:", id)
        };
        target.is_some_and(|target| runs.into_iter().flatten().any(|run| named(run, target)))
    });

    if !has_key_digest {
        fault(facts, FactFault::KeyDigest, claim, group.line_of("cand_key_digest"));
    }
    if !has_id {
        fault(facts, FactFault::CandidateId, claim, group.line_of("candidate_id"));
    }
    if kind.is_none() || key.is_none() {
        fault(facts, FactFault::KeyOpen, claim, group.line_of("candidate_id"));
    }
    if let (Some("fact"), Some(key)) = (kind, key) {
        check_fact(facts, group, texts, claim, key);
    }
}

/// The key tuple and the content of a fact that was proposed.
fn check_fact(facts: &mut Facts, group: &Group, texts: &Texts<'_>, claim: usize, key: &str) {
    let derivation = [texts.derivation_id, texts.derivation_version];
    let key = Digest::from_spelt("candk_v2:", key);
    let key_tuple = texts.key_tuple_digest.and_then(Digest::from_token);
    let mut room = std::mem::take(&mut facts.room);
    let direct = push_key_tuple(facts, claim, &mut room).map(|known| known && Some(Digest::of(&room)) == key_tuple);
    match direct {
        Some(true) => {
            let mut more = std::mem::take(&mut facts.candidates.more);
            let holds = match (Content::of(facts, claim, None), key, derivation) {
                (Some(content), Some(key), [Some(id), Some(version)]) => {
                    content.has_key(key, [id, version], &mut more, &mut room)
                }
                _ => Some(false),
            };
            facts.candidates.more = more;
            judge_key(facts, holds, claim, group.line_of("candidate_key"));
        }
        Some(false) => {
            let derivation = derivation.map(|text| facts.candidates.derivations.number(text.unwrap_or_default()));
            let line = u32::try_from(group.line_of("key_tuple_digest")).unwrap_or(u32::MAX);
            let Claim { entity, predicate, .. } = facts.claims[claim];
            let subject = [entity, predicate];
            facts.candidates.roles.push(Role { claim: claim as u32, subject, line, derivation, key_tuple, key });
        }
        None => {}
    }
    facts.room = room;
}

/// Writes the tuple of predicate, entity and those arguments that belong to the key; false if the claim lacks one of those,
/// nothing if its arguments cannot be read.
fn push_key_tuple(facts: &Facts, claim: usize, room: &mut Vec<u8>) -> Option<bool> {
    let arguments = facts.arguments.of(claim)?;
    facts.declared.as_ref()?;
    let claim = &facts.claims[claim];
    let (predicate, entity) = facts.subject(claim);
    let key: &[usize] = facts.declaration(claim).map_or(&[], |predicate| &predicate.key);
    if key.len() > arguments.count as usize + 1 {
        return Some(false);
    }
    let others = key.iter().filter(|at| **at != 0);
    let count = others.clone().count() as u32;
    room.clear();
    tuple::push_head(room, 2 + count);
    tuple::push_term(room, tuple::STRING, predicate.as_bytes());
    tuple::push_term(room, tuple::ENTITY, entity.as_bytes());
    let all: Vec<_> = if count > 0 { arguments.iter().collect() } else { Vec::new() };
    for at in others {
        let Some((tag, payload)) = all.get(at - 1) else { return Some(false) };
        tuple::push_term(room, *tag, payload);
    }
    Some(true)
}

/// All texts are read: facts about entities that were proposed with them are held against those.
pub(super) fn end(facts: &mut Facts) {
    let Candidates { mut entities, mut roles, derivations, mut more } = std::mem::take(&mut facts.candidates);
    entities.sort_unstable();
    entities.dedup();
    roles.sort_by_key(|role| role.subject);
    let mut room = std::mem::take(&mut facts.room);
    let mut tries = MOST_TRIES * (entities.len() + roles.len());
    for alike in roles.chunk_by(|a, b| a.subject == b.subject) {
        let [entity, predicate] = alike[0].subject;
        let first = entities.partition_point(|(other, _)| *other < entity);
        let same = &entities[first..entities.partition_point(|(other, _)| *other <= entity)];
        let Some(left) = tries.checked_sub(same.len()) else {
            alike.iter().for_each(|role| fault(facts, FactFault::KeyOpen, role.claim as usize, role.line.into()));
            continue;
        };
        tries = left;
        let predicate = facts.predicates.text(predicate);
        let tuples: HashMap<_, _> = same.iter().map(|(_, key)| (about(predicate, key, &mut room), &**key)).collect();
        for role in alike {
            let derivation = role.derivation.map(|number| derivations.text(number));
            let entity = role.key_tuple.and_then(|digest| tuples.get(digest.as_bytes()));
            let claim = role.claim as usize;
            let Some(entity) = entity else {
                fault(facts, FactFault::KeyTuple, claim, role.line.into());
                continue;
            };
            let holds = match Content::of(facts, claim, Some(entity)).zip(role.key) {
                Some((content, key)) => content.has_key(key, derivation, &mut more, &mut room),
                None => Some(false),
            };
            judge_key(facts, holds, claim, role.line.into());
        }
    }
    facts.room = room;
}

fn judge_key(facts: &mut Facts, holds: Option<bool>, claim: usize, line: u64) {
    match holds {
        Some(true) => {}
        Some(false) => fault(facts, FactFault::CandidateKey, claim, line),
        None => fault(facts, FactFault::KeyOpen, claim, line),
    }
}

/// The key tuple of a fact about the entity that was proposed under this key.
fn about(predicate: &str, entity: &str, room: &mut Vec<u8>) -> [u8; 32] {
    room.clear();
    tuple::push_head(room, 2);
    tuple::push_term(room, tuple::STRING, predicate.as_bytes());
    tuple::push_term(room, tuple::STRING, entity.as_bytes());
    *Digest::of(room).as_bytes()
}

fn fault(facts: &mut Facts, kind: FactFault, claim: usize, line: u64) {
    facts.fault(kind, facts.claims[claim].id, Place::row(TEXTS, line), || {
        let over = match kind {
            FactFault::KeyOpen => {
                return "the key cannot be told: there is none, or it may be over more things than were tried".into();
            }
            FactFault::KeyDigest => "predicate or entity type and the key tuple",
            FactFault::CandidateId => "run, the kind, the predicate or entity type and the candidate's key",
            FactFault::CandidateKey => "derivation, its version and what the claim says",
            _ => "predicate, the entity and the arguments that belong to the key",
        };
        format!("is not the digest of the {over}")
    });
}
