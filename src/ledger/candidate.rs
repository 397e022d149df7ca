//! `candidate_ledger.jsonl`: the accepted candidates that have key digests, as a projection of the accept-write ledger.

use super::columns::place;
use super::run_tally::Mention;
use super::shape::{Shape, Type};
use super::{Columns, Facts, Ledger, Order, Row};
use crate::digest::Fingerprint;
use crate::spill::record;

pub(super) static LEDGER: Ledger = Ledger {
    name: "candidate_ledger",
    path: "audit/candidate_ledger.jsonl",
    required: true,
    shape: Shape::Record(&[
        ("asrt_id", Type::Name),
        ("cand_key_digest", Type::Digest),
        ("candidate_id", Type::Name),
        ("decision_id", Type::Name),
        ("event_kind", Type::Word("accept_write")),
        ("event_source", Type::Word("accept")),
        ("event_ts", Type::MaybeTime),
        ("key_tuple_digest", Type::Digest),
        ("pred_id", Type::Name),
        ("run_id", Type::MaybeText),
        ("state", Type::Word("accepted")),
        ("support_digest", Type::MaybeDigest),
        ("support_kind", Type::MaybeText),
    ]),
    order: Order::By(&["cand_key_digest", "asrt_id"], false),
    observe,
};

/// How many members a row has.
pub(super) const N: usize = 13;

/// The members of a row, in order.
pub(crate) const MEMBERS: [&str; N] = [
    "asrt_id",
    "cand_key_digest",
    "candidate_id",
    "decision_id",
    "event_kind",
    "event_source",
    "event_ts",
    "key_tuple_digest",
    "pred_id",
    "run_id",
    "state",
    "support_digest",
    "support_kind",
];

/// What is kept of a row.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    /// The claim that was written.
    pub(crate) assertion: Fingerprint,
    /// The number of the run that it names.
    pub(crate) run: Option<u32>,
    pub(crate) columns: Columns<N>,
    pub(crate) line: u32,
    pub(crate) sound: bool,
}

record!(Candidate { assertion: Fingerprint, run: Option<u32>, columns: Columns<N>, line: u32, sound: bool });

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let members = row.value.gather(&MEMBERS);
    let Some(assertion) = members[const { place("asrt_id", &MEMBERS) }].and_then(super::fingerprint) else { return };
    let run = members[const { place("run_id", &MEMBERS) }];
    let run = facts.told.mention(run, Mention { path: LEDGER.path, line: row.line, pointer: "/run_id" });
    let columns = Columns::from_values(&members);
    facts.candidates.push(Candidate { assertion, run, columns, line: row.line, sound: row.sound });
}
