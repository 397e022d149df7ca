//! `provenance_statuses.jsonl`: whether a candidate's provenance is present; status members stand beside its id.

use super::shape::Shape;
use super::{Ledger, Order};

pub(super) static LEDGER: Ledger = Ledger {
    name: "provenance_statuses",
    path: "audit/provenance_statuses.jsonl",
    required: false,
    shape: Shape::Flattened("candidate_id"),
    order: Order::By(&["candidate_id"], true),
    observe: |row, facts| facts.mention_candidate(row, LEDGER.path),
};
