//! Assertion digests: what a store says of a claim as a whole, with all that was noted when it was made.

use super::meta::TEXTS;
use super::texts::Texts;
use super::{FactFault, Facts, Group, Names, tuple};
use crate::digest::Digest;
use crate::finding::Place;
use crate::ledger::{COPIED_PREFIX, FIRST_NOTED};

/// What is kept until all metadata was read.
#[derive(Default)]
pub(super) struct Signed {
    claims: Vec<Stated>,
    /// The texts about these claims: name, length, text.
    texts: Vec<u8>,
    /// Metadata that is no text.
    typed: Vec<Typed>,
    names: Names,
}

/// A claim that states an assertion digest.
struct Stated {
    claim: u32,
    line: u32,
    digest: Option<Digest>,
    schema: Option<Digest>,
    /// Where its texts are.
    texts: (usize, usize),
}

struct Typed {
    claim: u32,
    name: u32,
    kind: &'static str,
    payload: Box<[u8]>,
}

/// What is not under the digest.
const OUTSIDE: [&str; 3] = ["assertion_digest", "schema_digest", "tx_id"];
/// What the writer itself notes, once and for all.
const FIXED: [&str; 2] = ["ingest_key", "ingested_at"];
/// Of so many entries that may have been appended since, each is tried with and without.
const MOST_APPENDED: usize = 4;

impl Signed {
    /// Takes metadata that is no text and stands in a table before the texts.
    pub(super) fn note(&mut self, claim: usize, kind: &'static str, name: &str, value: &str) {
        let payload: Box<[u8]> = match kind {
            "bool" => [u8::from(value == "true")].into(),
            "float" => value.parse::<f64>().unwrap_or_default().to_be_bytes().into(),
            "time" => value.parse::<i64>().unwrap_or_default().to_be_bytes().into(),
            _ => value.as_bytes().into(),
        };
        let name = self.names.number(name);
        self.typed.push(Typed { claim: claim as u32, name, kind, payload });
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
    let start = signed.texts.len();
    for [name, value, _] in group.rows().filter(|[name, ..]| !OUTSIDE.contains(name)) {
        signed.texts.extend_from_slice(&signed.names.number(name).to_be_bytes());
        tuple::push_sized(&mut signed.texts, value.as_bytes());
    }
    signed.claims.push(Stated {
        claim: claim as u32,
        line: u32::try_from(group.line_of("assertion_digest")).unwrap_or(u32::MAX),
        digest: Digest::from_token(stated),
        schema: texts.schema_digest.and_then(Digest::from_token),
        texts: (start, signed.texts.len()),
    });
}

/// All texts are read.
pub(super) fn end_of_texts(facts: &mut Facts) {
    if facts.signed.claims.is_empty() {
        facts.signed = Signed::default();
    }
}

/// All metadata is read.
pub(super) fn end(facts: &mut Facts) {
    let mut signed = std::mem::take(&mut facts.signed);
    signed.typed.sort_by_key(|typed| typed.claim);
    let (mut tuple, mut room) = (Vec::new(), std::mem::take(&mut facts.room));
    for stated in &signed.claims {
        let Some(arguments) = facts.arguments.of(stated.claim as usize) else { continue };
        let claim = &facts.claims[stated.claim as usize];
        let (claim_id, (predicate, entity)) = (claim.id, facts.subject(claim));
        tuple.clear();
        tuple::push_head(&mut tuple, arguments.count + 1);
        tuple::push_term(&mut tuple, tuple::ENTITY, entity.as_bytes());
        tuple.extend_from_slice(arguments.bytes);
        let ingested = claim.ingested_at().map(i64::to_be_bytes);
        let mut entries = signed.entries(stated);
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
        let fault = match as_written(&entries, first, holds) {
            Some(true) => continue,
            Some(false) => FactFault::AssertionDigest,
            None => FactFault::AssertionDigestOpen,
        };
        facts.fault(fault, claim_id, Place::row(TEXTS, stated.line.into()), || {
            "is not the digest of the claim and all that is noted of it".into()
        });
    }
    facts.room = room;
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

impl Signed {
    /// All metadata of a claim but for the time when it was ingested: name, kind, payload.
    fn entries(&self, stated: &Stated) -> Vec<Entry<'_>> {
        let mut rest = &self.texts[stated.texts.0..stated.texts.1];
        let texts = std::iter::from_fn(|| {
            let (name, tail) = rest.split_first_chunk::<4>()?;
            let (length, tail) = tail.split_first_chunk::<4>()?;
            let (text, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            rest = tail;
            Some((self.names.text(u32::from_be_bytes(*name)), "str", text))
        });
        let first = self.typed.partition_point(|typed| typed.claim < stated.claim);
        let typed = self.typed[first..].iter().take_while(|typed| typed.claim == stated.claim);
        texts.chain(typed.map(|typed| (self.names.text(typed.name), typed.kind, &*typed.payload))).collect()
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
