//! A ledger in the order in which it was written: by transaction, and by what each did.

use std::iter::Peekable;

use rusqlite::{Row, Rows};

use super::assertions::{Claim, MAX_ABOUT, SYSTEM, cell, claim, number, text};
use super::covered::{self, Entry};
use super::value::broken;
use crate::error::{Doing as _, Result};

pub(super) const CLAIMS: &str =
    "SELECT asrt_id, pred_id, e_ref, rest_terms, value, value_tag, seq, tx_ref FROM claims ORDER BY seq";
pub(super) const EVENTS: &str =
    "SELECT asrt_id, key, kind, value, tx_seq, op_ordinal FROM claim_meta ORDER BY tx_seq, op_ordinal, rowid";

/// The number of a transaction, and of what it did.
pub(super) type Position = (i64, i64);

/// One thing that was said about an assertion.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) said: Entry,
}

/// What stands in the ledger at one position.
pub(super) struct Written {
    pub(super) claim: Option<Claim>,
    pub(super) events: Vec<Event>,
}

/// Assertions and what was said about them, read side by side.
pub(super) struct Ledger<'a> {
    claims: Peekable<Claims<'a>>,
    events: Peekable<Events<'a>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn read(claims: Rows<'a>, events: Rows<'a>) -> Self {
        let claims = Claims { rows: claims, next: (i64::MIN, 0) };
        Self { claims: claims.peekable(), events: Events(events).peekable() }
    }

    /// What stands at the first position that is left, if it comes before this one.
    pub(super) fn before(&mut self, end: Position) -> Result<Option<(Position, Written)>> {
        let claim = next_position(&mut self.claims)?;
        let event = next_position(&mut self.events)?;
        match claim.into_iter().chain(event).min().filter(|at| *at < end) {
            Some(at) => Ok(Some((at, self.at(at)?))),
            None => Ok(None),
        }
    }

    /// What stands at a position; nothing before it may be left.
    pub(super) fn at(&mut self, at: Position) -> Result<Written> {
        let mut written = Written { claim: None, events: Vec::new() };
        if next_position(&mut self.claims)? == Some(at) {
            written.claim = self.claims.next().transpose()?.map(|(_, claim)| claim);
        }
        let mut bytes = 0;
        while next_position(&mut self.events)? == Some(at) {
            let Some((_, event)) = self.events.next().transpose()? else { break };
            bytes += event.said.key.len() + event.said.bytes.len();
            if bytes > MAX_ABOUT {
                return Err(broken(format!("more than {MAX_ABOUT} bytes are said about the assertion {}", event.id)));
            }
            written.events.push(event);
        }
        Ok(written)
    }
}

fn next_position<T>(rows: &mut Peekable<impl Iterator<Item = Result<(Position, T)>>>) -> Result<Option<Position>> {
    match rows.peek() {
        None => Ok(None),
        Some(Ok((at, _))) => Ok(Some(*at)),
        Some(Err(_)) => rows.next().transpose().map(|_| None),
    }
}

struct Claims<'a> {
    rows: Rows<'a>,
    /// Where the next assertion of the same transaction stands.
    next: Position,
}

impl Iterator for Claims<'_> {
    type Item = Result<(Position, Claim)>;

    fn next(&mut self) -> Option<Self::Item> {
        let claim = match claim(&mut self.rows).transpose()? {
            Ok(claim) => claim,
            Err(error) => return Some(Err(error)),
        };
        if claim.transaction < self.next.0 {
            return Some(Err(broken(format!("the assertion {} stands behind later ones", claim.id))));
        }
        let at = if claim.transaction > self.next.0 { (claim.transaction, 0) } else { self.next };
        self.next = (at.0, at.1 + 1);
        Some(Ok((at, claim)))
    }
}

struct Events<'a>(Rows<'a>);

impl Iterator for Events<'_> {
    type Item = Result<(Position, Event)>;

    fn next(&mut self) -> Option<Self::Item> {
        let event = |row: &Row<'_>| {
            let said = Entry::stored(&text(row, 1)?, cell(row, 2)?, cell(row, 3)?)?;
            Ok(((number(row, 4)?, number(row, 5)?), Event { id: text(row, 0)?, said }))
        };
        let row = self.0.next().doing(|| "cannot read the meta values of the store".into());
        row.transpose().map(|row| row.and_then(event))
    }
}

impl Written {
    /// The assertion of this id, with what was said about it when it was written; each key once.
    pub(super) fn of(&self, id: &str, is_system: bool) -> Result<&Claim> {
        let claim =
            self.claim.as_ref().filter(|claim| claim.id == id && claim.predicate.starts_with(SYSTEM) == is_system);
        let claim =
            claim.ok_or_else(|| broken(format!("a transaction wrote {id}, and the ledger does not hold it there")))?;
        let mut keys: Vec<&str> = self.events.iter().map(|event| event.said.key.as_str()).collect();
        keys.sort_unstable();
        let is_once = keys.windows(2).all(|pair| pair[0] != pair[1]);
        let is_plain = |event: &Event| event.id == id && !event.said.takes_back();
        if is_once && self.events.iter().all(is_plain) {
            return Ok(claim);
        }
        Err(broken(format!("what was said about {id} when it was written cannot be told from what came later")))
    }

    /// What was said under a key, as text.
    pub(super) fn stated(&self, key: &str) -> Option<&[u8]> {
        let said = self.events.iter().map(|event| &event.said).find(|said| said.key == key)?;
        (said.kind == "str").then_some(&said.bytes)
    }

    /// The digest of the assertion under a schema, which must be stated, the last word being the transaction.
    pub(super) fn digest(&self, claim: &Claim, schema: &str) -> Result<String> {
        let is_own = |said: &&Entry| !matches!(said.key.as_str(), "assertion_digest" | "schema_digest" | "tx_id");
        let said: Vec<&Entry> = self.events.iter().map(|event| &event.said).filter(is_own).collect();
        let digest = covered::assertion(&claim.predicate, &claim.entity, &claim.terms, schema, &said)?.token();
        let is_stated = self.stated("schema_digest") == Some(schema.as_bytes())
            && self.stated("assertion_digest") == Some(digest.as_bytes())
            && self.events.last().is_some_and(|event| event.said.key == "tx_id");
        if is_stated {
            return Ok(digest);
        }
        Err(broken(format!("the assertion {} is not what its digest stands for", claim.id)))
    }
}
