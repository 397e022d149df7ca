//! `candidate_ledger`: every candidate that derivations produced, accepted or not.

use super::{CANDIDATE, Facts, Ledger, Row};
use crate::digest::Fingerprint;
use crate::spill::record;

pub(super) static LEDGER: Ledger = Ledger { name: "candidate_ledger", identities: &[CANDIDATE], observe };

/// What is kept of a row.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) id: Fingerprint,
    /// Whether its state is `accepted`, if it has one.
    pub(crate) is_accepted: Option<bool>,
    pub(crate) line: u32,
}

record!(Candidate { id: Fingerprint, is_accepted: Option<bool>, line: u32 });

impl Candidate {
    /// Its id.
    pub(crate) fn by_id(&self) -> Option<Fingerprint> {
        Some(self.id)
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let Some(id) = row.id(&CANDIDATE) else { return };
    let state = row.value.get("state").filter(|state| !state.is_null());
    let is_accepted = state.map(|state| state.is_text("accepted"));
    facts.candidates.push(Candidate { id, is_accepted, line: row.line });
}
