//! `run_ledger`: one row a written assertion, or one a run.

use super::{ASSERTION, Facts, Identity, Ledger, PREDICATE, RUN, Row, SUBJECT, id};

pub(super) static LEDGER: Ledger = Ledger { name: "run_ledger", identities: &[ASSERTION, RUN], observe };

/// Rows of assertions must name them, rows of runs the run.
pub(super) fn asks(identity: &Identity, per_assertion: bool) -> bool {
    (identity.names == ASSERTION.names) == per_assertion
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let assertion = id(row.value, &ASSERTION);
    facts.per_assertion |= assertion.is_some() || row.has(&PREDICATE) || row.has(&SUBJECT);
    if let Some((name, id)) = assertion {
        let result = facts.written.push(id, row.line, name, ASSERTION.names);
        facts.memory.take(result);
    }
}
