//! `accept_write_ledger`: writes whose origin was an accepted candidate.

use super::{ASSERTION, CANDIDATE, Facts, Ledger, Row, id};
use crate::digest::Fingerprint;
use crate::spill::record;

pub(super) static LEDGER: Ledger = Ledger { name: "accept_write_ledger", identities: &[CANDIDATE, ASSERTION], observe };

/// What is kept of a row.
#[derive(Clone, Copy)]
pub(crate) struct Write {
    pub(crate) candidate: Option<Fingerprint>,
    pub(crate) assertion: Option<Fingerprint>,
    /// Under which of its names the assertion stands.
    name: u8,
    /// It names its rule with a version.
    pub(crate) has_rule: bool,
    pub(crate) line: u32,
}

record!(Write {
    candidate: Option<Fingerprint>,
    assertion: Option<Fingerprint>,
    name: u8,
    has_rule: bool,
    line: u32,
});

impl Write {
    /// The name under which the assertion stands.
    pub(crate) fn name(&self) -> &'static str {
        ASSERTION.names[usize::from(self.name)]
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let names = |names: &[&str]| names.iter().any(|name| row.value.get(name).is_some_and(|value| !value.is_null()));
    let (name, assertion) = id(row.value, &ASSERTION).unzip();
    facts.writes.push(Write {
        candidate: row.id(&CANDIDATE),
        assertion,
        name: ASSERTION.names.iter().position(|known| Some(*known) == name).unwrap_or_default() as u8,
        has_rule: names(&["rule_id", "derived_rule_id"]) && names(&["rule_version", "derived_rule_version"]),
        line: row.line,
    });
}
