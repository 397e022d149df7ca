//! `provenance_timelines.jsonl`: a candidate's provenance over time, as its caller put it.

use super::flaws::{self, Flaw, Say};
use super::shape::{Shape, Type};
use super::{Facts, Ledger, Order, Row};
use crate::json::{Kind, Value};

pub(super) static LEDGER: Ledger = Ledger {
    name: "provenance_timelines",
    path: "audit/provenance_timelines.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("provenance_timeline", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe,
};

/// The members that name a chain, in the order of its key.
const KEY: [&str; 3] = ["component_type", "component", "label"];

fn observe(row: &Row<'_>, facts: &mut Facts) {
    facts.mention_candidate(row, LEDGER.path);
    let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
    flaws::check_inner_candidate(row, "provenance_timeline", say);
    if let Some(timeline) = row.value.get("provenance_timeline").filter(|_| row.sound) {
        check_chains(timeline, say);
    }
}

fn check_chains(timeline: Value<'_>, say: &mut Say<'_>) {
    let list = timeline.get("chains").filter(|chains| chains.kind() == Kind::Array);
    let Some(chains) = list else {
        return say.at(Flaw::Timeline, "/provenance_timeline", || "has no array of chains".into());
    };
    let root: Option<Vec<_>> = timeline
        .get("root_chain_key")
        .map(|key| key.items().map(Value::text).collect::<Option<_>>())
        .unwrap_or_default();
    let mut found = false;
    let mut last = None;
    for (n, chain) in chains.items().enumerate() {
        let pointer = || format!("/provenance_timeline/chains/{n}");
        let key: Option<Vec<_>> = KEY.iter().map(|name| chain.get_text(name)).collect();
        if key.is_none() {
            return say
                .at(Flaw::Timeline, pointer(), || "should have a component_type, a component and a label".into());
        }
        if key < last {
            return say.at(Flaw::Timeline, pointer(), || "the chain sorts before the one above it".into());
        }
        found |= key == root;
        last = key;
    }
    if !found {
        say.value(Flaw::Timeline, "/provenance_timeline/root_chain_key", || "is not the key of any chain".into());
    }
}
