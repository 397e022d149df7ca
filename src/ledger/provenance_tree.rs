//! `provenance_trees.jsonl`: a candidate's provenance as a tree, as its caller put it.

use super::shape::{Shape, Type};
use super::{Facts, Ledger, Order, Row, flaws};

pub(super) static LEDGER: Ledger = Ledger {
    name: "provenance_trees",
    path: "audit/provenance_trees.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("provenance_tree", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe,
};

fn observe(row: &Row<'_>, facts: &mut Facts) {
    facts.mention_candidate(row, LEDGER.path);
    flaws::check_inner_candidate(row, "provenance_tree", &mut facts.flaws.of_row(LEDGER.path, row.line));
}
