//! `decision_log`: one row a decision: the candidate that it accepted or declined, and the writes that resulted.

use super::{CANDIDATE, DECISION, Facts, Ledger, Row, fingerprint};
use crate::digest::Fingerprint;

pub(super) static LEDGER: Ledger = Ledger { name: "decision_log", identities: &[DECISION], observe };

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    Declined,
    /// A word that says neither.
    Other,
}

/// What is kept of a row.
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
