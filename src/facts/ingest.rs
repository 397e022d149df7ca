//! The ingest key of a claim: what it says, where from and valid when.

use std::collections::BTreeMap;

use super::claims::CLAIMS;
use super::meta::TEXTS;
use super::texts::Texts;
use super::{Claim, FactFault, Facts, Group, tuple};
use crate::digest::Digest;
use crate::finding::Place;
use crate::json::push_string;

/// What is kept until all metadata was read.
#[derive(Default)]
pub(super) struct Ingests {
    /// Claims whose keys do not follow from what stands there now.
    pending: Vec<Pending>,
    /// Claims with metadata of their validity that is no text; versions may be integers.
    valid: BTreeMap<usize, Option<Box<str>>>,
    /// Whether each claim has a key; as many as were looked at.
    keyed: Vec<bool>,
}

struct Pending {
    claim: u32,
    line: u32,
    wanted: Digest,
}

const SOURCES: [&str; 3] = ["source", "source_loc", "trace_id"];
const VALIDITY: [&str; 3] = ["valid_from", "valid_to", "version"];

impl Ingests {
    /// Takes metadata that is no text; `integer` is its value where that is an integer.
    pub(super) fn note(&mut self, claim: usize, name: &str, integer: Option<&str>) {
        if VALIDITY.contains(&name) {
            let version = integer.filter(|_| name == "version").map(Into::into);
            let known = self.valid.entry(claim).or_default();
            *known = version.or(known.take());
        }
    }
}

/// Checks the ingest key among the texts about a claim.
pub(super) fn check(facts: &mut Facts, group: &Group, texts: &Texts<'_>, claim: usize) {
    let Some(stated) = texts.ingest_key else { return };
    let claims = facts.claims.len();
    facts.ingests.keyed.resize(claims, false);
    facts.ingests.keyed[claim] = true;
    let mut room = std::mem::take(&mut facts.room);
    let Some(arguments) = facts.arguments.of(claim) else { return };
    let (predicate, entity) = facts.subject(&facts.claims[claim]);
    room.clear();
    tuple::push_head(&mut room, arguments.count + 5);
    tuple::push_term(&mut room, tuple::STRING, b"ingest_key_v2");
    tuple::push_term(&mut room, tuple::STRING, predicate.as_bytes());
    tuple::push_term(&mut room, tuple::ENTITY, entity.as_bytes());
    room.extend_from_slice(arguments.bytes);
    let start = room.len();

    let validity = [texts.valid_from, texts.valid_to, texts.version];
    let version = facts.ingests.valid.get(&claim);
    let mut wanted = |sources: [Option<&str>; 3]| {
        room.truncate(start);
        push_object(&mut room, SOURCES, sources, None);
        push_object(&mut room, VALIDITY, validity, version.and_then(Option::as_deref));
        Digest::of(&room)
    };
    let sources = [texts.source, texts.source_loc, texts.trace_id];
    let now = wanted(sources);
    let holds = now.is_spelt("sha256:", stated) || {
        // Sources may have been changed since; what they were first is noted among the annotations.
        let first = SOURCES.map(|name| facts.annotated.first_value(claim, name));
        first != sources && wanted(first).is_spelt("sha256:", stated)
    };
    let says_when = version.is_some() || validity.iter().any(Option::is_some);
    facts.room = room;
    if holds {
        return;
    }
    let line = group.line_of("ingest_key");
    if says_when {
        return fault(facts, FactFault::IngestKeyValidity, (claim, line), now);
    }
    facts.ingests.pending.push(Pending {
        claim: claim as u32,
        line: u32::try_from(line).unwrap_or(u32::MAX),
        wanted: now,
    });
}

/// All metadata is read.
pub(super) fn end(facts: &mut Facts) {
    let Ingests { pending, valid, keyed } = std::mem::take(&mut facts.ingests);
    for claim in 0..facts.claims.len() {
        if !keyed.get(claim).is_some_and(|keyed| *keyed) {
            let Claim { id, line, .. } = facts.claims[claim];
            facts.fault(FactFault::IngestKeyAbsent, id, Place::row(CLAIMS, line.into()), || "has no ingest key".into());
        }
    }
    for Pending { claim, line, wanted } in pending {
        let says_when = valid.contains_key(&(claim as usize));
        let kind = if says_when { FactFault::IngestKeyValidity } else { FactFault::IngestKey };
        fault(facts, kind, (claim as usize, line.into()), wanted);
    }
}

fn fault(facts: &mut Facts, kind: FactFault, (claim, line): (usize, u64), wanted: Digest) {
    facts.fault(kind, facts.claims[claim].id, Place::row(TEXTS, line), || {
        format!("is not the key of the claim, its arguments and its source, {}", wanted.token())
    });
}

/// Appends a term of texts by name as JSON; an integer stands in the place of the last.
fn push_object(out: &mut Vec<u8>, names: [&str; 3], values: [Option<&str>; 3], last: Option<&str>) {
    out.extend_from_slice(&[tuple::BYTES, 0, 0, 0, 0]);
    let start = out.len();
    for (n, (name, value)) in names.into_iter().zip(values).enumerate() {
        out.extend_from_slice(if n == 0 { b"{\"" } else { b",\"" });
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        match (value, last.filter(|_| n == 2)) {
            (Some(text), _) => push_string(out, text),
            (None, Some(integer)) => out.extend_from_slice(integer.as_bytes()),
            (None, None) => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
    let length = (out.len() - start) as u32;
    out[start - 4..start].copy_from_slice(&length.to_be_bytes());
}
