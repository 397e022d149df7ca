//! Annotations against metadata: first values are noted once and for all, other annotations are kept as metadata too.

use super::meta::TEXTS;
use super::{FactFault, Facts, Group};
use crate::digest::{Fingerprint, FingerprintMap};
use crate::finding::{Place, printable};
use crate::ledger::{COPIED_PREFIX, FIRST_NOTED, Notes, copied_value};

const ANNOTATIONS: &str = "audit/assertion_annotations.jsonl";

/// What annotations say, joined to the claims.
#[derive(Default)]
pub(super) struct Annotated {
    notes: Notes,
    /// Where the subjects of each claim begin.
    of_claim: Vec<u32>,
    /// Assertions that are annotated and are no claims, with a line each.
    strangers: FingerprintMap<u32>,
}

/// There is no annotation of the claim.
const NONE: u32 = u32::MAX;
/// As many rows, at most, note first values of one claim: one for each category and name.
const MOST_SUBJECTS: usize = 4 * FIRST_NOTED.len();

impl Annotated {
    pub(super) fn new(notes: Notes) -> Self {
        Self { notes, ..Self::default() }
    }

    /// Finds the claim of each subject: `find` gives its position, `claims` is how many there are.
    pub(super) fn join(&mut self, claims: usize, find: impl Fn(Fingerprint) -> Option<usize>) {
        if self.notes.subjects.is_empty() {
            return;
        }
        self.notes.subjects.sort_unstable_by_key(|subject| (subject.assertion, subject.line));
        for subject in self.notes.subjects.iter().filter(|subject| find(subject.assertion).is_none()) {
            self.strangers.entry(subject.assertion).or_insert(subject.line);
        }
        self.notes.keep_first_values();
        self.of_claim = vec![NONE; claims];
        for (n, subject) in self.notes.subjects.iter().enumerate() {
            if let Some(at) = find(subject.assertion) {
                self.of_claim[at] = self.of_claim[at].min(n as u32);
            }
        }
    }

    /// The values that metadata of the claim had first, by the place of their names in [`FIRST_NOTED`].
    pub(super) fn first_values(&self, claim: usize) -> [Option<&str>; FIRST_NOTED.len()] {
        let mut values = [None; FIRST_NOTED.len()];
        let subjects = self.of_claim.get(claim).and_then(|first| self.notes.subjects.get(*first as usize..));
        let subjects = subjects.unwrap_or_default().iter();
        let id = subjects.clone().next().map(|subject| subject.assertion);
        for subject in subjects.take(MOST_SUBJECTS).take_while(|subject| Some(subject.assertion) == id) {
            for (n, text) in self.notes.first_values(subject) {
                if let Some(value) = values.get_mut(n) {
                    *value = Some(text);
                }
            }
        }
        values
    }

    /// The first value of the metadata of this name.
    pub(super) fn first_value(&self, claim: usize, name: &str) -> Option<&str> {
        let at = FIRST_NOTED.iter().position(|first| *first == name)?;
        self.first_values(claim)[at]
    }

    /// An assertion turns out to be a revocation.
    pub(super) fn is_revocation(&mut self, id: Fingerprint) {
        self.strangers.remove(&id);
    }
}

/// Holds the texts about a claim against what was noted first.
pub(super) fn compare(facts: &mut Facts, group: &Group, claim: usize) {
    if facts.annotated.of_claim.is_empty() {
        return;
    }
    let first = facts.annotated.first_values(claim);
    let changed = FIRST_NOTED.map(|name| group.text(name)).iter().zip(first).position(|(text, first)| *text != first);
    if let Some(n) = changed {
        let name = FIRST_NOTED[n];
        facts.fault(FactFault::FirstValue, group.id(), Place::row(TEXTS, group.line_of(name)), || {
            format!("{name} of {} is not what its annotation says", printable(&group.assertion, 60))
        });
    }
}

/// Takes metadata that may be the copy of an annotation.
pub(super) fn copy(facts: &mut Facts, table: &'static str, line: u64, kind: &str, [assertion, name, value]: [&str; 3]) {
    if !name.starts_with(COPIED_PREFIX) {
        return;
    }
    let key = Fingerprint::of_parts(&[assertion.as_bytes(), name.as_bytes()]);
    let (id, place) = (Fingerprint::of(assertion.as_bytes()), Place::row(table, line));
    match facts.annotated.notes.copied.remove(&key) {
        None => facts.fault(FactFault::CopyAlone, id, place, || {
            format!("no annotation of {} is behind it", printable(assertion, 60))
        }),
        Some(copied) if copied.value != copied_value(kind, value) => facts.fault(FactFault::Copy, id, place, || {
            format!("is not what the annotation in {ANNOTATIONS}:{} says", copied.line)
        }),
        Some(_) => {}
    }
}

/// All facts are read.
pub(super) fn end(facts: &mut Facts) {
    let Annotated { notes, strangers, .. } = std::mem::take(&mut facts.annotated);
    let missing: Vec<(Fingerprint, u32)> = notes.copied.into_iter().map(|(key, copied)| (key, copied.line)).collect();
    for (key, line) in missing {
        facts.fault(FactFault::Copy, key, Place::row(ANNOTATIONS, line.into()), || {
            "no metadata holds the annotation".into()
        });
    }
    let strangers: Vec<(Fingerprint, u32)> = strangers.into_iter().collect();
    for (id, line) in strangers {
        facts.lacks(
            super::claims::CLAIMS,
            FactFault::AnnotationUnknown,
            id,
            Place::row(ANNOTATIONS, line.into()),
            || "is about neither a claim nor a revocation".into(),
        );
    }
}
