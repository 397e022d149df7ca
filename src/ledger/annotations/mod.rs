//! `assertion_annotations.jsonl`: what was noted about assertions, in the order of events.

mod notes;

use std::sync::Arc;

use super::flaws::Flaw;
use super::shape::{Shape, Type};
use super::{Facts, Ledger, Order, Row};
use crate::digest::Fingerprint;
use crate::json::{Kind, Value};
use crate::spill::{List, Memory, Table};

pub(crate) use notes::{COPIED_PREFIX, Copied, FIRST_NOTED, Notes, Subject, copied_value, first_values};

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

/// What is kept of all rows beside their notes.
pub(crate) struct Annotations {
    /// The line of each, by the members that none other may share.
    lines: Table<u32>,
    /// The line of each that shares them with another, and the line of the last of those above.
    pub(crate) repeated: List<(u32, u32)>,
}

impl Annotations {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self { lines: Table::new(memory), repeated: List::new(memory) }
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let (Some(kind), Some(value)) = (row.value.get_text("kind"), row.value.get("value")) else { return };
    facts.notes.add(row, &kind, value);
    if !row.sound {
        return;
    }
    let identity =
        ["asrt_id", "namespace", "category", "key"].map(|name| row.value.get(name).map(Value::raw).unwrap_or_default());
    if let Some(above) = facts.annotations.lines.insert(Fingerprint::of_parts(&identity), row.line) {
        facts.annotations.repeated.push((row.line, above));
    }
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
