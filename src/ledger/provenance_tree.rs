//! `provenance_trees.jsonl`: a candidate's provenance as a tree, as its caller put it.

use super::shape::{Shape, Type};
use super::{Ledger, Order, keep_nothing};

pub(super) static LEDGER: Ledger = Ledger {
    name: "provenance_trees",
    path: "audit/provenance_trees.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("provenance_tree", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe: keep_nothing,
};
