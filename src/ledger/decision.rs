//! `decision_log.jsonl`: one row a decision: a write that was accepted, or a mapping that was resolved or failed.

use super::columns::{mask, place};
use super::shape::{Members, Shape, Type};
use super::{Columns, Facts, Ledger, Order, Row};
use crate::digest::Fingerprint;
use crate::json::Value;
use crate::spill::{Record, record};

const ACCEPT_WRITE: Members = &[
    ("asrt_id", Type::Name),
    ("cand_key_digest", Type::MaybeDigest),
    ("candidate_id", Type::Name),
    ("candidate_ids", Type::SortedTexts),
    ("decision_id", Type::Name),
    ("derived_rule_id", Type::MaybeText),
    ("derived_rule_version", Type::MaybeText),
    ("event_kind", Type::Word("accept_write")),
    ("event_source", Type::Word("accept")),
    ("event_ts", Type::MaybeTime),
    ("key_tuple_digest", Type::MaybeDigest),
    ("pred_id", Type::Name),
    ("run_id", Type::MaybeText),
    ("run_ids", Type::SortedTexts),
    ("support_digest", Type::MaybeDigest),
    ("support_kind", Type::MaybeText),
];

const MAPPING_DECISION: Members = &[
    ("candidate_asrt_ids", Type::SortedTexts),
    ("candidate_ids", Type::SortedTexts),
    ("chosen_asrt_id", Type::Name),
    ("chosen_value_tuple", Type::Array),
    ("decision_id", Type::Name),
    ("event_kind", Type::Word("mapping_decision")),
    ("event_source", Type::Word("mapping")),
    ("event_ts", Type::MaybeTime),
    ("key_tuple", Type::Array),
    ("policy_mode", Type::OneOf(&["edb", "idb"])),
    ("pred_id", Type::Name),
    ("reason", Type::Text),
    ("run_ids", Type::SortedTexts),
    ("status", Type::Word("resolved")),
];

const MAPPING_CONFLICT: Members = &[
    ("candidate_asrt_ids", Type::SortedTexts),
    ("candidate_ids", Type::SortedTexts),
    ("candidate_values", Type::List(&Type::Array)),
    ("decision_id", Type::Name),
    ("error", Type::Text),
    ("event_kind", Type::Word("mapping_conflict")),
    ("event_source", Type::Word("mapping")),
    ("event_ts", Type::MaybeTime),
    ("key_tuple", Type::Array),
    ("policy_mode", Type::OneOf(&["edb", "idb"])),
    ("pred_id", Type::Name),
    ("run_ids", Type::SortedTexts),
    ("status", Type::Word("conflict")),
];

const MAPPING_ERROR: Members = &[
    ("candidate_ids", Type::SortedTexts),
    ("decision_id", Type::Name),
    ("error", Type::Text),
    ("event_kind", Type::Word("mapping_error")),
    ("event_source", Type::Word("mapping")),
    ("event_ts", Type::MaybeTime),
    ("policy_mode", Type::OneOf(&["edb", "idb"])),
    ("pred_id", Type::Name),
    ("run_ids", Type::SortedTexts),
    ("status", Type::Word("error")),
];

pub(super) static LEDGER: Ledger = Ledger {
    name: "decision_log",
    path: "audit/decision_log.jsonl",
    required: true,
    shape: Shape::By(
        "event_kind",
        &[
            ("accept_write", ACCEPT_WRITE),
            ("mapping_decision", MAPPING_DECISION),
            ("mapping_conflict", MAPPING_CONFLICT),
            ("mapping_error", MAPPING_ERROR),
        ],
    ),
    order: Order::Text,
    observe,
};

/// How many members a row that accepts a write has.
pub(super) const N: usize = 16;

/// The members of a row that accepts a write, in order.
pub(crate) const MEMBERS: [&str; N] = [
    "asrt_id",
    "cand_key_digest",
    "candidate_id",
    "candidate_ids",
    "decision_id",
    "derived_rule_id",
    "derived_rule_version",
    "event_kind",
    "event_source",
    "event_ts",
    "key_tuple_digest",
    "pred_id",
    "run_id",
    "run_ids",
    "support_digest",
    "support_kind",
];

/// Members of mapping rows that follow from the facts, not from the mapping resolution.
pub(crate) const LINKED: [&str; 3] = ["candidate_ids", "event_ts", "run_ids"];

/// What is kept of a row.
#[derive(Clone, Copy)]
pub(crate) struct Decision {
    pub(crate) id: Fingerprint,
    pub(crate) body: DecisionBody,
    pub(crate) line: u32,
    pub(crate) sound: bool,
}

record!(Decision { id: Fingerprint, body: DecisionBody, line: u32, sound: bool });

impl Decision {
    /// Its id.
    pub(crate) fn by_id(&self) -> Option<Fingerprint> {
        Some(self.id)
    }
}

/// A row's content, by its kind.
#[derive(Clone, Copy)]
pub(crate) enum DecisionBody {
    /// It accepts the write of this claim; its own id stands there if it names none.
    Accept(Columns<N>, Fingerprint),
    /// It tells how a mapping went: all members but the linked ones, the linked ones, and where its [`Links`] are.
    Mapping { body: Fingerprint, linked: Fingerprint, links: u64 },
}

impl Record for DecisionBody {
    const BYTES: usize = 1 + <(Columns<N>, Fingerprint)>::BYTES;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        let (is_mapping, rest) = out.split_at_mut(1);
        match *self {
            DecisionBody::Accept(columns, claim) => (columns, claim).write(rest),
            DecisionBody::Mapping { body, linked, links } => {
                ((body, linked), links).write(&mut rest[..<((Fingerprint, Fingerprint), u64)>::BYTES]);
            }
        }
        matches!(self, DecisionBody::Mapping { .. }).write(is_mapping);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        let (is_mapping, rest) = bytes.split_at(1);
        if bool::read(is_mapping) {
            let ((body, linked), links) = Record::read(&rest[..<((Fingerprint, Fingerprint), u64)>::BYTES]);
            return DecisionBody::Mapping { body, linked, links };
        }
        let (columns, claim) = Record::read(rest);
        DecisionBody::Accept(columns, claim)
    }
}

/// What a mapping row says of the claims that it is about.
pub(crate) struct Links {
    /// Those claims.
    pub(crate) assertions: Vec<Fingerprint>,
    pub(crate) candidates: Vec<Fingerprint>,
    pub(crate) runs: Vec<Fingerprint>,
    pub(crate) event_ts: Option<i64>,
}

impl Links {
    fn of(row: Value<'_>) -> Self {
        let list =
            |name: &str| row.get(name).into_iter().flat_map(Value::items).filter_map(super::fingerprint).collect();
        Self {
            assertions: list("candidate_asrt_ids"),
            candidates: list("candidate_ids"),
            runs: list("run_ids"),
            event_ts: row.get("event_ts").and_then(Value::integer),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0; LinksHead::BYTES];
        let counts = (self.assertions.len() as u32, self.candidates.len() as u32);
        (self.event_ts, counts).write(&mut out);
        let ids = [&self.assertions, &self.candidates, &self.runs];
        out.extend(ids.into_iter().flatten().flat_map(|id| id.to_bytes()));
        out
    }

    /// As it was put aside.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(LinksHead::BYTES)?;
        let (event_ts, (assertions, candidates)) = LinksHead::read(head);
        let mut ids = rest.chunks_exact(Fingerprint::BYTES).map(Fingerprint::read);
        Some(Self {
            assertions: ids.by_ref().take(assertions as usize).collect(),
            candidates: ids.by_ref().take(candidates as usize).collect(),
            runs: ids.collect(),
            event_ts,
        })
    }
}

/// The time, and how many claims and candidates there are.
type LinksHead = (Option<i64>, (u32, u32));

fn observe(row: &Row<'_>, facts: &mut Facts) {
    facts.told.decision(row, LEDGER.path, facts.decisions.len());
    let members = row.value.gather(&MEMBERS);
    let id = |at: usize| members[at].and_then(super::fingerprint);
    let Some(own) = id(const { place("decision_id", &MEMBERS) }) else { return };
    let kind = members[const { place("event_kind", &MEMBERS) }];
    let body = if kind.is_some_and(|kind| kind.is_text("accept_write")) {
        let claim = id(const { place("asrt_id", &MEMBERS) }).unwrap_or(own);
        DecisionBody::Accept(Columns::from_values(&members), claim)
    } else {
        let (body, linked) = mask(row.value, &LINKED);
        DecisionBody::Mapping { body, linked, links: facts.links.push(&Links::of(row.value).to_bytes()) }
    };
    facts.decisions.push(Decision { id: own, body, line: row.line, sound: row.sound });
}
