//! The assertions that the run ledger says were written: the one table that grows with the largest of ledgers.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::digest::Fingerprint;
use crate::error::Result;
use crate::spill::{List, Memory, Sorted, Sorter, record};

/// A written assertion in 20 bytes: id, and line with the name under which the row gives the id.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Packed {
    id: [u8; 16],
    line: [u8; 4],
}

record!(Packed { id: [u8; 16], line: [u8; 4] });

/// The bit of a line that tells that the id stands under its second name.
const SECOND_NAME: u32 = 1 << 31;

impl Packed {
    fn id(&self) -> u128 {
        u128::from_ne_bytes(self.id)
    }

    fn line(&self) -> u32 {
        u32::from_ne_bytes(self.line) & !SECOND_NAME
    }
}

impl Ord for Packed {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.id(), self.line()).cmp(&(other.id(), other.line()))
    }
}

impl PartialOrd for Packed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Every written assertion, by id and line once all are there.
pub(crate) struct Written {
    len: usize,
    sorted: Stage,
}

enum Stage {
    Open(Sorter<Packed>),
    Memory(Sorted<Packed>),
    /// They do not fit in memory.
    List(List<Packed>),
}

impl Written {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self { len: 0, sorted: Stage::Open(Sorter::new(memory)) }
    }

    /// Takes a row; `names` are those an id may stand under, `name` is the one it has.
    pub(super) fn push(&mut self, id: Fingerprint, line: u32, name: &str, names: &[&str]) -> Result<()> {
        let second = if names.first() == Some(&name) { 0 } else { SECOND_NAME };
        let line = (line.min(SECOND_NAME - 1) | second).to_ne_bytes();
        self.len += 1;
        match &mut self.sorted {
            Stage::Open(sorter) => sorter.push(Packed { id: id.to_bytes(), line }),
            Stage::Memory(_) | Stage::List(_) => Ok(()),
        }
    }

    /// Makes look-ups possible.
    pub(super) fn close(&mut self, memory: &Arc<Memory>) {
        let open = std::mem::replace(&mut self.sorted, Stage::List(List::new(memory)));
        if let Stage::Open(sorter) = open
            && let Some(closed) = memory.take(Stage::closed(sorter, memory))
        {
            self.sorted = closed;
        }
    }

    /// True if it was written.
    pub(crate) fn contains(&self, id: Fingerprint) -> bool {
        let id = u128::from_ne_bytes(id.to_bytes());
        match &self.sorted {
            Stage::Open(_) => false,
            Stage::Memory(sorted) => {
                sorted.as_slice().is_some_and(|rows| rows.binary_search_by_key(&id, Packed::id).is_ok())
            }
            Stage::List(list) => {
                let at = list.partition_point(|row| row.id() < id);
                list.get(at).is_some_and(|row| row.id() == id)
            }
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Gives every row whose id stands in an earlier one: the earlier line, its own, and the name of the id.
    pub(crate) fn repeated(&self, names: &[&'static str], mut each: impl FnMut(u32, u32, &'static str)) {
        let mut last: Option<Packed> = None;
        let mut take = |row: Packed| {
            if let Some(first) = last.replace(row).filter(|last| last.id == row.id) {
                let is_second = u32::from_ne_bytes(row.line) & SECOND_NAME != 0;
                each(first.line(), row.line(), names.get(usize::from(is_second)).copied().unwrap_or_default());
            }
        };
        match &self.sorted {
            Stage::Open(_) => {}
            Stage::Memory(sorted) => sorted.as_slice().into_iter().flatten().for_each(|row| take(*row)),
            Stage::List(list) => list.iter().for_each(take),
        }
    }
}

impl Stage {
    fn closed(sorter: Sorter<Packed>, memory: &Arc<Memory>) -> Result<Self> {
        let sorted = sorter.finish()?;
        if sorted.as_slice().is_some() {
            return Ok(Stage::Memory(sorted));
        }
        let (mut reader, mut list) = (sorted.read()?, List::new(memory));
        while let Some(row) = reader.next()? {
            list.push(row);
        }
        Ok(Stage::List(list))
    }
}
