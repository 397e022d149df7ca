//! `accept_write_ledger`: writes whose origin was an accepted candidate.

use super::{ASSERTION, CANDIDATE, Facts, Ledger, Row, id};
use crate::digest::Fingerprint;

pub(super) static LEDGER: Ledger = Ledger { name: "accept_write_ledger", identities: &[CANDIDATE, ASSERTION], observe };

/// What is kept of a row.
pub(crate) struct Write {
    pub(crate) candidate: Option<Fingerprint>,
    /// The assertion, and the name under which it stands.
    pub(crate) assertion: Option<(&'static str, Fingerprint)>,
    /// It names its rule with a version.
    pub(crate) has_rule: bool,
    pub(crate) line: u32,
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let names = |names: &[&str]| names.iter().any(|name| row.value.get(name).is_some_and(|value| !value.is_null()));
    facts.writes.push(Write {
        candidate: row.id(&CANDIDATE),
        assertion: id(row.value, &ASSERTION),
        has_rule: names(&["rule_id", "derived_rule_id"]) && names(&["rule_version", "derived_rule_version"]),
        line: row.line,
    });
}
