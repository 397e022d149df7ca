//! `authoring_apply_events.jsonl`: left by older producers in one of two places; rows of any shape.

use super::shape::Shape;
use super::{Ledger, Order, keep_nothing};

const fn legacy(path: &'static str) -> Ledger {
    Ledger {
        name: "authoring_apply_events",
        path,
        required: false,
        shape: Shape::Any,
        order: Order::Free,
        observe: keep_nothing,
    }
}

pub(super) static AT_ROOT: Ledger = legacy("authoring_apply_events.jsonl");
pub(super) static IN_DB: Ledger = legacy("db/audit/authoring_apply_events.jsonl");
