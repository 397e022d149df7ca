//! Entity references: the digest of the fields that make an entity what it is.

use super::claims::CLAIMS;
use super::declared::Declared;
use super::{FactFault, Facts, tuple};
use crate::digest::Digest;
use crate::finding::{Place, printable};

/// A claim that gives a field of the identity of its subject.
struct Given {
    entity: u32,
    /// The type of entities and the field of it, as the schema numbers them.
    field: (u32, u32),
    claim: u32,
}

/// Holds each entity of which all fields are claimed against its reference.
pub(super) fn check(facts: &mut Facts) {
    let Some(declared) = facts.declared.take() else { return };
    let mut given = given(facts, &declared);
    given.sort_unstable_by_key(|given| (given.entity, given.field, given.claim));
    for of_one in given.chunk_by(|a, b| (a.entity, a.field.0) == (b.entity, b.field.0)) {
        check_one(facts, &declared, of_one);
    }
    facts.declared = Some(declared);
}

fn given(facts: &Facts, declared: &Declared) -> Vec<Given> {
    let fields: Vec<Option<(u32, u32)>> =
        facts.declared_as.iter().map(|at| declared.predicates[(*at)?].identifies).collect();
    let claims = facts.claims.iter().enumerate();
    let given = claims.filter_map(|(at, claim)| {
        let field = *fields.get(claim.predicate as usize)?;
        Some(Given { entity: claim.entity, field: field?, claim: at as u32 })
    });
    given
        .filter(|given| facts.arguments.of(given.claim as usize).is_some_and(|arguments| arguments.count > 0))
        .collect()
}

/// All that is claimed of the identity of one entity: each value of a field must fit.
fn check_one(facts: &mut Facts, declared: &Declared, given: &[Given]) {
    let Some(first) = given.first() else { return };
    let kind = &declared.entities[first.field.0 as usize];
    if given.chunk_by(|a, b| a.field == b.field).count() != kind.fields.len() {
        return;
    }
    let mut room = std::mem::take(&mut facts.room);
    room.clear();
    room.extend_from_slice(b"factpy\0idref_v1\0");
    tuple::push_sized(&mut room, kind.name.as_bytes());
    room.extend_from_slice(&(kind.fields.len() as u32).to_be_bytes());
    let value = |given: &Given| facts.arguments.of(given.claim as usize).and_then(tuple::Terms::first);
    let mut odd = None;
    for (of_field, name) in given.chunk_by(|a, b| a.field == b.field).zip(&kind.fields) {
        tuple::push_sized(&mut room, name.as_bytes());
        let wanted = value(&of_field[0]);
        room.extend_from_slice(wanted.unwrap_or_default());
        odd = odd.or_else(|| of_field.iter().find(|given| value(given) != wanted));
    }
    let digest = Digest::of(&room);
    facts.room = room;
    let (_, entity) = facts.subject(&facts.claims[first.claim as usize]);
    if odd.is_none() && is_reference(entity, &kind.name, digest) {
        return;
    }
    let claim = &facts.claims[odd.unwrap_or(first).claim as usize];
    let (id, place) = (claim.id, Place::row(CLAIMS, claim.line.into()));
    let entity = printable(entity, 100);
    facts.fault(FactFault::EntityReference, id, place, || {
        format!("{entity} is not the reference of an entity with the identity that is claimed of it")
    });
}

/// `idref_v1`, the type, and the digest in base32 without padding.
fn is_reference(entity: &str, kind: &str, digest: Digest) -> bool {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let tail = entity.strip_prefix("idref_v1:").and_then(|rest| rest.strip_prefix(kind)?.strip_prefix(':'));
    let Some(tail) = tail.filter(|tail| tail.len() == 52) else { return false };
    let (mut bits, mut held, mut bytes) = (0_u32, 0, digest.as_bytes().iter());
    tail.bytes().all(|letter| {
        if held < 5 {
            // After the last byte come zeros.
            bits = bits << 8 | u32::from(*bytes.next().unwrap_or(&0));
            held += 8;
        }
        held -= 5;
        let wanted = ALPHABET[(bits >> held & 31) as usize];
        bits &= (1 << held) - 1;
        letter == wanted
    })
}
