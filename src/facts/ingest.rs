//! The ingest key of a claim: what it says, where from and valid when.

use std::sync::Arc;

use super::claims::CLAIMS;
use super::meta::TEXTS;
use super::texts::Texts;
use super::{Claim, FactFault, Facts, Group, tuple};
use crate::digest::{Digest, Fingerprint};
use crate::finding::{Place, Tally};
use crate::json::push_string;
use crate::spill::{Bits, Heap, List, Memory, Table, record};

/// What is kept until all metadata was read.
pub(super) struct Ingests {
    /// Claims whose keys do not follow from what stands there now.
    pending: List<Pending>,
    /// Which claims have metadata of their validity that is no text.
    valid: Bits,
    /// Which claims have a version that is an integer, and where each is; the last one of a claim counts.
    versioned: Bits,
    versions: Table<u64>,
    integers: Heap,
    /// Which claims have a key.
    keyed: Bits,
}

#[derive(Clone, Copy)]
struct Pending {
    claim: u32,
    line: u32,
    wanted: Digest,
}

record!(Pending { claim: u32, line: u32, wanted: Digest });

const SOURCES: [&str; 3] = ["source", "source_loc", "trace_id"];
const VALIDITY: [&str; 3] = ["valid_from", "valid_to", "version"];

impl Ingests {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            pending: List::new(memory),
            valid: Bits::default(),
            versioned: Bits::default(),
            versions: Table::new(memory),
            integers: Heap::new(memory),
            keyed: Bits::default(),
        }
    }

    /// Takes metadata that is no text; `integer` is its value where that is an integer.
    pub(super) fn note(&mut self, at: usize, claim: &Claim, name: &str, integer: Option<&str>) {
        if VALIDITY.contains(&name) {
            self.valid.mark(at);
            if let Some(version) = integer.filter(|_| name == "version") {
                self.versioned.mark(at);
                self.versions.insert(claim.id, self.integers.push(version.as_bytes()));
            }
        }
    }
}

/// Checks the ingest key among the texts about a claim.
pub(super) fn check(facts: &mut Facts, group: &Group, texts: &Texts<'_>, at: usize) {
    let Some(stated) = texts.ingest_key else { return };
    facts.ingests.keyed.mark(at);
    let Some(claim) = facts.claims.get(at) else { return };
    let mut room = std::mem::take(&mut facts.room);
    let Some(arguments) = facts.arguments(&claim) else { return };
    let arguments = arguments.terms();
    let (predicate, entity) = facts.subject(&claim);
    room.clear();
    tuple::push_head(&mut room, arguments.count + 5);
    tuple::push_term(&mut room, tuple::STRING, b"ingest_key_v2");
    tuple::push_term(&mut room, tuple::STRING, predicate.as_bytes());
    tuple::push_term(&mut room, tuple::ENTITY, entity.as_bytes());
    room.extend_from_slice(arguments.bytes);
    let start = room.len();

    let validity = [texts.valid_from, texts.valid_to, texts.version];
    let version = facts.ingests.versioned.has(at).then(|| facts.ingests.versions.get(claim.id)).flatten();
    let version = version.map(|place| facts.ingests.integers.text(place));
    let mut wanted = |sources: [Option<&str>; 3]| {
        room.truncate(start);
        push_object(&mut room, SOURCES, sources, None);
        push_object(&mut room, VALIDITY, validity, version.as_deref());
        Digest::of(&room)
    };
    let sources = [texts.source, texts.source_loc, texts.trace_id];
    let now = wanted(sources);
    let holds = now.is_spelt("sha256:", stated) || {
        // Sources may have been changed since; what they were first is noted among the annotations.
        let first = SOURCES.map(|name| facts.annotated.first_value(at, name));
        let first = first.each_ref().map(|value| value.as_deref());
        first != sources && wanted(first).is_spelt("sha256:", stated)
    };
    let says_when = facts.ingests.valid.has(at) || validity.iter().any(Option::is_some);
    facts.room = room;
    if holds {
        return;
    }
    let line = group.line_of("ingest_key");
    if says_when {
        return fault(facts, FactFault::IngestKeyValidity, claim.id, line, now);
    }
    facts.ingests.pending.push(Pending {
        claim: at as u32,
        line: u32::try_from(line).unwrap_or(u32::MAX),
        wanted: now,
    });
}

/// All metadata is read.
pub(super) fn end(facts: &mut Facts) {
    let none = Ingests::new(&facts.memory);
    let Ingests { pending, valid, keyed, .. } = std::mem::replace(&mut facts.ingests, none);
    let mut absent = Tally::default();
    for (_, claim) in facts.claims.iter().enumerate().filter(|(at, _)| !keyed.has(*at)) {
        let place = Place::row(CLAIMS, claim.line.into());
        absent.add_about(&[claim.id], place, || "has no ingest key".into());
    }
    facts.merge(FactFault::IngestKeyAbsent, &absent);
    for Pending { claim, line, wanted } in pending.iter() {
        let says_when = valid.has(claim as usize);
        let kind = if says_when { FactFault::IngestKeyValidity } else { FactFault::IngestKey };
        let Some(claim) = facts.claims.get(claim as usize) else { continue };
        fault(facts, kind, claim.id, line.into(), wanted);
    }
}

fn fault(facts: &mut Facts, kind: FactFault, claim: Fingerprint, line: u64, wanted: Digest) {
    facts.fault(kind, claim, Place::row(TEXTS, line), || {
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
