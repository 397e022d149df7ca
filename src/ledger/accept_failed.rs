//! `accept_failed.jsonl`: mappings that conflicted or failed; nothing that an accept ever refused.

use super::columns::{MaskedRow, mask};
use super::decision::LINKED;
use super::shape::{Members, Shape, Type};
use super::{Facts, Ledger, Order, Row};

const CONFLICT: Members = &[
    ("candidate_asrt_ids", Type::SortedTexts),
    ("candidate_ids", Type::SortedTexts),
    ("decision_id", Type::Name),
    ("error_class", Type::Word("mapping_conflict")),
    ("event_kind", Type::Word("mapping_conflict")),
    ("event_source", Type::Word("mapping")),
    ("event_ts", Type::MaybeTime),
    ("key_tuple", Type::Array),
    ("message", Type::Text),
    ("policy_mode", Type::OneOf(&["edb", "idb"])),
    ("pred_id", Type::Name),
    ("run_ids", Type::SortedTexts),
];

const ERROR: Members = &[
    ("candidate_ids", Type::SortedTexts),
    ("decision_id", Type::Name),
    ("error_class", Type::Word("mapping_error")),
    ("event_kind", Type::Word("mapping_error")),
    ("event_source", Type::Word("mapping")),
    ("event_ts", Type::MaybeTime),
    ("message", Type::Text),
    ("policy_mode", Type::OneOf(&["edb", "idb"])),
    ("pred_id", Type::Name),
    ("run_ids", Type::SortedTexts),
];

pub(super) static LEDGER: Ledger = Ledger {
    name: "accept_failed",
    path: "audit/accept_failed.jsonl",
    required: true,
    shape: Shape::By("event_kind", &[("mapping_conflict", CONFLICT), ("mapping_error", ERROR)]),
    order: Order::Text,
    observe,
};

fn observe(row: &Row<'_>, facts: &mut Facts) {
    facts.told.failure(row, LEDGER.path, facts.failures.len());
    let Some(id) = row.id("decision_id") else { return };
    let (body, apart) = mask(row.value, &LINKED);
    facts.failures.push(MaskedRow { id, body, apart, line: row.line, sound: row.sound });
}
