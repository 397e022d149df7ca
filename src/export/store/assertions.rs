//! One pass over assertions and what is said about them, both in the order of their ids: facts, accepted writes, runs.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows};

use super::ledgers::{Accepted, Ledgers};
use super::mapping::{Mapped, Mappings};
use super::open::Store;
use super::value::{Term, broken, meta, terms, tuple_digest};
use crate::error::{Doing as _, Error, Result};
use crate::export::files::{Files, Lines};

/// What the predicates of the ledger itself begin with.
pub(super) const SYSTEM: &str = "__system__.";
/// What a revocation's is.
const REVOKES: &str = "__system__.revokes";
const CLAIMS: &str = "SELECT asrt_id, pred_id, e_ref, rest_terms, value, value_tag, seq, tx_ref FROM claims
    ORDER BY asrt_id COLLATE BINARY";
const META: &str = "SELECT asrt_id, key, kind, value, tx_seq, op_ordinal FROM claim_meta
    ORDER BY asrt_id COLLATE BINARY, key COLLATE BINARY, tx_seq, op_ordinal";
/// How much may be said about one assertion.
pub(super) const MAX_ABOUT: usize = 256 << 20;

/// The kinds of meta that have a table.
pub(super) const META_KINDS: [&str; 5] = ["str", "time", "int", "float", "bool"];

/// What came of the pass.
#[derive(Default)]
pub(super) struct Pass {
    pub(super) claims: u64,
    /// The run that was named last.
    pub(super) latest_run: Option<String>,
}

/// Where rows of the fact tables go.
struct Tables {
    claim: Lines,
    claim_arg: Lines,
    claim_seq: Lines,
    revokes: Lines,
    meta: Vec<Lines>,
}

impl Tables {
    fn new(files: &Files<'_>) -> Result<Self> {
        let table = |name: &str| files.lines(&format!("facts/{name}.facts"));
        let meta = META_KINDS.iter().map(|kind| table(&format!("meta_{kind}"))).collect::<Result<_>>()?;
        Ok(Self {
            claim: table("claim")?,
            claim_arg: table("claim_arg")?,
            claim_seq: table("claim_seq")?,
            revokes: table("revokes")?,
            meta,
        })
    }

    fn end(self) -> Result<()> {
        let Self { claim, claim_arg, claim_seq, revokes, meta } = self;
        [claim, claim_arg, claim_seq, revokes].into_iter().chain(meta).try_for_each(Lines::end)
    }
}

/// An assertion, or the revocation of one.
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) predicate: String,
    pub(super) entity: String,
    pub(super) terms: Vec<Term>,
    pub(super) sequence: i64,
    pub(super) transaction: i64,
}

/// What is said about an assertion in the end, by key.
#[derive(Default)]
struct About {
    id: String,
    values: BTreeMap<String, Said>,
    /// How often the time of its ingestion was said, and in which kind last.
    times: u32,
}

/// One meta value; without a kind it was taken back.
struct Said {
    kind: Option<String>,
    value: String,
    at: (i64, i64),
}

impl About {
    fn of_kind(&self, key: &str, kind: &str) -> Option<&str> {
        self.values.get(key).filter(|said| said.kind.as_deref() == Some(kind)).map(|said| said.value.as_str())
    }
}

pub(super) fn pass(
    store: &Store,
    files: &Files<'_>,
    ledgers: &mut Ledgers<'_>,
    mappings: &mut Mappings,
) -> Result<Pass> {
    let doing = || "cannot read the assertions of the store".to_owned();
    let mut claims = store.db.prepare(CLAIMS).doing(doing)?;
    let mut claims = claims.query([]).doing(doing)?;
    let mut events = store.db.prepare(META).doing(doing)?;
    let mut events = Events { rows: events.query([]).doing(doing)?, next: None, count: 0 };
    events.advance()?;
    let mut out = Tables::new(files)?;
    let mut state = State { store, pass: Pass::default(), latest: None, ledgers, mappings };
    let mut next = claim(&mut claims)?;
    let mut count = u64::from(next.is_some());
    let mut last = next.as_ref().map_or_else(String::new, |claim| claim.id.clone());
    let mut said = events.about()?;
    loop {
        match (&next, &said) {
            (None, None) => break,
            (Some(claim), Some(about)) if about.id < claim.id => state.take(None, said.take(), &mut out)?,
            (None, Some(_)) => state.take(None, said.take(), &mut out)?,
            (Some(claim), Some(about)) if about.id == claim.id => state.take(next.take(), said.take(), &mut out)?,
            (Some(_), _) => state.take(next.take(), None, &mut out)?,
        }
        if next.is_none() {
            next = claim(&mut claims)?;
            if let Some(claim) = next.as_ref().filter(|claim| claim.id == last) {
                return Err(broken(format!("the assertion {} stands there twice", claim.id)));
            }
            if let Some(claim) = &next {
                last.clone_from(&claim.id);
                count += 1;
            }
        }
        if said.is_none() {
            said = events.about()?;
        }
    }
    none_is_hidden(store, "claims", count)?;
    none_is_hidden(store, "claim_meta", events.count)?;
    out.end()?;
    state.pass.latest_run = state.latest.map(|(_, run)| run);
    Ok(state.pass)
}

/// Rows come by way of an index, and one that lost entries hides them: as many must come as the table holds.
fn none_is_hidden(store: &Store, table: &str, came: u64) -> Result<()> {
    let query = format!("SELECT count(*) FROM {table} NOT INDEXED");
    let there: i64 =
        store.db.query_row(&query, [], |row| row.get(0)).doing(|| format!("cannot count the rows of {table}"))?;
    if i64::try_from(came) == Ok(there) {
        return Ok(());
    }
    Err(misled(format!("its table {table} has {there} rows, and its index leads to {came}")))
}

/// An index of the store does not lead to all that stands there.
fn misled(what: String) -> Error {
    Error::new("the store is broken")
        .because(what)
        .hint("ask SQLite with `PRAGMA integrity_check`, and mend a copy with `REINDEX`")
}

pub(super) fn cell<'r>(row: &'r Row<'_>, at: usize) -> Result<Option<&'r str>> {
    match row.get_ref(at).doing(|| "cannot read the store".into())? {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => std::str::from_utf8(text).map(Some).map_err(|_| broken("a text in it is not UTF-8")),
        _ => Err(broken("something that is no text stands where one should")),
    }
}

pub(super) fn text(row: &Row<'_>, at: usize) -> Result<String> {
    cell(row, at)?.map(str::to_owned).ok_or_else(|| broken("a text that must be there is not"))
}

pub(super) fn number(row: &Row<'_>, at: usize) -> Result<i64> {
    row.get(at).doing(|| "a number of the store cannot be read".into())
}

pub(super) fn claim(rows: &mut Rows<'_>) -> Result<Option<Claim>> {
    let Some(row) = rows.next().doing(|| "cannot read the assertions of the store".into())? else { return Ok(None) };
    Ok(Some(Claim {
        id: text(row, 0)?,
        predicate: text(row, 1)?,
        entity: text(row, 2)?,
        terms: terms(cell(row, 3)?, cell(row, 4)?, cell(row, 5)?)?,
        sequence: number(row, 6)?,
        transaction: number(row, 7)?,
    }))
}

/// Meta values as they come.
struct Events<'s> {
    rows: Rows<'s>,
    next: Option<(String, String, Said)>,
    count: u64,
}

impl Events<'_> {
    fn advance(&mut self) -> Result<()> {
        self.next = match self.rows.next().doing(|| "cannot read the meta values of the store".into())? {
            None => None,
            Some(row) => {
                self.count += 1;
                let kind = cell(row, 2)?.map(str::to_owned);
                let value = cell(row, 3)?.unwrap_or_default().to_owned();
                Some((text(row, 0)?, text(row, 1)?, Said { kind, value, at: (number(row, 4)?, number(row, 5)?) }))
            }
        };
        Ok(())
    }

    /// All that is said about the next assertion; of what was said twice, the last.
    fn about(&mut self) -> Result<Option<About>> {
        let mut about: Option<About> = None;
        let mut bytes = 0;
        while let Some((id, ..)) = &self.next {
            if about.as_ref().is_some_and(|about| about.id != *id) {
                break;
            }
            let Some((id, key, mut said)) = self.next.take() else { break };
            if let Some(kind) = &said.kind {
                said.value = meta(kind, &said.value)?;
            }
            bytes += key.len() + said.value.len();
            if bytes > MAX_ABOUT {
                return Err(broken(format!("more than {MAX_ABOUT} bytes are said about the assertion {id}")));
            }
            let about = about.get_or_insert_with(|| About { id, ..About::default() });
            about.times += u32::from(key == "ingested_at" && said.kind.is_some());
            about.values.insert(key, said);
            self.advance()?;
        }
        Ok(about)
    }
}

struct State<'s, 'l, 'f> {
    store: &'s Store,
    pass: Pass,
    /// Where the last run was named, and which.
    latest: Option<((i64, i64, String), String)>,
    ledgers: &'f mut Ledgers<'l>,
    mappings: &'f mut Mappings,
}

impl State<'_, '_, '_> {
    /// Takes an assertion and what is said about it; either may be missing.
    fn take(&mut self, claim: Option<Claim>, about: Option<About>, out: &mut Tables) -> Result<()> {
        let mut about = about.unwrap_or_default();
        if let Some(claim) = &claim {
            about.id.clone_from(&claim.id);
            self.inherit(claim, &mut about);
        }
        for (key, said) in &about.values {
            let table = META_KINDS.iter().position(|kind| said.kind.as_deref() == Some(kind));
            if let Some(table) = table {
                out.meta[table].cells(&[&about.id, key, &said.value])?;
            }
        }
        if let Some(said) = about.values.get("run_id").filter(|said| said.kind.as_deref() == Some("str")) {
            let at = (said.at.0, said.at.1, about.id.clone());
            if self.latest.as_ref().is_none_or(|(latest, _)| at > *latest) {
                self.latest = Some((at, said.value.clone()));
            }
        }
        let Some(claim) = claim else { return Ok(()) };
        if claim.predicate.starts_with(SYSTEM) {
            let revoked = claim.terms.first().ok_or_else(|| broken(format!("{} revokes nothing", claim.id)))?;
            if claim.predicate == REVOKES && !self.is_revoked(&revoked.text)? {
                let text =
                    format!("{} revokes {}, and no index of its table claims leads there", claim.id, revoked.text);
                return Err(misled(text));
            }
            return out.revokes.cells(&[&claim.id, &revoked.text]);
        }
        self.pass.claims += 1;
        out.claim.cells(&[&claim.id, &claim.predicate, &claim.entity, &tuple_digest(&claim.terms)?.token()])?;
        out.claim_seq.cells(&[&claim.id, &claim.sequence.to_string()])?;
        let mut arguments: Vec<_> = claim.terms.iter().enumerate().map(|(n, term)| (n.to_string(), term)).collect();
        arguments.sort_by(|a, b| a.0.cmp(&b.0));
        for (place, term) in arguments {
            out.claim_arg.cells(&[&claim.id, &place, &term.text, &term.tag])?;
        }
        self.ledgers.claim(&accepted(&claim, &about))?;
        if self.mappings.wants(&claim.predicate) && !self.is_revoked(&claim.id)? {
            self.mappings.take(mapped(claim, &about));
        }
        Ok(())
    }

    /// What its transaction says of all its assertions holds where nothing was said of this one.
    fn inherit(&self, claim: &Claim, about: &mut About) {
        for given in self.store.defaults.get(&claim.transaction).into_iter().flatten() {
            about.values.entry(given.key.clone()).or_insert_with(|| Said {
                kind: Some(given.kind.clone()),
                value: given.value.clone(),
                at: (claim.transaction, 0),
            });
        }
    }

    fn is_revoked(&self, id: &str) -> Result<bool> {
        let doing = || "cannot look revocations up".to_owned();
        let query = "SELECT EXISTS (SELECT 1 FROM claims WHERE pred_id = '__system__.revokes' AND value = ?)";
        let mut query = self.store.db.prepare_cached(query).doing(doing)?;
        query.query_row([id], |row| row.get(0)).doing(doing)
    }
}

fn accepted<'a>(claim: &'a Claim, about: &'a About) -> Accepted<'a> {
    Accepted {
        assertion: &claim.id,
        predicate: &claim.predicate,
        entity: &claim.entity,
        text: Box::new(|key| about.of_kind(key, "str")),
        ingested_at: about.of_kind("ingested_at", "time"),
    }
}

fn mapped(claim: Claim, about: &About) -> Mapped {
    let text = |key| about.of_kind(key, "str").map(str::to_owned);
    let ingested_at = match about.of_kind("ingested_at", "time") {
        _ if about.times != 1 => Err(format!("{} requires exactly one ingested_at", claim.id)),
        None => Err(format!("{}.ingested_at must be meta_time int", claim.id)),
        Some(time) => Ok(time.parse().unwrap_or_default()),
    };
    let entity = Term { tag: "entity_ref".into(), text: claim.entity };
    Mapped {
        sequence: claim.sequence,
        assertion: claim.id,
        predicate: claim.predicate,
        arguments: std::iter::once(entity).chain(claim.terms).collect(),
        source: text("source"),
        run: text("run_id").filter(|run| !run.is_empty()),
        candidate: text("candidate_id").filter(|candidate| !candidate.is_empty()),
        event_ts: about.of_kind("ingested_at", "time").and_then(|time| time.parse().ok()),
        ingested_at,
    }
}
