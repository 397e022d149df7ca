//! Assertion digests: what a store says of a claim as a whole, with all that was noted when it was made.

use std::borrow::Cow;
use std::sync::Arc;

use super::meta::TEXTS;
use super::texts::Texts;
use super::{FactFault, Facts, Group, Names, tuple};
use crate::digest::Digest;
use crate::error::Result;
use crate::finding::Place;
use crate::ledger::{COPIED_PREFIX, FIRST_NOTED};
use crate::spill::{Heap, List, Memory, Sorter, record};

/// What is kept until all metadata was read.
pub(super) struct Signed {
    memory: Arc<Memory>,
    claims: List<Stated>,
    /// The texts about these claims, each time one behind the other (name, length, text), and the payloads of other
    /// metadata.
    texts: Heap,
    /// Metadata that is no text.
    typed: Sorter<Typed>,
    names: Names,
}

/// A claim that states an assertion digest.
#[derive(Clone, Copy)]
struct Stated {
    claim: u32,
    line: u32,
    digest: Option<Digest>,
    schema: Option<Digest>,
    /// Where its texts are.
    texts: u64,
}

record!(Stated { claim: u32, line: u32, digest: Option<Digest>, schema: Option<Digest>, texts: u64 });

/// Metadata that is no text; of a claim in the order in which it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Typed {
    claim: u32,
    number: u32,
    name: u32,
    kind: u8,
    payload: u64,
}

record!(Typed { claim: u32, number: u32, name: u32, kind: u8, payload: u64 });

/// The kinds of such metadata.
const TYPED: [&str; 4] = ["bool", "float", "int", "time"];

/// What is not under the digest.
const OUTSIDE: [&str; 3] = ["assertion_digest", "schema_digest", "tx_id"];
/// What the writer itself notes, once and for all.
const FIXED: [&str; 2] = ["ingest_key", "ingested_at"];
/// Of so many entries that may have been appended since, each is tried with and without.
const MOST_APPENDED: usize = 4;

impl Signed {
    /// Of no claims.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            memory: Arc::clone(memory),
            claims: List::new(memory),
            texts: Heap::new(memory),
            typed: Sorter::new(memory),
            names: Names::default(),
        }
    }

    /// Takes metadata that is no text and stands in a table before the texts.
    pub(super) fn note(&mut self, claim: usize, kind: &'static str, name: &str, value: &str) {
        let payload: Box<[u8]> = match kind {
            "bool" => [u8::from(value == "true")].into(),
            "float" => value.parse::<f64>().unwrap_or_default().to_be_bytes().into(),
            "time" => value.parse::<i64>().unwrap_or_default().to_be_bytes().into(),
            _ => value.as_bytes().into(),
        };
        let (number, name) = (self.typed.len() as u32, self.names.number(name));
        let kind = TYPED.iter().position(|known| *known == kind).unwrap_or_default() as u8;
        let payload = self.texts.push(&payload);
        let result = self.typed.push(Typed { claim: claim as u32, number, name, kind, payload });
        self.memory.take(result);
    }

    /// Takes a time, if any claim states a digest.
    pub(super) fn note_time(&mut self, claim: usize, name: &str, value: &str) {
        if !self.claims.is_empty() {
            self.note(claim, "time", name, value);
        }
    }
}

/// Keeps the texts about a claim, if it states an assertion digest.
pub(super) fn collect(facts: &mut Facts, group: &Group, texts: &Texts<'_>, claim: usize) {
    let Some(stated) = texts.assertion_digest else { return };
    // A bound was noted with it, and that is not in the package.
    if texts.raw_kind.is_some() {
        return;
    }
    let signed = &mut facts.signed;
    facts.room.clear();
    for [name, value, _] in group.rows().filter(|[name, ..]| !OUTSIDE.contains(name)) {
        facts.room.extend_from_slice(&signed.names.number(name).to_be_bytes());
        tuple::push_sized(&mut facts.room, value.as_bytes());
    }
    signed.claims.push(Stated {
        claim: claim as u32,
        line: u32::try_from(group.line_of("assertion_digest")).unwrap_or(u32::MAX),
        digest: Digest::from_token(stated),
        schema: texts.schema_digest.and_then(Digest::from_token),
        texts: signed.texts.push(&facts.room),
    });
}

/// All texts are read.
pub(super) fn end_of_texts(facts: &mut Facts) {
    if facts.signed.claims.is_empty() {
        facts.signed = Signed::new(&facts.memory);
    }
}

/// All metadata is read.
pub(super) fn end(facts: &mut Facts) {
    let none = Signed::new(&facts.memory);
    let signed = std::mem::replace(&mut facts.signed, none);
    let result = check(facts, signed);
    facts.memory.take(result);
}

fn check(facts: &mut Facts, signed: Signed) -> Result<()> {
    let Signed { memory, claims, texts, typed, names } = signed;
    let sorted = typed.finish()?;
    let (mut reader, mut typed) = (sorted.read()?, List::new(&memory));
    while let Some(one) = reader.next()? {
        typed.push(one);
    }
    let metadata = Metadata { texts, typed, names };
    let (mut tuple, mut room) = (Vec::new(), std::mem::take(&mut facts.room));
    for stated in claims.iter() {
        let Some(claim) = facts.claims.get(stated.claim as usize) else { continue };
        let Some(arguments) = facts.arguments(&claim) else { continue };
        let arguments = arguments.terms();
        let (predicate, entity) = facts.subject(&claim);
        tuple.clear();
        tuple::push_head(&mut tuple, arguments.count + 1);
        tuple::push_term(&mut tuple, tuple::ENTITY, entity.as_bytes());
        tuple.extend_from_slice(arguments.bytes);
        let ingested = claim.ingested_at().map(i64::to_be_bytes);
        let (texts, payloads) = metadata.of(&stated);
        let mut entries = metadata.entries(&texts, &payloads);
        entries.extend(ingested.as_ref().map(|time| ("ingested_at", "time", &time[..])));
        let mut holds = |entries: &mut Vec<Entry<'_>>| {
            let Some(schema) = stated.schema else { return false };
            entries.sort_unstable();
            room.clear();
            room.extend_from_slice(b"factpy\0assertion_v1\0");
            tuple::push_sized(&mut room, predicate.as_bytes());
            tuple::push_sized(&mut room, &tuple);
            tuple::push_sized(&mut room, schema.token().as_bytes());
            push_entries(&mut room, entries);
            stated.digest == Some(Digest::of(&room))
        };
        // Stores of an older format were taken over under digests that cover no metadata.
        if holds(&mut entries) || holds(&mut Vec::new()) {
            continue;
        }
        let first = facts.annotated.first_values(stated.claim as usize);
        let first = first.each_ref().map(|value| value.as_deref());
        let fault = match as_written(&entries, first, holds) {
            Some(true) => continue,
            Some(false) => FactFault::AssertionDigest,
            None => FactFault::AssertionDigestOpen,
        };
        facts.fault(fault, claim.id, Place::row(TEXTS, stated.line.into()), || {
            "is not the digest of the claim and all that is noted of it".into()
        });
    }
    facts.room = room;
    Ok(())
}

/// True if the digest holds for metadata as it may have been when the claim was written: the store lets its users append
/// to it, and change it, later. Some of it has its first value among the annotations; nothing is said where other metadata may
/// have been changed.
fn as_written<'a>(
    entries: &[Entry<'a>],
    first: [Option<&'a str>; FIRST_NOTED.len()],
    mut holds: impl FnMut(&mut Vec<Entry<'a>>) -> bool,
) -> Option<bool> {
    let is_own = |entry: &&Entry<'_>| FIXED.contains(&entry.0);
    let mut written: Vec<Entry<'a>> = entries.iter().filter(is_own).copied().collect();
    written.extend(FIRST_NOTED.into_iter().zip(first).filter_map(|(name, text)| Some((name, "str", text?.as_bytes()))));
    let others: Vec<Entry<'a>> =
        entries.iter().filter(|entry| !is_own(entry) && !FIRST_NOTED.contains(&entry.0)).copied().collect();
    let tries = if others.len() > MOST_APPENDED { 0 } else { 1_usize << others.len() };
    let found = (0..tries).any(|with| {
        let chosen = others.iter().enumerate().filter(|(n, _)| with >> n & 1 == 1).map(|(_, entry)| *entry);
        holds(&mut written.iter().copied().chain(chosen).collect())
    });
    // Copies of annotations may come later as well, but what they say is held against the annotations.
    let told = others.iter().all(|(name, ..)| name.starts_with(COPIED_PREFIX));
    (found || told && tries > 0).then_some(found)
}

type Entry<'a> = (&'a str, &'static str, &'a [u8]);

/// Metadata that is no text, with its payload.
type Payload<'a> = (Typed, Cow<'a, [u8]>);

/// The metadata of claims that state a digest, once all is read.
struct Metadata {
    texts: Heap,
    /// What is no text, by claim.
    typed: List<Typed>,
    names: Names,
}

impl Metadata {
    /// The texts about a claim, and the payloads of what else is noted of it.
    fn of(&self, stated: &Stated) -> (Cow<'_, [u8]>, Vec<Payload<'_>>) {
        let first = self.typed.partition_point(|typed| typed.claim < stated.claim);
        let typed = self.typed.range(first..self.typed.len()).take_while(|typed| typed.claim == stated.claim);
        (self.texts.get(stated.texts), typed.map(|typed| (typed, self.texts.get(typed.payload))).collect())
    }

    /// All of it but for the time when the claim was ingested: name, kind, payload.
    fn entries<'a>(&'a self, texts: &'a [u8], typed: &'a [Payload<'_>]) -> Vec<Entry<'a>> {
        let mut rest = texts;
        let texts = std::iter::from_fn(|| {
            let (name, tail) = rest.split_first_chunk::<4>()?;
            let (length, tail) = tail.split_first_chunk::<4>()?;
            let (text, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            rest = tail;
            Some((self.names.text(u32::from_be_bytes(*name)), "str", text))
        });
        let kind = |typed: &Typed| TYPED.get(usize::from(typed.kind)).copied().unwrap_or_default();
        texts
            .chain(typed.iter().map(|(typed, payload)| (self.names.text(typed.name), kind(typed), &**payload)))
            .collect()
    }
}

fn push_entries(out: &mut Vec<u8>, entries: &[Entry<'_>]) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    for (name, kind, payload) in entries {
        for part in [name.as_bytes(), kind.as_bytes(), payload] {
            tuple::push_sized(out, part);
        }
    }
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}
