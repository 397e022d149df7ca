//! What a comparison answers.

use std::fmt;
use std::sync::Arc;

use super::labels::key_text;
use super::packed::unpack;
use super::review::Review;
use super::tree::{Field, Tree};
use crate::error::{Error, Result};
use crate::spill::SortedTexts;

/// What differs between two packages.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Differences of the whole: dialects, and what could not be matched.
    pub notes: Vec<String>,
    /// What a side could not give: rows past the bound, broken containers.
    pub unread: [Vec<String>; 2],
    /// The review level.
    pub review: Review,
    /// Every kind of records that either side has.
    pub ledgers: Vec<Ledger>,
}

/// What differs in one kind of records.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// Its name.
    pub name: &'static str,
    /// Exact counts.
    pub totals: Totals,
    /// Every record that was added, removed or changed, by key.
    pub changes: Changes,
}

/// Records that differ, sorted by key. They stand in memory or in a temporary file, and are made when they are read.
#[derive(Clone)]
pub struct Changes(Arc<SortedTexts>);

impl Changes {
    pub(super) fn of(packed: SortedTexts) -> Self {
        Self(Arc::new(packed))
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in order.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn read(&self) -> Result<impl Iterator<Item = Result<Change>> + '_> {
        let mut packed = self.0.read()?;
        Ok(std::iter::from_fn(move || match packed.next() {
            Ok(bytes) => bytes.map(|bytes| unpack(bytes).ok_or_else(|| Error::new("a temporary file was changed"))),
            Err(error) => Some(Err(error)),
        }))
    }

    /// Gives each of them, in order.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn each(&self, mut take: impl FnMut(Change)) -> Result<()> {
        self.read()?.try_for_each(|change| change.map(&mut take))
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changes", self.len())
    }
}

/// Exact counts of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Only in b.
    pub added: u64,
    /// Only in a.
    pub removed: u64,
    /// In both by key, and another field says something else.
    pub changed: u64,
    /// In both, with other ids or clocks only.
    pub renamed: u64,
    /// Byte for byte in both, in another order.
    pub reordered: u64,
    /// Byte for byte in both.
    pub unchanged: u64,
    /// Records of a and of b, among those not unchanged, whose key another record there has too.
    pub repeated: [u64; 2],
}

impl Totals {
    /// Added, removed and changed together.
    pub fn differences(&self) -> u64 {
        self.added + self.removed + self.changed
    }

    pub(super) fn add(&mut self, other: &Totals) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        self.renamed += other.renamed;
        self.reordered += other.reordered;
        self.unchanged += other.unchanged;
        self.repeated[0] += other.repeated[0];
        self.repeated[1] += other.repeated[1];
    }
}

/// One record that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What identifies the record, ids as aliases.
    pub key: Vec<Tree>,
    /// The record in a.
    pub before: Option<Tree>,
    /// The record in b.
    pub after: Option<Tree>,
    /// Where they differ, if it is in both.
    pub fields: Vec<Field>,
}

impl Change {
    /// What identifies the record, as people read it.
    pub fn name(&self) -> String {
        key_text(&self.key)
    }

    /// `added`, `removed` or `changed`.
    pub fn word(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}

impl Answer {
    /// The counts of all kinds together.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.ledgers.iter().for_each(|ledger| totals.add(&ledger.totals));
        totals
    }

    /// True if the two say the same: other ids, clocks and orders are no difference. What could not be read is one.
    pub fn is_same(&self) -> bool {
        self.totals().differences() == 0 && self.notes.is_empty() && self.unread.iter().all(Vec::is_empty)
    }
}
