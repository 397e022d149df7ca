//! `candidate_ledger`: every candidate that derivations produced, accepted or not.

use super::{CANDIDATE, Facts, Ledger, Row};
use crate::digest::Fingerprint;

pub(super) static LEDGER: Ledger = Ledger { name: "candidate_ledger", identities: &[CANDIDATE], observe };

/// What is kept of a row.
pub(crate) struct Candidate {
    pub(crate) id: Fingerprint,
    /// Whether its state is `accepted`, if it has one.
    pub(crate) is_accepted: Option<bool>,
    pub(crate) line: u32,
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let Some(id) = row.id(&CANDIDATE) else { return };
    let state = row.value.get("state").filter(|state| !state.is_null());
    let is_accepted = state.map(|state| state.is_text("accepted"));
    facts.candidates.push(Candidate { id, is_accepted, line: row.line });
}
