//! A list that is sorted once it is complete, wherever it stands.

use std::sync::Arc;

use super::memory::{Held, LEAST, Memory};
use super::record::Record;
use super::runs::{Merge, Runs};
use crate::error::Result;

/// Takes records in any order.
pub(crate) struct Sorter<R> {
    held: Held,
    records: Vec<R>,
    runs: Option<Runs<R>>,
}

impl<R: Record + Ord> Sorter<R> {
    /// An empty list.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self { held: Held::of(memory), records: Vec::new(), runs: None }
    }

    /// An empty list, with room for so many if they may be held.
    pub(crate) fn with_room(memory: &Arc<Memory>, count: u64) -> Self {
        let mut sorter = Self::new(memory);
        if let Ok(count) = usize::try_from(count)
            && sorter.held.grow_to(count.saturating_mul(size_of::<R>()))
        {
            sorter.records.reserve_exact(count);
        }
        sorter
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn push(&mut self, record: R) -> Result<()> {
        if self.records.len() == self.records.capacity() {
            self.make_room()?;
        }
        self.records.push(record);
        Ok(())
    }

    fn make_room(&mut self) -> Result<()> {
        let count = (self.records.capacity() * 2).max(256);
        let bytes = count * size_of::<R>();
        if self.held.grow_to(bytes) || bytes <= LEAST {
            self.records.reserve_exact(count - self.records.len());
            return Ok(());
        }
        self.spill()
    }

    fn spill(&mut self) -> Result<()> {
        self.records.sort_unstable();
        let runs = match &mut self.runs {
            Some(runs) => runs,
            None => self.runs.insert(Runs::new()?),
        };
        runs.add(self.records.drain(..).map(Ok))
    }

    /// The records in the order they came, if all are in memory.
    pub(crate) fn as_they_came(&self) -> Option<&[R]> {
        self.runs.is_none().then_some(&self.records)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.records.len() as u64 + self.runs.as_ref().map_or(0, Runs::len)
    }

    /// All of them, sorted.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn finish(mut self) -> Result<Sorted<R>> {
        if self.runs.is_some() {
            self.spill()?;
            self.records = Vec::new();
            self.held.release();
        }
        self.records.sort_unstable();
        Ok(Sorted { _held: self.held, records: self.records, runs: self.runs })
    }
}

/// A sorted list; it can be read as often as needed.
pub(crate) struct Sorted<R> {
    _held: Held,
    records: Vec<R>,
    runs: Option<Runs<R>>,
}

impl<R: Record + Ord> Sorted<R> {
    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.runs.as_ref().map_or(self.records.len() as u64, Runs::len)
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, if they are in memory.
    pub(crate) fn as_slice(&self) -> Option<&[R]> {
        self.runs.is_none().then_some(&self.records)
    }

    /// Reads them from the first.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub(crate) fn read(&self) -> Result<Reader<'_, R>> {
        let rest = match &self.runs {
            Some(runs) => Rest::Merge(runs.merge()?),
            None => Rest::Slice(self.records.iter()),
        };
        let mut reader = Reader { head: None, rest };
        reader.advance()?;
        Ok(reader)
    }
}

/// Where somebody is in a sorted list.
pub(crate) struct Reader<'s, R> {
    head: Option<R>,
    rest: Rest<'s, R>,
}

enum Rest<'s, R> {
    Slice(std::slice::Iter<'s, R>),
    Merge(Merge<R>),
}

impl<R: Record + Ord> Reader<'_, R> {
    /// The record that comes next, and is not passed yet.
    pub(crate) fn head(&self) -> Option<R> {
        self.head
    }

    /// Goes on to the one behind it.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub(crate) fn advance(&mut self) -> Result<()> {
        self.head = match &mut self.rest {
            Rest::Slice(records) => records.next().copied(),
            Rest::Merge(merge) => merge.next()?,
        };
        Ok(())
    }

    /// The next record, which is passed.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<R>> {
        let head = self.head;
        if head.is_some() {
            self.advance()?;
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(memory: &Arc<Memory>, count: u32) -> Sorted<(u32, u32)> {
        let mut sorter = Sorter::new(memory);
        for n in 0..count {
            sorter.push((n.wrapping_mul(2_654_435_761) % 10_007, n)).expect("there is room");
        }
        assert_eq!(sorter.len(), u64::from(count));
        sorter.finish().expect("there is room")
    }

    fn all(sorted: &Sorted<(u32, u32)>) -> Vec<(u32, u32)> {
        let mut reader = sorted.read().expect("it can be read");
        std::iter::from_fn(|| reader.next().expect("it can be read")).collect()
    }

    #[test]
    fn a_list_is_the_same_in_memory_and_in_a_file() {
        let [roomy, tight] = [1 << 20, 0].map(Memory::new);
        for count in [0, 1, 1000, 50_000] {
            let (one, other) = (sorted(&roomy, count), sorted(&tight, count));
            assert_eq!((one.runs.is_some(), other.runs.is_some()), (false, count == 50_000));
            assert_eq!(all(&one), all(&other));
            assert_eq!(all(&other), all(&other), "it can be read again");
            assert_eq!(other.len(), u64::from(count));
        }
    }

    #[test]
    fn what_went_to_a_file_is_held_no_more() {
        let memory = Memory::new(1 << 18);
        let list = sorted(&memory, 50_000);
        assert!(list.runs.is_some() && list.records.capacity() == 0);
        assert!(Held::of(&memory).grow_to(1 << 18));
    }
}
