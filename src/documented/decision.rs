//! `decision_log`: one row a decision: the candidate that it accepted or declined, and the writes that resulted.

use super::{CANDIDATE, DECISION, Facts, Ledger, Row, fingerprint};
use crate::digest::Fingerprint;
use crate::spill::{Record, record};

pub(super) static LEDGER: Ledger = Ledger { name: "decision_log", identities: &[DECISION], observe };

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    Declined,
    /// A word that says neither.
    Other,
}

impl Record for Outcome {
    const BYTES: usize = 1;

    fn write(&self, out: &mut [u8]) {
        out[0] = *self as u8;
    }

    fn read(bytes: &[u8]) -> Self {
        match bytes {
            [0] => Outcome::Accepted,
            [1] => Outcome::Declined,
            _ => Outcome::Other,
        }
    }
}

/// What is kept of a row.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    pub(crate) id: Option<Fingerprint>,
    pub(crate) candidate: Option<Fingerprint>,
    pub(crate) outcome: Outcome,
    /// It says which assertions it wrote.
    pub(crate) lists: bool,
    /// These, in `Facts::decided`.
    pub(super) first: u32,
    pub(super) named: u32,
    pub(crate) line: u32,
}

record!(Decision {
    id: Option<Fingerprint>,
    candidate: Option<Fingerprint>,
    outcome: Outcome,
    lists: bool,
    first: u32,
    named: u32,
    line: u32,
});

impl Decision {
    /// Its id, if it has one.
    pub(crate) fn by_id(&self) -> Option<Fingerprint> {
        self.id
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let outcome = match row.value.get("outcome").filter(|outcome| !outcome.is_null()) {
        None => Outcome::Accepted,
        Some(outcome) if outcome.is_text("accepted") => Outcome::Accepted,
        Some(outcome) if outcome.is_text("declined") => Outcome::Declined,
        Some(_) => Outcome::Other,
    };
    let start = facts.decided.len();
    let list = row.value.get("assertion_ids").filter(|list| !list.is_null());
    // What is no id names no assertion, and so is none that was written.
    let nobody = |raw: &[u8]| Fingerprint::of_parts(&[b"no id", raw]);
    for item in list.into_iter().flat_map(|list| list.items()) {
        facts.decided.push(fingerprint(item).unwrap_or_else(|| nobody(item.raw())));
    }
    if let Some(list) = list.filter(|list| list.kind() != crate::json::Kind::Array) {
        facts.decided.push(nobody(list.raw()));
    }
    facts.decisions.push(Decision {
        id: row.id(&DECISION),
        candidate: row.id(&CANDIDATE),
        outcome,
        lists: list.is_some(),
        first: u32::try_from(start).unwrap_or(u32::MAX),
        named: u32::try_from(facts.decided.len() - start).unwrap_or(u32::MAX),
        line: row.line,
    });
}
