//! The ledgers of the documented dialect: other writers' rows, told by the names they share, and what is kept of them.
//!
//! A ledger is a static value in a file of its own. Which listed file is which ledger says the manifest.

mod accept_failed;
mod accept_write;
mod candidate;
mod decision;
mod digests;
mod evidence;
mod graph;
mod run;
mod standing;
mod support;
mod written;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::digest::{Digest, Fingerprint};
use crate::finding::{Place, Tally};
use crate::json::{Kind, Value};
use crate::spill::{List, Memory};
use written::Written;

pub(crate) use accept_write::Write;
pub(crate) use candidate::Candidate;
pub(crate) use decision::{Decision, Outcome};
pub(crate) use evidence::{Graph, NAME as EVIDENCE, document as graph_document, has_paths};
pub(crate) use standing::{Standing, Standings, Trouble};

/// One kind of rows that the manifest may list.
pub(crate) struct Ledger {
    /// Its name in the manifest's `paths.audit_files`.
    pub(crate) name: &'static str,
    /// What every row should carry.
    identities: &'static [Identity],
    observe: fn(&Row<'_>, &mut Facts),
}

/// A text or integer that names something, under the first of these names that is present.
pub(crate) struct Identity {
    /// In words, for messages.
    pub(crate) what: &'static str,
    pub(crate) names: &'static [&'static str],
}

pub(crate) const ASSERTION: Identity = Identity { what: "an assertion", names: &["asrt_id", "assertion_id"] };
const CANDIDATE: Identity = Identity { what: "a candidate", names: &["candidate_id"] };
const DECISION: Identity = Identity { what: "a decision", names: &["decision_id"] };
const RUN: Identity = Identity { what: "a run", names: &["run_id"] };
const PREDICATE: Identity = Identity { what: "a predicate", names: &["pred_id", "predicate"] };
const SUBJECT: Identity = Identity { what: "a subject", names: &["e_ref", "subject"] };

/// Every ledger whose rows are looked into; others are read as strict JSON only.
pub(crate) static KINDS: &[&Ledger] = &[
    &accept_failed::LEDGER,
    &accept_write::LEDGER,
    &candidate::LEDGER,
    &decision::LEDGER,
    &evidence::LEDGER,
    &run::LEDGER,
    &support::LEDGER,
];

/// The names of the ledgers that rules ask for.
pub(crate) const CANDIDATES: &str = candidate::LEDGER.name;
pub(crate) const DECISIONS: &str = decision::LEDGER.name;
pub(crate) const FAILURES: &str = accept_failed::LEDGER.name;
pub(crate) const RUNS: &str = run::LEDGER.name;
pub(crate) const WRITES: &str = accept_write::LEDGER.name;

/// A row while it is looked at.
pub(crate) struct Row<'a> {
    value: Value<'a>,
    file: &'a Arc<str>,
    line: u32,
}

impl Row<'_> {
    fn place(&self) -> Place {
        Place::row(self.file.clone(), self.line.into())
    }

    /// True if the row names it; cheaper than asking for the id.
    fn has(&self, identity: &Identity) -> bool {
        identity.names.iter().find_map(|name| self.value.get(name).filter(|value| !value.is_null())).is_some_and(
            |value| value.kind() == Kind::Integer || value.raw_inner().is_some_and(|text| !text.is_empty()),
        )
    }

    fn id(&self, identity: &Identity) -> Option<Fingerprint> {
        id(self.value, identity).map(|(_, id)| id)
    }
}

/// What is kept of all ledgers.
pub(crate) struct Facts {
    memory: Arc<Memory>,
    books: BTreeMap<&'static str, Book>,
    pub(crate) candidates: List<Candidate>,
    pub(crate) decisions: List<Decision>,
    /// The assertions that decisions name, one decision after the other.
    decided: List<Fingerprint>,
    pub(crate) writes: List<Write>,
    /// Candidate and line of each failure that names one.
    pub(crate) failures: List<(Fingerprint, u32)>,
    /// The assertions that rows of the run ledger name.
    pub(crate) written: Written,
    /// The run ledger has a row an assertion, not a row a run.
    pub(crate) per_assertion: bool,
    pub(crate) graphs: List<Graph>,
    /// The files that graphs stand in.
    graph_files: Vec<Arc<str>>,
    pub(crate) graph_shapes: Tally,
    pub(crate) graph_cycles: Tally,
    pub(crate) loose_ends: Tally,
    /// Support artifacts whose digest was recomputed.
    pub(crate) supports: u64,
    pub(crate) wrong_digests: Tally,
    /// D1 of the schema, if it is there and the manifest states one.
    pub(crate) schema_digest: Option<Digest>,
    /// The outputs digest that the run manifest states.
    pub(crate) outputs_digest: Option<String>,
    standings: OnceLock<Standings>,
}

/// What is known of a ledger as a whole.
pub(crate) struct Book {
    /// Where it stands.
    pub(crate) file: Arc<str>,
    pub(crate) rows: u64,
    /// No row was lost to a fault.
    whole: bool,
    /// For each identity of the ledger: how many rows carry it, and those that do not.
    carried: Vec<(u64, Tally)>,
}

impl Facts {
    /// Nothing is known yet.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            memory: Arc::clone(memory),
            books: BTreeMap::new(),
            candidates: List::new(memory),
            decisions: List::new(memory),
            decided: List::new(memory),
            writes: List::new(memory),
            failures: List::new(memory),
            written: Written::new(memory),
            per_assertion: false,
            graphs: List::new(memory),
            graph_files: Vec::new(),
            graph_shapes: Tally::default(),
            graph_cycles: Tally::default(),
            loose_ends: Tally::default(),
            supports: 0,
            wrong_digests: Tally::default(),
            schema_digest: None,
            outputs_digest: None,
            standings: OnceLock::new(),
        }
    }

    /// Notes that a ledger is there, even without rows.
    pub(crate) fn open(&mut self, ledger: &'static Ledger, file: &Arc<str>) -> &mut Book {
        self.books.entry(ledger.name).or_insert_with(|| Book {
            file: file.clone(),
            rows: 0,
            whole: false,
            carried: ledger.identities.iter().map(|_| (0, Tally::default())).collect(),
        })
    }

    /// Takes a row of a ledger.
    pub(crate) fn row(&mut self, ledger: &'static Ledger, file: &Arc<str>, line: u32, value: Value<'_>) {
        let row = Row { value, file, line };
        let book = self.open(ledger, file);
        book.rows += 1;
        for (identity, (carried, lacking)) in ledger.identities.iter().zip(&mut book.carried) {
            match row.has(identity) {
                true => *carried += 1,
                false => lacking.add(row.place(), || format!("the row does not name {}", identity.words())),
            }
        }
        digests::check(&row, ledger.name, self);
        (ledger.observe)(&row, self);
    }

    /// Ends the reading: `is_whole` tells of a file whether no row of it was lost.
    pub(crate) fn close(&mut self, is_whole: impl Fn(&str) -> bool) {
        for book in self.books.values_mut() {
            book.whole = is_whole(&book.file);
        }
        self.written.close(&self.memory);
    }

    /// A ledger that was read without losing a row.
    pub(crate) fn book(&self, name: &str) -> Option<&Book> {
        self.books.get(name).filter(|book| book.whole)
    }

    /// A row of a ledger.
    pub(crate) fn place(&self, name: &str, line: u32) -> Place {
        self.books.get(name).map_or_else(Place::package, |book| Place::row(book.file.clone(), line.into()))
    }

    /// True if rows of a ledger can be looked up by its first identity: there are none, or some carry it.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.book(name).is_some_and(|book| book.rows == 0 || book.carried.first().is_some_and(|(rows, _)| *rows > 0))
    }

    /// True if decisions can be looked up by candidate.
    pub(crate) fn knows_decisions(&self) -> bool {
        self.book(DECISIONS).is_some_and(|book| book.rows == 0 || self.decisions.iter().any(|d| d.candidate.is_some()))
    }

    /// True if written assertions can be looked up.
    pub(crate) fn knows_written(&self) -> bool {
        self.per_assertion && self.book(RUNS).is_some() && !self.written.is_empty()
    }

    /// Every identity that each row of a ledger should carry, with the rows that do and those that do not.
    pub(crate) fn identities(&self) -> impl Iterator<Item = (&Book, &'static Identity, u64, &Tally)> {
        let kinds = KINDS.iter().filter_map(|kind| Some((*kind, self.book(kind.name)?)));
        kinds.flat_map(|(kind, book)| {
            let each = kind.identities.iter().zip(&book.carried);
            let each = each.filter(|(identity, _)| kind.name != RUNS || run::asks(identity, self.per_assertion));
            each.map(move |(identity, (carried, lacking))| (book, identity, *carried, lacking))
        })
    }

    /// The assertions that a decision names.
    pub(crate) fn decided(&self, decision: &Decision) -> impl Iterator<Item = Fingerprint> {
        let start = decision.first as usize;
        self.decided.range(start..start + decision.named as usize)
    }

    /// How each candidate fares over all ledgers.
    pub(crate) fn standings(&self) -> &Standings {
        self.standings.get_or_init(|| Standings::of(self))
    }
}

impl Identity {
    /// What it is and what it is called.
    pub(crate) fn words(&self) -> String {
        format!("{} ({})", self.what, self.names.join(", "))
    }
}

/// The name and fingerprint of an identity in a row: the first name that stands there and is not null.
fn id(row: Value<'_>, identity: &Identity) -> Option<(&'static str, Fingerprint)> {
    let present = |name: &&'static str| Some((*name, row.get(name).filter(|value| !value.is_null())?));
    let (name, value) = identity.names.iter().find_map(present)?;
    Some((name, fingerprint(value)?))
}

/// The fingerprint of a text that is not empty, or of an integer.
fn fingerprint(value: Value<'_>) -> Option<Fingerprint> {
    match value.kind() {
        Kind::String => value.bytes().filter(|text| !text.is_empty()).map(|text| Fingerprint::of(&text)),
        // A text never looks like this: the parts carry their lengths.
        Kind::Integer => Some(Fingerprint::of_parts(&[b"integer", value.raw()])),
        _ => None,
    }
}
