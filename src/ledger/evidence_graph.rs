//! `evidence_graphs.jsonl`: a candidate's evidence as rules, atoms and paths.

use super::shape::{Shape, Type};
use super::{Ledger, Order, keep_nothing};

pub(super) static LEDGER: Ledger = Ledger {
    name: "evidence_graphs",
    path: "audit/evidence_graphs.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("evidence_graph", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe: keep_nothing,
};
