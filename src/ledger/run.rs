//! `run_ledger.jsonl`: a row a run, with counts and lists of what it did.

use super::shape::{Shape, Type};
use super::{Columns, Facts, Ledger, Order, Row};
use crate::digest::Fingerprint;
use crate::spill::List;

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
        ("event_ts_max", Type::MaybeTime),
        ("event_ts_min", Type::MaybeTime),
        ("failed_decision_ids", Type::SortedTexts),
        ("failed_event_ts_max", Type::MaybeTime),
        ("failed_event_ts_min", Type::MaybeTime),
        ("has_failures", Type::Boolean),
        ("last_error_ts", Type::MaybeTime),
        ("last_failure_class", Type::MaybeText),
        ("last_failure_decision_id", Type::MaybeText),
        ("last_failure_message", Type::MaybeText),
        ("pred_ids", Type::SortedTexts),
        ("run_id", Type::Text),
    ]),
    order: Order::By(&["run_id"], true),
    observe,
};

/// The members of a row that follow from decisions and failures, but for the lists; in order.
pub(crate) const MEMBERS: [&str; 15] = [
    "decision_count",
    "error_class_counts",
    "error_count",
    "error_event_kind_counts",
    "event_kind_counts",
    "event_source_counts",
    "event_ts_max",
    "event_ts_min",
    "failed_event_ts_max",
    "failed_event_ts_min",
    "has_failures",
    "last_error_ts",
    "last_failure_class",
    "last_failure_decision_id",
    "last_failure_message",
];

/// What is kept of a row.
pub(crate) struct Run {
    pub(crate) id: Fingerprint,
    pub(crate) columns: Columns<{ MEMBERS.len() }>,
    /// How many claims it says it made.
    pub(crate) claims: Option<u64>,
    /// Where among all ids listed those of each list end; they begin where those before end.
    ends: [usize; RunList::ALL.len()],
    start: usize,
    pub(crate) line: u32,
    pub(crate) sound: bool,
}

/// The lists of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunList {
    Candidates,
    Decisions,
    Failures,
    Predicates,
}

impl RunList {
    const ALL: [RunList; 4] = [RunList::Candidates, RunList::Decisions, RunList::Failures, RunList::Predicates];

    /// The member that holds the list.
    pub(crate) fn member(self) -> &'static str {
        match self {
            RunList::Candidates => "candidate_ids",
            RunList::Decisions => "decision_ids",
            RunList::Failures => "failed_decision_ids",
            RunList::Predicates => "pred_ids",
        }
    }
}

impl Run {
    /// What a list of the row holds, out of all that is listed.
    pub(crate) fn list(&self, list: RunList, listed: &List<Fingerprint>) -> impl Iterator<Item = Fingerprint> {
        let start = if list == RunList::ALL[0] { self.start } else { self.ends[list as usize - 1] };
        listed.range(start..self.ends[list as usize])
    }

    /// How many a list of the row holds.
    pub(crate) fn count(&self, list: RunList) -> usize {
        let start = if list == RunList::ALL[0] { self.start } else { self.ends[list as usize - 1] };
        self.ends[list as usize] - start
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    // Facts may name a run that has no name.
    let Some(id) = row.value.get("run_id").and_then(|id| id.bytes()).map(|id| Fingerprint::of(&id)) else { return };
    let start = facts.listed.len();
    let ends = RunList::ALL.map(|list| {
        let items = row.value.get(list.member()).into_iter().flat_map(|list| list.items());
        // What is no name stands for itself, so that places are counted right.
        let ids = items.map(|item| super::fingerprint(item).unwrap_or_else(|| Fingerprint::of(item.raw())));
        ids.for_each(|id| facts.listed.push(id));
        facts.listed.len()
    });
    facts.runs.push(Run {
        id,
        columns: Columns::of(row.value, &MEMBERS),
        claims: row.value.get("claim_count").and_then(|count| u64::try_from(count.integer()?).ok()),
        ends,
        start,
        line: row.line,
        sound: row.sound,
    });
}
