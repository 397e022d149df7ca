//! What is wrong inside single rows, or between a row and those just above it: seen while rows stream past, told by rules.

use std::collections::BTreeMap;

use super::Row;
use crate::finding::{Place, Quote, Tally};

/// The kinds of flaws; each belongs to one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flaw {
    AnnotationValue,
    EvidenceGraph,
    GraphAlias,
    GraphJoin,
    KeyDigest,
    PayloadCandidate,
    ProofFrame,
    RoundFinal,
    RoundSequence,
    RoundStart,
    RoundTime,
    Timeline,
    TraceBinding,
    TraceCalls,
    TraceInvocations,
    TraceMemo,
    TraceRoot,
}

/// Flaws by kind, each with an exact count and its first places.
#[derive(Default)]
pub(crate) struct Flaws(BTreeMap<Flaw, Tally>);

impl Flaws {
    /// Takes flaws of one row.
    pub(super) fn of_row(&mut self, path: &'static str, line: u32) -> Say<'_> {
        Say { flaws: self, path, line }
    }

    /// All of one kind.
    pub(crate) fn of(&self, kind: Flaw) -> Option<&Tally> {
        self.0.get(&kind)
    }
}

/// Takes flaws of one row.
pub(super) struct Say<'a> {
    flaws: &'a mut Flaws,
    path: &'static str,
    line: u32,
}

impl Say<'_> {
    /// Says something about the row or a part of it.
    pub(super) fn at(&mut self, kind: Flaw, pointer: impl Into<String>, text: impl FnOnce() -> String) {
        let place = Place::row(self.path, self.line.into()).with(pointer);
        self.flaws.0.entry(kind).or_default().add(place, text);
    }

    /// Says something about a value, which will be quoted.
    pub(super) fn value(&mut self, kind: Flaw, pointer: impl Into<String>, text: impl FnOnce() -> String) {
        let place = Place::row(self.path, self.line.into()).with(pointer);
        self.flaws.0.entry(kind).or_default().add_quoted(&[], place, Quote { expected: None }, text);
    }
}

/// A payload that names a candidate should name the one of its row.
pub(super) fn check_inner_candidate(row: &Row<'_>, payload: &str, say: &mut Say<'_>) {
    let inner = row.value.get(payload).and_then(|payload| payload.get("candidate_id"));
    let (Some(inner), Some(outer), true) = (inner, row.value.get("candidate_id"), row.sound) else { return };
    if inner.raw() != outer.raw() {
        say.value(Flaw::PayloadCandidate, format!("/{payload}/candidate_id"), || {
            "is not the candidate that the row is about".into()
        });
    }
}
