//! The facts of a package: claims, their arguments, metadata and revocations, joined while their tables stream past.
//!
//! The tables are sorted by assertion, so everything about one assertion in one table comes together; what several tables
//! say about it meets in a [`Claim`]. Texts that repeat are kept once; of the rest only fingerprints stay.

mod annotated;
mod argument;
mod candidate;
mod claim_runs;
mod claims;
mod content;
pub(crate) mod declared;
mod identity;
mod ingest;
mod mapped;
mod meta;
mod names;
pub(crate) mod resolve;
mod revokes;
mod signed;
mod texts;
pub(crate) mod tuple;

use std::collections::BTreeMap;

use hashbrown::HashTable;

use crate::digest::{Fingerprint, FingerprintMap};
use crate::finding::{Place, Tally, lost};
use crate::ledger::{AcceptColumns, Moment, Notes};
use annotated::Annotated;
use candidate::Candidates;
pub(crate) use claim_runs::{ClaimRun, ClaimRuns};
use declared::{Declared, Predicate};
use ingest::Ingests;
use mapped::Mapped;
use names::Names;
use signed::Signed;
use tuple::Arguments;

/// What reading the facts can find wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FactFault {
    ClaimRepeated,
    SystemClaim,
    AssertionForm,
    Arguments,
    ArgumentValue,
    TupleDigest,
    Sequence,
    MetaUnknown,
    MetaRepeated,
    IngestedAt,
    Revocation,
    Undeclared,
    EntityReference,
    KeyTuple,
    KeyOpen,
    KeyDigest,
    CandidateKey,
    CandidateId,
    IngestKey,
    IngestKeyValidity,
    IngestKeyAbsent,
    AssertionDigest,
    AssertionDigestOpen,
    FirstValue,
    Copy,
    CopyAlone,
    AnnotationUnknown,
}

/// One claim.
pub(crate) struct Claim {
    pub(crate) id: Fingerprint,
    /// Line in the claims table.
    pub(crate) line: u32,
    pub(crate) predicate: u32,
    pub(crate) entity: u32,
    pub(crate) sequence: u64,
    ingested: Moment,
}

impl Claim {
    /// When it was ingested, in nanoseconds; none if no readable meta row says so.
    pub(crate) fn ingested_at(&self) -> Option<i64> {
        self.ingested.get()
    }
}

/// An assertion that metadata speaks of and that is no claim; it must be a revocation.
struct Stranger {
    table: &'static str,
    line: u64,
    is_ingested: bool,
    /// What its `revoked_asrt_id` says.
    target: Option<Fingerprint>,
}

/// Everything that is kept of the facts.
#[derive(Default)]
pub(crate) struct Facts {
    /// What the schema declares; it is read before the tables.
    pub(crate) declared: Option<Declared>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) arguments: Arguments,
    index: Index,
    /// Where the last look-up ended: tables are sorted alike, so the next claim asked for is near.
    cursor: usize,
    pub(crate) predicates: Names,
    entities: Names,
    /// Where the schema declares each predicate, by its number here.
    declared_as: Vec<Option<usize>>,
    /// The tuple digests that claims state, as texts; let go of when arguments were read.
    stated: Vec<Fingerprint>,
    group: Group,
    /// Room for what is hashed, used again and again.
    room: Vec<u8>,
    annotated: Annotated,
    candidates: Candidates,
    ingests: Ingests,
    /// The rows that must stand in the accept-write ledger, by the position of their claims.
    writes: Vec<(u32, AcceptColumns)>,
    signed: Signed,
    strangers: BTreeMap<Fingerprint, Stranger>,
    /// Names of metadata that are no texts and no times, by assertion and name.
    typed_meta: FingerprintMap<&'static str>,
    /// The assertion and the name of the last time; rows of one name stand together.
    last_time: (String, String),
    revoked: FingerprintMap<u32>,
    pub(crate) runs: ClaimRuns,
    mapped: Mapped,
    /// The schemas that claims say they were accepted under, each with how many there are and the line of the first.
    pub(crate) schemas: BTreeMap<String, (u64, u64)>,
    found: BTreeMap<FactFault, Tally>,
}

/// Rows of one assertion that are collected until the next begins; its room is used again and again.
#[derive(Default)]
struct Group {
    assertion: String,
    line: u64,
    claim: Option<usize>,
    /// The cells of all rows, one behind the other.
    text: String,
    /// Where the cells of each row end.
    ends: Vec<[usize; 3]>,
}

impl Group {
    fn begin(&mut self, assertion: &str, line: u64, claim: Option<usize>) {
        self.assertion.clear();
        self.assertion.push_str(assertion);
        (self.line, self.claim) = (line, claim);
        self.text.clear();
        self.ends.clear();
    }

    fn push(&mut self, cells: [&str; 3]) {
        let mut ends = [0; 3];
        for (end, cell) in ends.iter_mut().zip(cells) {
            self.text.push_str(cell);
            *end = self.text.len();
        }
        self.ends.push(ends);
    }

    /// The rows, without the assertion.
    fn rows(&self) -> impl Iterator<Item = [&str; 3]> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|[.., end]| *end));
        starts.zip(&self.ends).map(|(start, [a, b, c])| [&self.text[start..*a], &self.text[*a..*b], &self.text[*b..*c]])
    }

    /// The assertion as an id.
    fn id(&self) -> Fingerprint {
        Fingerprint::of(self.assertion.as_bytes())
    }

    /// The value of a name, where rows are of names and values.
    fn text(&self, name: &str) -> Option<&str> {
        let (text, mut start) = (self.text.as_bytes(), 0);
        for [name_end, end, row_end] in &self.ends {
            // Most names differ in length.
            if name_end - start == name.len() && text.get(start..*name_end) == Some(name.as_bytes()) {
                return self.text.get(*name_end..*end);
            }
            start = *row_end;
        }
        None
    }

    /// The line of a name; rows follow each other.
    fn line_of(&self, name: &str) -> u64 {
        self.line + self.rows().position(|[other, ..]| other == name).unwrap_or_default() as u64
    }
}

/// Positions of claims by their ids.
#[derive(Default)]
struct Index(HashTable<u32>);

impl Index {
    /// Of claims with the same id the first is found.
    fn of(claims: &[Claim]) -> Self {
        let mut table = HashTable::with_capacity(claims.len());
        for (at, claim) in claims.iter().enumerate() {
            let same = |other: &u32| claims[*other as usize].id == claim.id;
            table.entry(claim.id.low(), same, |other| claims[*other as usize].id.low()).or_insert(at as u32);
        }
        Self(table)
    }

    fn position(&self, claims: &[Claim], id: Fingerprint) -> Option<usize> {
        self.0.find(id.low(), |at| claims[*at as usize].id == id).map(|at| *at as usize)
    }
}

impl Facts {
    fn fault(&mut self, fault: FactFault, about: Fingerprint, place: Place, text: impl FnOnce() -> String) {
        self.found.entry(fault).or_default().add_about(&[about], place, text);
    }

    /// The same for what does not stand in a table where it should.
    fn lacks(&mut self, table: &str, fault: FactFault, id: Fingerprint, place: Place, text: impl FnOnce() -> String) {
        self.found.entry(fault).or_default().add_about(&[id, lost(table)], place, text);
    }

    fn merge(&mut self, fault: FactFault, found: &Tally) {
        if found.count() > 0 {
            self.found.entry(fault).or_default().merge(found);
        }
    }

    /// All faults of one kind.
    pub(crate) fn found(&self, fault: FactFault) -> Option<&Tally> {
        self.found.get(&fault)
    }

    /// Takes what annotations say, before the tables are read.
    pub(crate) fn expect(&mut self, notes: Notes) {
        self.annotated = Annotated::new(notes);
    }

    /// What the schema declares about the predicate of a claim.
    pub(crate) fn declaration(&self, claim: &Claim) -> Option<&Predicate> {
        let at = (*self.declared_as.get(claim.predicate as usize)?)?;
        self.declared.as_ref()?.predicates.get(at)
    }

    /// The predicate and the entity of a claim.
    pub(crate) fn subject(&self, claim: &Claim) -> (&str, &str) {
        (self.predicates.text(claim.predicate), self.entities.text(claim.entity))
    }

    /// The fingerprints of all predicates, by their number.
    pub(crate) fn predicate_ids(&self) -> Vec<Fingerprint> {
        self.predicates.texts().map(|text| Fingerprint::of(text.as_bytes())).collect()
    }

    /// The claim with this id.
    pub(crate) fn claim(&self, id: Fingerprint) -> Option<&Claim> {
        self.position(id).map(|at| &self.claims[at])
    }

    /// The row that must stand in the accept-write ledger for the claim at a position, if it came from a candidate.
    pub(crate) fn write(&self, at: usize) -> Option<&AcceptColumns> {
        let behind = self.writes.partition_point(|(claim, _)| *claim as usize <= at);
        let (claim, columns) = self.writes.get(behind.checked_sub(1)?)?;
        (*claim as usize == at).then_some(columns)
    }

    /// The claim with this id, and its position.
    pub(crate) fn claim_at(&self, id: Fingerprint) -> Option<(usize, &Claim)> {
        self.position(id).map(|at| (at, &self.claims[at]))
    }

    fn position(&self, id: Fingerprint) -> Option<usize> {
        self.index.position(&self.claims, id)
    }

    /// The same for look-ups that follow the order of the claims, as the rows of every table do.
    fn next_position(&mut self, id: Fingerprint) -> Option<usize> {
        const NEAR: usize = 4;
        let near = self.claims.get(self.cursor..(self.cursor + NEAR).min(self.claims.len())).unwrap_or_default();
        let found = match near.iter().position(|claim| claim.id == id) {
            Some(ahead) => Some(self.cursor + ahead),
            None => self.position(id),
        };
        self.cursor = found.unwrap_or(self.cursor);
        found
    }

    /// Takes a row into the group of its assertion; `close` gets the group before it, if this row begins a new one.
    fn collect(&mut self, line: u64, [assertion, a, b, c]: [&str; 4], close: fn(&mut Facts, &Group)) {
        if self.group.ends.is_empty() || self.group.assertion != assertion {
            self.end_group(close);
            let claim = self.next_position(Fingerprint::of(assertion.as_bytes()));
            self.group.begin(assertion, line, claim);
        }
        self.group.push([a, b, c]);
    }

    /// Closes the group that is open.
    fn end_group(&mut self, close: fn(&mut Facts, &Group)) {
        let mut group = std::mem::take(&mut self.group);
        if !group.ends.is_empty() {
            close(self, &group);
        }
        group.begin("", 0, None);
        self.group = group;
    }
}

/// What a table does with its rows: cells are unescaped, in the order of the columns.
pub(crate) struct Observer {
    /// A row, by its line.
    pub(crate) row: fn(&mut Facts, u64, [&str; 4]),
    /// The table is complete.
    pub(crate) end: fn(&mut Facts),
}

pub(crate) static CLAIM: Observer = Observer { row: claims::row, end: claims::end };
pub(crate) static CLAIM_ARG: Observer = Observer { row: argument::row, end: argument::end };
pub(crate) static CLAIM_SEQ: Observer = Observer { row: claims::sequence, end: claims::end_of_sequences };
pub(crate) static META_BOOL: Observer = Observer { row: meta::boolean, end: meta::nothing };
pub(crate) static META_FLOAT: Observer = Observer { row: meta::float, end: meta::nothing };
pub(crate) static META_INT: Observer = Observer { row: meta::integer, end: meta::nothing };
pub(crate) static META_STR: Observer = Observer { row: meta::text, end: meta::end_of_texts };
pub(crate) static META_TIME: Observer = Observer { row: meta::time, end: meta::end_of_times };
pub(crate) static REVOKES: Observer = Observer { row: revokes::row, end: revokes::end };
