//! `provenance_timelines.jsonl`: a candidate's provenance over time, as its caller put it.

use super::shape::{Shape, Type};
use super::{Ledger, Order, keep_nothing};

pub(super) static LEDGER: Ledger = Ledger {
    name: "provenance_timelines",
    path: "audit/provenance_timelines.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("provenance_timeline", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe: keep_nothing,
};
