//! Accepted candidates: the digests over their key, their content and the run that proposed them.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::{Content, MoreForms};
use super::meta::TEXTS;
use super::texts::Texts;
use super::{Claim, FactFault, Facts, Group, Names, tuple};
use crate::digest::{Digest, Fingerprint};
use crate::error::Result;
use crate::finding::Place;
use crate::spill::{Heap, Memory, Reader, Sorter, record};

/// What is kept until all texts were read.
pub(super) struct Candidates {
    /// Accepted entities: their place among the entities, and the key of the candidate, with its place.
    entities: Sorter<(u64, (Fingerprint, u64))>,
    /// The keys of those.
    keys: Heap,
    /// Facts whose subject was no entity yet when they were proposed, if their keys are right.
    roles: Sorter<Role>,
    /// Ids and versions of derivations.
    derivations: Names,
    more: MoreForms,
}

/// A fact that may be about an entity proposed together with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Role {
    /// The place of its entity, and the number of its predicate.
    subject: (u64, u32),
    claim: u32,
    line: u32,
    derivation: (u32, u32),
    key_tuple: Option<Digest>,
    key: Option<Digest>,
}

record!(Role {
    subject: (u64, u32),
    claim: u32,
    line: u32,
    derivation: (u32, u32),
    key_tuple: Option<Digest>,
    key: Option<Digest>,
});

impl Candidates {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            entities: Sorter::new(memory),
            keys: Heap::new(memory),
            roles: Sorter::new(memory),
            derivations: Names::default(),
            more: MoreForms::default(),
        }
    }
}

/// Of each entity and predicate every candidate is tried: so many for each that there is, on average, and no more. Schemas
/// with fewer predicates never come near it.
const MOST_TRIES: usize = 64;

/// Checks what the texts about a claim say of the candidate that it was.
pub(super) fn check(facts: &mut Facts, group: &Group, texts: &Texts<'_>, at: usize) {
    let Some(claim) = facts.claims.get(at) else { return };
    let kind = texts.candidate_kind.filter(|kind| matches!(*kind, "fact" | "entity"));
    let key = texts.candidate_key.filter(|key| !key.is_empty());
    if let (Some("entity"), Some(key)) = (kind, key) {
        let candidates = &mut facts.candidates;
        let place = candidates.keys.push(key.as_bytes());
        let result = candidates.entities.push((claim.entity, (Fingerprint::of(key.as_bytes()), place)));
        facts.memory.take(result);
    }
    let Some(id) = texts.candidate_id else { return };
    let predicate = facts.predicates.text(claim.predicate);
    let target = if kind == Some("entity") { texts.entity_type } else { Some(predicate) };

    let key_tuple = texts.key_tuple_digest.unwrap_or_default();
    let key_digest = |target: &str| Digest::of_ended(b"factpy\0cand_key_v1\0", &[target, key_tuple].map(str::as_bytes));
    let stated = texts.cand_key_digest.filter(|stated| !stated.is_empty());
    let has_key_digest =
        stated.is_none_or(|stated| target.is_some_and(|target| key_digest(target).is_spelt("sha256:", stated)));

    let has_id = kind.zip(key).is_none_or(|(kind, key)| {
        // The run may have been noted anew since; the trace names the one that proposed the candidate.
        let trace = facts.annotated.first_value(at, "trace_id");
        let named = |run, target| {
            Digest::of_ended(b"factpy\0cand_id_v2\0", &[run, kind, target, key].map(str::as_bytes))
                .is_spelt("cand_v2:", id)
        };
        target.is_some_and(|target| texts.run_id.into_iter().chain(trace.as_deref()).any(|run| named(run, target)))
    });

    if !has_key_digest {
        fault(facts, FactFault::KeyDigest, &claim, group.line_of("cand_key_digest"));
    }
    if !has_id {
        fault(facts, FactFault::CandidateId, &claim, group.line_of("candidate_id"));
    }
    if kind.is_none() || key.is_none() {
        fault(facts, FactFault::KeyOpen, &claim, group.line_of("candidate_id"));
    }
    if let (Some("fact"), Some(key)) = (kind, key) {
        check_fact(facts, group, texts, (at, &claim), key);
    }
}

/// The key tuple and the content of a fact that was proposed.
fn check_fact(facts: &mut Facts, group: &Group, texts: &Texts<'_>, (at, claim): (usize, &Claim), key: &str) {
    let derivation = [texts.derivation_id, texts.derivation_version];
    let key = Digest::from_spelt("candk_v2:", key);
    let key_tuple = texts.key_tuple_digest.and_then(Digest::from_token);
    let mut room = std::mem::take(&mut facts.room);
    let direct = push_key_tuple(facts, claim, &mut room).map(|known| known && Some(Digest::of(&room)) == key_tuple);
    match direct {
        Some(true) => {
            let mut more = std::mem::take(&mut facts.candidates.more);
            let holds = match (facts.arguments(claim), key, derivation) {
                (Some(arguments), Some(key), [Some(id), Some(version)]) => {
                    let content = Content::of(facts, claim, arguments.terms(), None);
                    content.has_key(key, [id, version], &mut more, &mut room)
                }
                _ => Some(false),
            };
            facts.candidates.more = more;
            judge_key(facts, holds, claim, group.line_of("candidate_key"));
        }
        Some(false) => {
            let [id, version] = derivation.map(|text| facts.candidates.derivations.number(text.unwrap_or_default()));
            let line = u32::try_from(group.line_of("key_tuple_digest")).unwrap_or(u32::MAX);
            let subject = (claim.entity, claim.predicate);
            let role = Role { subject, claim: at as u32, line, derivation: (id, version), key_tuple, key };
            let result = facts.candidates.roles.push(role);
            facts.memory.take(result);
        }
        None => {}
    }
    facts.room = room;
}

/// Writes the tuple of predicate, entity and those arguments that belong to the key; false if the claim lacks one of those,
/// nothing if its arguments cannot be read.
fn push_key_tuple(facts: &Facts, claim: &Claim, room: &mut Vec<u8>) -> Option<bool> {
    let arguments = facts.arguments(claim)?;
    let arguments = arguments.terms();
    facts.declared.as_ref()?;
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
    let none = Candidates::new(&facts.memory);
    let candidates = std::mem::replace(&mut facts.candidates, none);
    let result = check_roles(facts, candidates);
    facts.memory.take(result);
}

fn check_roles(facts: &mut Facts, candidates: Candidates) -> Result<()> {
    let Candidates { entities, roles, keys, derivations, mut more, .. } = candidates;
    let (entities, roles) = (entities.finish()?, roles.finish()?);
    let mut keyed = Keyed { entities: entities.read()?, entity: None, keys: Vec::new() };
    let mut count = 0;
    let mut all = Keyed { entities: entities.read()?, entity: None, keys: Vec::new() };
    while let Some((entity, _)) = all.entities.head() {
        all.turn_to(entity)?;
        count += all.keys.len();
    }
    let mut tries = MOST_TRIES * (count + roles.len() as usize);
    let mut room = std::mem::take(&mut facts.room);
    let (mut subject, mut tuples) = (None, Some(HashMap::new()));
    let mut roles = roles.read()?;
    while let Some(role) = roles.next()? {
        if subject.replace(role.subject) != Some(role.subject) {
            keyed.turn_to(role.subject.0)?;
            let left = tries.checked_sub(keyed.keys.len());
            tries = left.unwrap_or(tries);
            let predicate = facts.predicates.text(role.subject.1);
            let digest = |place: &u64| (about(predicate, &keys.text(*place), &mut room), *place);
            tuples = left.map(|_| keyed.keys.iter().map(digest).collect());
        }
        let Some(claim) = facts.claims.get(role.claim as usize) else { continue };
        let line = u64::from(role.line);
        let Some(tuples) = &tuples else {
            fault(facts, FactFault::KeyOpen, &claim, line);
            continue;
        };
        let Some(entity) = role.key_tuple.and_then(|digest| tuples.get(digest.as_bytes())) else {
            fault(facts, FactFault::KeyTuple, &claim, line);
            continue;
        };
        let (entity, derivation) = (keys.text(*entity), [role.derivation.0, role.derivation.1]);
        let holds = match (facts.arguments(&claim), role.key) {
            (Some(arguments), Some(key)) => {
                let content = Content::of(facts, &claim, arguments.terms(), Some(&entity));
                content.has_key(key, derivation.map(|number| derivations.text(number)), &mut more, &mut room)
            }
            _ => Some(false),
        };
        judge_key(facts, holds, &claim, line);
    }
    facts.room = room;
    Ok(())
}

/// The keys under which one entity was proposed, entity by entity.
struct Keyed<'s> {
    entities: Reader<'s, (u64, (Fingerprint, u64))>,
    entity: Option<u64>,
    /// Where they are, each once.
    keys: Vec<u64>,
}

impl Keyed<'_> {
    /// Goes on to an entity, which does not come before the last one.
    fn turn_to(&mut self, entity: u64) -> Result<()> {
        if self.entity.replace(entity) == Some(entity) {
            return Ok(());
        }
        self.keys.clear();
        let mut last = None;
        while let Some((other, (key, place))) = self.entities.head().filter(|(other, _)| *other <= entity) {
            self.entities.advance()?;
            if other == entity && last.replace(key) != Some(key) {
                self.keys.push(place);
            }
        }
        Ok(())
    }
}

fn judge_key(facts: &mut Facts, holds: Option<bool>, claim: &Claim, line: u64) {
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

fn fault(facts: &mut Facts, kind: FactFault, claim: &Claim, line: u64) {
    facts.fault(kind, claim.id, Place::row(TEXTS, line), || {
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
