//! `certainty_summaries.jsonl`: how certain a candidate is, as its caller put it.

use super::shape::{Shape, Type};
use super::{Ledger, Order};

pub(super) static LEDGER: Ledger = Ledger {
    name: "certainty_summaries",
    path: "audit/certainty_summaries.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("certainty_summary", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe: |row, facts| facts.mention_candidate(row, LEDGER.path),
};
