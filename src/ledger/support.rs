//! `support_artifacts.jsonl`: what a derived fact rests on; each row carries its own digest.

use super::shape::{Shape, Type};
use super::{Facts, Ledger, Order, Row};
use crate::digest::{Digest, Fingerprint, Hasher};

pub(super) static LEDGER: Ledger = Ledger {
    name: "support_artifacts",
    path: "audit/support_artifacts.jsonl",
    required: true,
    shape: Shape::Record(&[
        ("binding", Type::List(&Type::Pair(&Type::Text, &Type::Any))),
        ("kind", Type::Name),
        (
            "non_fact_steps",
            Type::List(&Type::Record(&[
                ("details", Type::List(&Type::Pair(&Type::Text, &Type::Any))),
                ("kind", Type::Text),
                ("status", Type::Text),
                ("step_key", Type::Text),
            ])),
        ),
        (
            "pred_witnesses",
            Type::List(&Type::Record(&[("asrt_ids", Type::SomeSortedTexts), ("pred_condition_key", Type::Name)])),
        ),
        ("root_result_kind", Type::OneOf(&["fact", "entity", "row"])),
        (
            "rule_ref_edges",
            Type::List(&Type::Record(&[
                ("child_support_digest", Type::MaybeDigest),
                ("rule_ref_id", Type::Text),
                ("rule_ref_version", Type::Text),
                ("ruleref_condition_key", Type::Text),
                ("unresolved_reason", Type::MaybeText),
            ])),
        ),
        ("rule_refs", Type::SortedTexts),
        ("support_digest", Type::Digest),
    ]),
    order: Order::By(&["support_digest"], true),
    observe,
};

/// What is kept of a row.
pub(crate) struct Support {
    /// The digest that the row states.
    pub(crate) digest: Fingerprint,
    /// Whether the row hashes to it; unknown for rows that are not in canonical form.
    pub(crate) reproduces: Option<bool>,
    pub(crate) line: u32,
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let Some(stated) = row.value.get("support_digest") else { return };
    let reproduces =
        row.sound.then(|| recompute(row.text, stated.raw()).is_some_and(|digest| stated.is_text(&digest.token())));
    let digest = Fingerprint::of(stated.raw_inner().unwrap_or_default());
    facts.supports.push(Support { digest, reproduces, line: row.line });
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
