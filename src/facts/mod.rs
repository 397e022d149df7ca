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
mod entities;
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

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::digest::Fingerprint;
use crate::finding::{Place, Tally, lost};
use crate::ledger::{AcceptColumns, Moment, Notes};
use crate::spill::{Index, List, Memory, Table, record};
use annotated::Annotated;
use candidate::Candidates;
pub(crate) use claim_runs::{ClaimRun, ClaimRuns};
use declared::{Declared, Predicate};
use entities::Entities;
use ingest::Ingests;
use mapped::Mapped;
use names::Names;
use signed::Signed;
use tuple::{Arguments, Encoded};

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
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) id: Fingerprint,
    /// Line in the claims table.
    pub(crate) line: u32,
    pub(crate) predicate: u32,
    /// The place of the entity, which no other has.
    pub(crate) entity: u64,
    pub(crate) sequence: u64,
    ingested: Moment,
    /// Where its arguments are.
    arguments: u64,
    /// The number of the run that made it, from 1; 0 if none is named.
    run: u32,
    /// Which of the rows that must stand in the accept-write ledger is its own, from 1; 0 if it came from no candidate.
    write: u32,
}

record!(Claim {
    id: Fingerprint,
    line: u32,
    predicate: u32,
    entity: u64,
    sequence: u64,
    ingested: Moment,
    arguments: u64,
    run: u32,
    write: u32,
});

impl Claim {
    fn by_id(&self) -> Option<Fingerprint> {
        Some(self.id)
    }

    /// It came from a candidate.
    pub(crate) fn is_written(&self) -> bool {
        self.write > 0
    }

    /// It names the run that made it.
    pub(crate) fn has_run(&self) -> bool {
        self.run > 0
    }

    /// When it was ingested, in nanoseconds; none if no readable meta row says so.
    pub(crate) fn ingested_at(&self) -> Option<i64> {
        self.ingested.get()
    }
}

/// An assertion that metadata speaks of and that is no claim; it must be a revocation.
#[derive(Clone, Copy)]
struct Stranger {
    /// The table that speaks of it first, by its place among those of metadata.
    table: u8,
    line: u64,
    is_ingested: bool,
    /// What its `revoked_asrt_id` says.
    target: Option<Fingerprint>,
    /// It is a revocation.
    revokes: bool,
}

record!(Stranger { table: u8, line: u64, is_ingested: bool, target: Option<Fingerprint>, revokes: bool });

/// Everything that is kept of the facts.
pub(crate) struct Facts {
    memory: Arc<Memory>,
    /// What the schema declares; it is read before the tables.
    pub(crate) declared: Option<Declared>,
    pub(crate) claims: List<Claim>,
    arguments: Arguments,
    index: Index<Claim>,
    /// Where the last look-up ended: tables are sorted alike, so the next claim asked for is near.
    cursor: usize,
    pub(crate) predicates: Names,
    entities: Entities,
    /// Where the schema declares each predicate, by its number here.
    declared_as: Vec<Option<usize>>,
    /// The tuple digests that claims state, as texts; let go of when arguments were read.
    stated: List<Fingerprint>,
    group: Group,
    /// Room for what is hashed, used again and again.
    room: Vec<u8>,
    annotated: Annotated,
    candidates: Candidates,
    ingests: Ingests,
    /// The rows that must stand in the accept-write ledger.
    writes: List<AcceptColumns>,
    signed: Signed,
    strangers: Table<Stranger>,
    /// Names of metadata that are no texts and no times, by assertion and name: which table of metadata has them.
    typed_meta: Table<u8>,
    /// The assertion and the name of the last time; rows of one name stand together.
    last_time: (String, String),
    revoked: Table<()>,
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

impl Facts {
    /// Nothing is known yet.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            memory: Arc::clone(memory),
            declared: None,
            claims: List::new(memory),
            arguments: Arguments::new(memory),
            index: Index::none(memory, Claim::by_id),
            cursor: 0,
            predicates: Names::default(),
            entities: Entities::new(memory),
            declared_as: Vec::new(),
            stated: List::new(memory),
            group: Group::default(),
            room: Vec::new(),
            annotated: Annotated::new(memory),
            candidates: Candidates::new(memory),
            ingests: Ingests::new(memory),
            writes: List::new(memory),
            signed: Signed::new(memory),
            strangers: Table::new(memory),
            typed_meta: Table::new(memory),
            last_time: Default::default(),
            revoked: Table::new(memory),
            runs: ClaimRuns::default(),
            mapped: Mapped::new(memory),
            schemas: BTreeMap::new(),
            found: BTreeMap::new(),
        }
    }

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
        self.annotated.expect(notes);
    }

    /// What the schema declares about the predicate of a claim.
    pub(crate) fn declaration(&self, claim: &Claim) -> Option<&Predicate> {
        let at = (*self.declared_as.get(claim.predicate as usize)?)?;
        self.declared.as_ref()?.predicates.get(at)
    }

    /// The predicate and the entity of a claim.
    pub(crate) fn subject(&self, claim: &Claim) -> (&str, Cow<'_, str>) {
        (self.predicates.text(claim.predicate), self.entities.text(claim.entity))
    }

    /// The arguments of a claim, without its subject, if they can be read.
    fn arguments(&self, claim: &Claim) -> Option<Encoded<'_>> {
        self.arguments.get(claim.arguments)
    }

    /// The fingerprints of all predicates, by their number.
    pub(crate) fn predicate_ids(&self) -> Vec<Fingerprint> {
        self.predicates.texts().map(|text| Fingerprint::of(text.as_bytes())).collect()
    }

    /// The claim with this id.
    pub(crate) fn claim(&self, id: Fingerprint) -> Option<Claim> {
        self.claims.get(self.position(id)?)
    }

    /// The claim with this id, and its position.
    pub(crate) fn claim_at(&self, id: Fingerprint) -> Option<(usize, Claim)> {
        let at = self.position(id)?;
        Some((at, self.claims.get(at)?))
    }

    /// The row that must stand in the accept-write ledger for a claim, if it came from a candidate.
    pub(crate) fn write(&self, claim: &Claim) -> Option<AcceptColumns> {
        self.writes.get(claim.write.checked_sub(1)? as usize)
    }

    fn position(&self, id: Fingerprint) -> Option<usize> {
        self.index.find(&self.claims, id)
    }

    /// The same for look-ups that follow the order of the claims, as the rows of every table do.
    fn next_position(&mut self, id: Fingerprint) -> Option<usize> {
        const NEAR: usize = 4;
        let mut near = self.cursor..self.cursor + NEAR;
        let ahead = near.find(|at| self.claims.get(*at).is_some_and(|claim| claim.id == id));
        let found = ahead.or_else(|| self.position(id));
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
