//! Annotations against metadata: first values are noted once and for all, other annotations are kept as metadata too.

use std::borrow::Cow;
use std::sync::Arc;

use super::meta::TEXTS;
use super::{FactFault, Facts, Group};
use crate::digest::Fingerprint;
use crate::error::Result;
use crate::finding::{Place, printable};
use crate::ledger::{COPIED_PREFIX, Copied, FIRST_NOTED, Notes, Subject, copied_value, first_values};
use crate::spill::{List, Memory, Sorter, Table, record};

const ANNOTATIONS: &str = "audit/assertion_annotations.jsonl";

/// What annotations say, joined to the claims.
pub(super) struct Annotated {
    memory: Arc<Memory>,
    notes: Notes,
    /// First values of claims: the claim, and where the texts are; those of a claim follow each other.
    values: List<(u32, u64)>,
    /// Where those of each claim begin.
    of_claim: List<u32>,
    /// Assertions that are annotated and are no claims.
    strangers: Table<Unclaimed>,
}

/// An assertion that is annotated and is no claim.
#[derive(Clone, Copy)]
struct Unclaimed {
    /// Of the first annotation.
    line: u32,
    /// It is a revocation.
    revokes: bool,
}

record!(Unclaimed { line: u32, revokes: bool });

/// There is no annotation of the claim.
const NONE: u32 = u32::MAX;
/// As many rows, at most, note first values of one claim: one for each category and name.
const MOST_SUBJECTS: usize = 4 * FIRST_NOTED.len();

/// Some values, by the place of their names in [`FIRST_NOTED`].
type FirstValues<'a> = [Option<Cow<'a, str>>; FIRST_NOTED.len()];

impl Annotated {
    /// There are no annotations.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            memory: Arc::clone(memory),
            notes: Notes::new(memory),
            values: List::new(memory),
            of_claim: List::new(memory),
            strangers: Table::new(memory),
        }
    }

    /// Takes what all annotations say.
    pub(super) fn expect(&mut self, mut notes: Notes) {
        notes.end();
        self.notes = notes;
    }

    /// Finds the claim of each subject: `find` gives its position, `claims` is how many there are.
    pub(super) fn join(&mut self, claims: usize, find: impl Fn(Fingerprint) -> Option<usize>) {
        let result = self.try_join(claims, find);
        self.memory.take(result);
    }

    fn try_join(&mut self, claims: usize, find: impl Fn(Fingerprint) -> Option<usize>) -> Result<()> {
        if self.notes.subjects.is_empty() {
            return Ok(());
        }
        let mut values = Sorter::new(&self.memory);
        for Subject { assertion, line, texts } in self.notes.subjects.iter() {
            match (find(assertion), texts) {
                (Some(at), Some(texts)) => values.push((at as u32, (line, texts)))?,
                (Some(_), None) => {}
                (None, _) if self.strangers.get(assertion).is_some_and(|known| known.line <= line) => {}
                (None, _) => _ = self.strangers.insert(assertion, Unclaimed { line, revokes: false }),
            }
        }
        let values = values.finish()?;
        let mut values = values.read()?;
        for claim in 0..claims as u32 {
            let is_first = values.head().is_some_and(|(other, _)| other == claim);
            self.of_claim.push(if is_first { self.values.len() as u32 } else { NONE });
            while let Some((_, (_, texts))) = values.head().filter(|(other, _)| *other == claim) {
                self.values.push((claim, texts));
                values.advance()?;
            }
        }
        Ok(())
    }

    /// The values that metadata of the claim had first.
    pub(super) fn first_values(&self, claim: usize) -> FirstValues<'_> {
        let mut values = FirstValues::default();
        let Some(first) = self.of_claim.get(claim).filter(|first| *first != NONE) else { return values };
        let rows = self.values.range(first as usize..self.values.len()).take(MOST_SUBJECTS);
        for (_, texts) in rows.take_while(|(other, _)| *other as usize == claim) {
            let mut take = |n: usize, value| values.get_mut(n).map(|known: &mut Option<_>| *known = Some(value));
            match self.notes.texts.get(texts) {
                Cow::Borrowed(texts) => {
                    first_values(texts).for_each(|(n, text)| _ = take(n, Cow::Borrowed(text)));
                }
                Cow::Owned(texts) => {
                    first_values(&texts).for_each(|(n, text)| _ = take(n, Cow::Owned(text.to_owned())));
                }
            }
        }
        values
    }

    /// The first value of the metadata of this name.
    pub(super) fn first_value(&self, claim: usize, name: &str) -> Option<Cow<'_, str>> {
        let at = FIRST_NOTED.iter().position(|first| *first == name)?;
        self.first_values(claim)[at].take()
    }

    /// An assertion turns out to be a revocation.
    pub(super) fn is_revocation(&mut self, id: Fingerprint) {
        if let Some(stranger) = self.strangers.get(id) {
            self.strangers.insert(id, Unclaimed { revokes: true, ..stranger });
        }
    }
}

/// Holds the texts about a claim against what was noted first.
pub(super) fn compare(facts: &mut Facts, group: &Group, claim: usize) {
    if facts.annotated.of_claim.is_empty() {
        return;
    }
    let first = facts.annotated.first_values(claim);
    let changed = FIRST_NOTED
        .map(|name| group.text(name))
        .into_iter()
        .zip(&first)
        .position(|(text, first)| text != first.as_deref());
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
    let copied = facts.annotated.notes.copied.get(key).filter(|copied| !copied.is_found);
    if let Some(copied) = copied {
        facts.annotated.notes.copied.insert(key, Copied { is_found: true, ..copied });
    }
    match copied {
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
    let none = Annotated::new(&facts.memory);
    let Annotated { notes, strangers, .. } = std::mem::replace(&mut facts.annotated, none);
    notes.copied.each(|key, copied| {
        if !copied.is_found {
            facts.fault(FactFault::Copy, key, Place::row(ANNOTATIONS, copied.line.into()), || {
                "no metadata holds the annotation".into()
            });
        }
    });
    strangers.each(|id, stranger| {
        if !stranger.revokes {
            let place = Place::row(ANNOTATIONS, stranger.line.into());
            facts.lacks(super::claims::CLAIMS, FactFault::AnnotationUnknown, id, place, || {
                "is about neither a claim nor a revocation".into()
            });
        }
    });
}
