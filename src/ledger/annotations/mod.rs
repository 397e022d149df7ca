//! `assertion_annotations.jsonl`: what was noted about assertions, in the order of events.

mod notes;

use super::flaws::Flaw;
use super::shape::{Shape, Type};
use super::{Facts, Ledger, Order, Row};
use crate::digest::Fingerprint;
use crate::json::{Kind, Value};

pub(crate) use notes::{COPIED_PREFIX, FIRST_NOTED, Notes, copied_value};

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
    observe,
};

/// What is kept of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Annotation {
    /// Of the members that none other may share.
    pub(crate) identity: [u8; 16],
    pub(crate) line: u32,
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let (Some(kind), Some(value)) = (row.value.get_text("kind"), row.value.get("value")) else { return };
    facts.notes.add(row, &kind, value);
    if !row.sound {
        return;
    }
    let identity =
        ["asrt_id", "namespace", "category", "key"].map(|name| row.value.get(name).map(Value::raw).unwrap_or_default());
    let identity = Fingerprint::of_parts(&identity).to_bytes();
    facts.annotations.push(Annotation { identity, line: row.line });
    if !fits(value.kind(), &kind) {
        let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
        say.value(Flaw::AnnotationValue, "/value", || format!("does not fit the kind {kind}"));
    }
}

fn fits(value: Kind, kind: &str) -> bool {
    match kind {
        "str" => value == Kind::String,
        "int" | "time" => value == Kind::Integer,
        "float" => value == Kind::Float,
        "bool" => matches!(value, Kind::True | Kind::False),
        _ => true,
    }
}
