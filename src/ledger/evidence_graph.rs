//! `evidence_graphs.jsonl`: a candidate's evidence as rules, atoms and paths.
//!
//! Graphs come from a caller: members that nobody reads are let be, and members with a meaning when absent may be absent.

use std::collections::HashSet;

use super::flaws::{Flaw, Say};
use super::shape::{self, Field, Shape, Type};
use super::{Facts, Ledger, Order, Row};
use crate::json::Value;

pub(super) static LEDGER: Ledger = Ledger {
    name: "evidence_graphs",
    path: "audit/evidence_graphs.jsonl",
    required: false,
    shape: Shape::Record(&[("candidate_id", Type::Name), ("evidence_graph", Type::Object)]),
    order: Order::By(&["candidate_id"], true),
    observe,
};

const MAYBE_NAME: Type = Type::Maybe(&Type::Name);
const STATUS: Type = Type::OneOf(&["holds", "fails", "not_reached"]);
const CERTAINTY: Type = Type::Maybe(&Type::That(
    &Type::Open(&[
        Field::Must("kind", Type::OneOf(&["boolean", "probabilistic", "possibilistic"])),
        Field::Must("lo", Type::Number),
        Field::Must("hi", Type::Number),
    ]),
    is_between_0_and_1,
    "bounds with 0 ≤ lo ≤ hi ≤ 1",
));

const GRAPH: Type = Type::Open(&[
    Field::Must("graph_id", Type::Name),
    Field::Must("engine", Type::Name),
    Field::Must("layout_hint", Type::OneOf(&["tree", "timeline"])),
    Field::May("subject_binding", Type::Object),
    Field::Must("paths", Type::List(&Type::By("kind", &[("tree", TREE), ("timeline", TIMELINE)]))),
    Field::May("certainty", CERTAINTY),
    Field::May("metadata", Type::Object),
]);

const TREE: Type = Type::Open(&[
    Field::Must("tree_id", Type::Name),
    Field::Must("status", STATUS),
    Field::Must("rules", Type::List(&RULE)),
    Field::Must("joins", Type::List(&JOIN)),
    Field::May(
        "policy_conditions",
        Type::That(&Type::List(&POLICY_CONDITION), have_own_coordinates, "conditions none of which stands twice"),
    ),
    Field::May("certainty", CERTAINTY),
    Field::May("metadata", Type::Object),
]);

const TIMELINE: Type = Type::Open(&[
    Field::Must("timeline_id", Type::Name),
    Field::Must("status", STATUS),
    Field::Must("events", Type::List(&ATOM)),
    Field::May("certainty", CERTAINTY),
    Field::May("metadata", Type::Object),
]);

const RULE: Type = Type::Open(&[
    Field::Must("occurrence_alias", Type::Name),
    Field::Must("rule_id", Type::Name),
    Field::Must("role", Type::OneOf(&["head", "body"])),
    Field::Must("status", STATUS),
    Field::May("repr_text", MAYBE_NAME),
    Field::May("ports", Type::Object),
    Field::Must("atoms", Type::List(&ATOM)),
]);

const JOIN: Type = Type::Open(&[
    Field::Must("left", PORT),
    Field::Must("right", PORT),
    Field::Must("status", STATUS),
    Field::Must("join_id", Type::Name),
]);
const PORT: Type =
    Type::Open(&[Field::Must("rule_occurrence_alias", Type::Name), Field::Must("port_name", Type::Name)]);

const COORDINATES: [&str; 3] = ["policy_node_id", "condition_id", "role"];
const POLICY_CONDITION: Type = Type::Open(&[
    Field::Must("policy_node_id", Type::Name),
    Field::Must("condition_id", Type::Name),
    Field::Must("role", Type::OneOf(&["left_field", "right_field", "compare"])),
    Field::Must("atom", ATOM),
]);

const ATOM: Type = Type::Open(&[
    Field::Must("form", FORM),
    Field::Must("verdict", VERDICT),
    Field::Must("atom_id", Type::Name),
    Field::May("repr_text", MAYBE_NAME),
    Field::May("timestep", Type::MaybeInteger),
]);

const FORM: Type = Type::By(
    "kind",
    &[
        ("fact", Type::Open(&[Field::Must("predicate", Type::Name), Field::May("terms", TERMS)])),
        (
            "compare",
            Type::Open(&[Field::Must("op", Type::Name), Field::Must("left", TERM), Field::Must("right", TERM)]),
        ),
        ("builtin", Type::Open(&[Field::Must("builtin_kind", Type::Name), Field::May("operands", TERMS)])),
        (
            "aggregate",
            Type::Open(&[
                Field::Must("aggregate_kind", Type::Name),
                Field::May("body_terms", TERMS),
                Field::May("head_terms", TERMS),
            ]),
        ),
    ],
);
const TERMS: Type = Type::List(&TERM);
const TERM: Type = Type::By(
    "kind",
    &[
        ("bound_var", Type::Open(&[Field::Must("name", Type::Name), Field::May("bound_by", MAYBE_NAME)])),
        ("const", Type::Object),
    ],
);

const VERDICT: Type = Type::By(
    "kind",
    &[("holds", REACHED), ("fails", REACHED), ("not_reached", Type::Open(&[Field::May("blocked_by", MAYBE_NAME)]))],
);
const REACHED: Type = Type::Open(&[Field::Must("certainty", CERTAINTY), Field::Must("support", Type::List(&SOURCE))]);
const SOURCE: Type =
    Type::Open(&[Field::Must("ref", Type::Name), Field::May("field", MAYBE_NAME), Field::May("meta", Type::Object)]);

/// How many graphs there are, and what they hold.
#[derive(Default)]
pub(crate) struct GraphCounts {
    pub(crate) graphs: u64,
    pub(crate) paths: u64,
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    facts.mention_candidate(row, LEDGER.path);
    let Some(graph) = row.value.get("evidence_graph").filter(|_| row.sound) else { return };
    facts.graphs.graphs += 1;
    facts.graphs.paths += items(graph, "paths").count() as u64;
    let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
    let mut flawless = true;
    shape::value(graph, &GRAPH, "/evidence_graph", &mut |pointer, misfit| {
        flawless = false;
        say.at(Flaw::EvidenceGraph, pointer, || misfit.into_text());
    });
    if flawless {
        for (n, path) in items(graph, "paths").enumerate() {
            check_joins(path, &format!("/evidence_graph/paths/{n}"), say);
        }
    }
}

/// A tree's joins should lead to its rules, each by a name of its own.
fn check_joins(path: Value<'_>, pointer: &str, say: &mut Say<'_>) {
    let mut aliases = HashSet::new();
    for (n, rule) in items(path, "rules").enumerate() {
        if !aliases.insert(rule.get_text("occurrence_alias")) {
            say.value(Flaw::GraphAlias, format!("{pointer}/rules/{n}/occurrence_alias"), || {
                "another rule of the tree has this alias as well".into()
            });
        }
    }
    for (n, join) in items(path, "joins").enumerate() {
        for side in ["left", "right"] {
            let alias = join.get(side).map(|port| port.get_text("rule_occurrence_alias"));
            if alias.is_some_and(|alias| !aliases.contains(&alias)) {
                let pointer = format!("{pointer}/joins/{n}/{side}/rule_occurrence_alias");
                say.value(Flaw::GraphJoin, pointer, || "no rule of the tree has this alias".into());
            }
        }
    }
}

fn items<'a>(row: Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> {
    row.get(name).into_iter().flat_map(Value::items)
}

fn have_own_coordinates(conditions: Value<'_>) -> bool {
    let mut seen = HashSet::new();
    conditions.items().all(|condition| seen.insert(COORDINATES.map(|name| condition.get_text(name))))
}

/// True as well where one bound is not a number, which is said already.
fn is_between_0_and_1(certainty: Value<'_>) -> bool {
    let bound = |name: &str| -> Option<f64> {
        std::str::from_utf8(certainty.get(name).filter(|bound| bound.is_number())?.raw()).ok()?.parse().ok()
    };
    match (bound("lo"), bound("hi")) {
        (Some(lo), Some(hi)) => 0.0 <= lo && lo <= hi && hi <= 1.0,
        _ => true,
    }
}
