//! `support_artifacts.jsonl`: what a derived fact rests on; each row carries its own digest.

use super::shape::{Shape, Type, sorted_by};
use super::{Facts, Ledger, Order, Row};
use std::sync::Arc;

use crate::digest::{Digest, Fingerprint, Hasher};
use crate::json::Value;
use crate::spill::{List, Memory, Table, record};

pub(super) static LEDGER: Ledger = Ledger {
    name: "support_artifacts",
    path: "audit/support_artifacts.jsonl",
    required: true,
    shape: Shape::RecordThat(
        &[
            (
                "binding",
                Type::That(&Type::List(&Type::Pair(&Type::Text, &Type::Any)), by_variable, "sorted by variable"),
            ),
            ("kind", Type::Name),
            (
                "non_fact_steps",
                Type::That(
                    &Type::List(&Type::That(
                        &Type::Record(&[
                            ("details", Type::List(&Type::Pair(&Type::Text, &Type::Any))),
                            ("kind", Type::Text),
                            ("status", Type::Text),
                            ("step_key", Type::Text),
                        ]),
                        is_keyed,
                        KEYED,
                    )),
                    |steps| sorted_by(steps, &["step_key", "kind", "status"]),
                    "sorted by step_key, kind and status",
                ),
            ),
            (
                "pred_witnesses",
                Type::That(
                    &Type::List(&Type::Record(&[
                        ("asrt_ids", Type::SomeSortedTexts),
                        ("pred_condition_key", Type::Name),
                    ])),
                    |witnesses| sorted_by(witnesses, &["pred_condition_key"]),
                    "sorted by pred_condition_key",
                ),
            ),
            ("root_result_kind", Type::OneOf(&["fact", "entity", "row"])),
            (
                "rule_ref_edges",
                Type::That(&Type::List(&EDGE), |edges| sorted_by(edges, &EDGE_ORDER), "sorted by key, rule and child"),
            ),
            ("rule_refs", Type::SortedTexts),
            ("support_digest", Type::Digest),
        ],
        refs_are_those_of_edges,
        "a row whose rule_refs are the rules of its rule_ref_edges",
    ),
    order: Order::By(&["support_digest"], true),
    observe,
};

const EDGE: Type = Type::That(
    &Type::Record(&[
        ("child_support_digest", Type::MaybeDigest),
        ("rule_ref_id", Type::Text),
        ("rule_ref_version", Type::Text),
        ("ruleref_condition_key", Type::Text),
        ("unresolved_reason", Type::MaybeText),
    ]),
    |edge| is_given(edge, "child_support_digest") != is_given(edge, "unresolved_reason"),
    "an edge with either a child support or the reason why there is none",
);
const EDGE_ORDER: [&str; 4] = ["ruleref_condition_key", "rule_ref_id", "rule_ref_version", "child_support_digest"];

/// How messages name a step that [`is_keyed`].
pub(super) const KEYED: &str = "a step whose key is its place, a colon and its kind";

/// The key of a step ends in its kind.
pub(super) fn is_keyed(step: Value<'_>) -> bool {
    let [key, kind] = ["step_key", "kind"].map(|name| step.get_text(name).unwrap_or_default());
    key.split_once(':').is_some_and(|(_, end)| end == kind)
}

fn is_given(row: Value<'_>, name: &str) -> bool {
    row.get(name).is_some_and(|value| !value.is_null())
}

fn by_variable(binding: Value<'_>) -> bool {
    let variables: Vec<_> = binding.items().map(|pair| pair.items().next().and_then(Value::text)).collect();
    variables.is_sorted()
}

fn refs_are_those_of_edges(row: Value<'_>) -> bool {
    let list = |name: &str| row.get(name).into_iter().flat_map(Value::items);
    let mut edges: Vec<_> = list("rule_ref_edges").filter_map(|edge| edge.get_text("rule_ref_id")).collect();
    edges.sort_unstable();
    edges.dedup();
    list("rule_refs").filter_map(Value::text).eq(edges)
}

/// What is kept of all support artifacts but for their witnesses.
pub(crate) struct Supports {
    /// How many rows there are.
    pub(crate) count: usize,
    /// The lines of rows that do not hash to the digest they state, as far as that can be told.
    pub(crate) wrong: List<u32>,
    /// Every artifact in the package: by the digest that its row states, and by its own where the two differ, which is said
    /// already.
    known: Table<()>,
    /// References to supports of rules inside other supports; each child where it is first named.
    pub(crate) edges: List<SupportEdge>,
    children: Table<()>,
}

/// A support names another one.
#[derive(Clone, Copy)]
pub(crate) struct SupportEdge {
    pub(crate) child: Fingerprint,
    pub(crate) line: u32,
    /// Which of the row's edges it is.
    pub(crate) edge: u32,
}

record!(SupportEdge { child: Fingerprint, line: u32, edge: u32 });

impl Supports {
    /// Nothing is known yet.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            count: 0,
            wrong: List::new(memory),
            known: Table::new(memory),
            edges: List::new(memory),
            children: Table::new(memory),
        }
    }

    /// True if there is an artifact of this digest.
    pub(crate) fn has(&self, digest: Fingerprint) -> bool {
        self.known.get(digest).is_some()
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let Some(stated) = row.value.get("support_digest") else { return };
    if row.sound {
        facts.witnesses.add_support(row.value, row.line);
    }
    let supports = &mut facts.supports;
    let own = row.sound.then(|| recompute(row.text, stated.raw())).flatten();
    let reproduces = row.sound.then(|| own.is_some_and(|digest| stated.is_text(&digest.token())));
    if reproduces == Some(false) {
        supports.wrong.push(row.line);
        if let Some(own) = own {
            supports.known.insert(Fingerprint::of(own.token().as_bytes()), ());
        }
    }
    supports.known.insert(Fingerprint::of(stated.raw_inner().unwrap_or_default()), ());
    supports.count += 1;
    for (edge, value) in row.value.get("rule_ref_edges").into_iter().flat_map(Value::items).enumerate() {
        if let Some(child) = value.get("child_support_digest").and_then(super::fingerprint)
            && supports.children.insert(child, ()).is_none()
        {
            supports.edges.push(SupportEdge { child, line: row.line, edge: u32::try_from(edge).unwrap_or(u32::MAX) });
        }
    }
}

/// The digest of a canonical row without its `support_digest`, whose name sorts last.
fn recompute(row: &[u8], stated: &[u8]) -> Option<Digest> {
    let tail = [b",\"support_digest\":", stated, b"}"].concat();
    let rest = row.strip_suffix(tail.as_slice())?;
    let mut hasher = Hasher::new();
    hasher.update(rest);
    hasher.update(b"}");
    Some(hasher.finish())
}
