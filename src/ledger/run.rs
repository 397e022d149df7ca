//! `run_ledger.jsonl`: a row a run, with counts and lists of what it did.

use super::shape::{Shape, Type};
use super::{Facts, Ledger, Order, Row};
use crate::digest::Fingerprint;

pub(super) static LEDGER: Ledger = Ledger {
    name: "run_ledger",
    path: "audit/run_ledger.jsonl",
    required: true,
    shape: Shape::Record(&[
        ("candidate_ids", Type::SortedTexts),
        ("claim_count", Type::Count),
        ("decision_count", Type::Count),
        ("decision_ids", Type::SortedTexts),
        ("error_class_counts", Type::Counts),
        ("error_count", Type::Count),
        ("error_event_kind_counts", Type::Counts),
        ("event_kind_counts", Type::Counts),
        ("event_source_counts", Type::Counts),
        ("event_ts_max", Type::MaybeInteger),
        ("event_ts_min", Type::MaybeInteger),
        ("failed_decision_ids", Type::SortedTexts),
        ("failed_event_ts_max", Type::MaybeInteger),
        ("failed_event_ts_min", Type::MaybeInteger),
        ("has_failures", Type::Boolean),
        ("last_error_ts", Type::MaybeInteger),
        ("last_failure_class", Type::MaybeText),
        ("last_failure_decision_id", Type::MaybeText),
        ("last_failure_message", Type::MaybeText),
        ("pred_ids", Type::SortedTexts),
        ("run_id", Type::Name),
    ]),
    order: Order::By(&["run_id"], true),
    observe,
};

/// What is kept of a row.
pub(crate) struct Run {
    pub(crate) id: Fingerprint,
}

/// A row's reference to something in another ledger.
pub(crate) struct RunReference {
    pub(crate) target: Target,
    pub(crate) id: Fingerprint,
    pub(crate) line: u32,
    /// Position in the list.
    pub(crate) index: u32,
}

/// Which list of a row a reference stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Candidate,
    Decision,
    Failure,
}

impl Target {
    /// The member that holds the list.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Target::Candidate => "candidate_ids",
            Target::Decision => "decision_ids",
            Target::Failure => "failed_decision_ids",
        }
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    facts.runs.extend(row.id("run_id").map(|id| Run { id }));
    for target in [Target::Candidate, Target::Decision, Target::Failure] {
        for (index, id) in row.value.get(target.member()).into_iter().flat_map(|list| list.items()).enumerate() {
            let Some(id) = super::fingerprint(id) else { continue };
            facts.run_references.push(RunReference { target, id, line: row.line, index: index as u32 });
        }
    }
}
