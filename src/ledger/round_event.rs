//! `round_events.jsonl`: what happened in review rounds, added after the export.

use super::shape::{Shape, Type};
use super::{Ledger, Order, keep_nothing};

pub(super) static LEDGER: Ledger = Ledger {
    name: "round_events",
    path: "audit/round_events.jsonl",
    required: false,
    shape: Shape::Record(&[
        ("event_ts", Type::Count),
        ("kind", Type::Text),
        ("payload", Type::Object),
        ("round_id", Type::Name),
        ("schema_version", Type::Text),
        ("sequence", Type::Count),
    ]),
    order: Order::Free,
    observe: keep_nothing,
};
