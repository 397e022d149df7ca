//! Entity references: the digest of the fields that make an entity what it is.

use super::claims::CLAIMS;
use super::declared::Declared;
use super::{FactFault, Facts, tuple};
use crate::digest::Digest;
use crate::error::Result;
use crate::finding::{Place, printable};
use crate::spill::{Sorted, Sorter, record};

/// A claim that gives a field of the identity of its subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Given {
    entity: u64,
    /// The type of entities and the field of it, as the schema numbers them.
    field: (u32, u32),
    claim: u32,
}

record!(Given { entity: u64, field: (u32, u32), claim: u32 });

/// Holds each entity of which all fields are claimed against its reference.
pub(super) fn check(facts: &mut Facts) {
    let Some(declared) = facts.declared.take() else { return };
    let result = check_all(facts, &declared);
    facts.memory.take(result);
    facts.declared = Some(declared);
}

fn check_all(facts: &mut Facts, declared: &Declared) -> Result<()> {
    let given = given(facts, declared)?;
    let (mut given, mut of_one) = (given.read()?, Vec::<Given>::new());
    while let Some(next) = given.next()? {
        let is_same = |last: &Given| (last.entity, last.field.0) == (next.entity, next.field.0);
        if !of_one.last().is_none_or(is_same) {
            check_one(facts, declared, &of_one);
            of_one.clear();
        }
        of_one.push(next);
    }
    check_one(facts, declared, &of_one);
    Ok(())
}

fn given(facts: &Facts, declared: &Declared) -> Result<Sorted<Given>> {
    let fields: Vec<Option<(u32, u32)>> =
        facts.declared_as.iter().map(|at| declared.predicates[(*at)?].identifies).collect();
    let mut given = Sorter::new(&facts.memory);
    for (at, claim) in facts.claims.iter().enumerate() {
        if let Some(Some(field)) = fields.get(claim.predicate as usize).copied()
            && facts.arguments(&claim).is_some_and(|arguments| arguments.terms().count > 0)
        {
            given.push(Given { entity: claim.entity, field, claim: at as u32 })?;
        }
    }
    given.finish()
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
    let claim = |given: &Given| facts.claims.get(given.claim as usize);
    let values = |given: &Given| facts.arguments(&claim(given)?);
    let mut odd = None;
    for (of_field, name) in given.chunk_by(|a, b| a.field == b.field).zip(&kind.fields) {
        tuple::push_sized(&mut room, name.as_bytes());
        let wanted = values(&of_field[0]);
        let wanted = wanted.as_ref().and_then(|values| values.terms().first());
        room.extend_from_slice(wanted.unwrap_or_default());
        let is_odd = |given: &&Given| values(given).as_ref().and_then(|values| values.terms().first()) != wanted;
        odd = odd.or_else(|| of_field.iter().skip(1).find(is_odd));
    }
    let digest = Digest::of(&room);
    let (first, odd) = (claim(first), odd.map(claim));
    facts.room = room;
    let Some(first) = first else { return };
    let (_, entity) = facts.subject(&first);
    if odd.is_none() && is_reference(&entity, &kind.name, digest) {
        return;
    }
    let entity = printable(&entity, 100);
    let Some(claim) = odd.unwrap_or(Some(first)) else { return };
    facts.fault(FactFault::EntityReference, claim.id, Place::row(CLAIMS, claim.line.into()), || {
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
