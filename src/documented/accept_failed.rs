//! `accept_failed`: accepts that failed, and why.

use super::{ASSERTION, CANDIDATE, DECISION, Facts, Identity, Ledger, PREDICATE, RUN, Row, SUBJECT};

/// A failure may be that of a mapping, which has no candidate; but it should be of something.
const ANYTHING: Identity = Identity {
    what: "what failed",
    names: &[
        CANDIDATE.names[0],
        DECISION.names[0],
        ASSERTION.names[0],
        ASSERTION.names[1],
        PREDICATE.names[0],
        PREDICATE.names[1],
        SUBJECT.names[0],
        SUBJECT.names[1],
        RUN.names[0],
    ],
};

pub(super) static LEDGER: Ledger = Ledger { name: "accept_failed", identities: &[ANYTHING], observe };

fn observe(row: &Row<'_>, facts: &mut Facts) {
    if let Some(candidate) = row.id(&CANDIDATE) {
        facts.failures.push((candidate, row.line));
    }
}
