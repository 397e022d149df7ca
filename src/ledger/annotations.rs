//! `assertion_annotations.jsonl`: what was noted about assertions, in the order of events.

use super::shape::{Shape, Type};
use super::{Ledger, Order, keep_nothing};

pub(super) static LEDGER: Ledger = Ledger {
    name: "assertion_annotations",
    path: "audit/assertion_annotations.jsonl",
    required: false,
    shape: Shape::Record(&[
        ("asrt_id", Type::Name),
        ("category", Type::OneOf(&["source", "semantic", "derived", "operational"])),
        ("derivation", Type::MaybeText),
        ("key", Type::Text),
        ("kind", Type::OneOf(&["str", "int", "float", "bool", "time", "json"])),
        ("namespace", Type::Text),
        ("origin", Type::OneOf(&["observed", "derived"])),
        ("value", Type::Any),
    ]),
    order: Order::Free,
    observe: keep_nothing,
};
