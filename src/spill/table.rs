//! What ids stand for, to be asked and changed at any time; what does not fit in memory is a hashed table in a file.

use std::sync::Arc;

use super::memory::{Held, Memory};
use super::pages::Pages;
use super::record::Record;
use crate::digest::{Fingerprint, FingerprintMap};
use crate::error::Result;

/// How many bytes a page of a table in a file has; a table is read and written page by page, in any order.
const PAGE: usize = 1 << 10;
/// How many pages it has at first.
const FEW: usize = 4;
/// Stands before the rows of a page: how many there are.
const HEAD: usize = size_of::<u32>();

/// Values by id. Those that cannot be read are not there, and [`Memory::check`] tells why.
pub(crate) struct Table<V> {
    held: Held,
    recent: FingerprintMap<V>,
    filed: Option<Filed>,
}

impl<V: Record> Table<V> {
    /// An empty table.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self { held: Held::of(memory), recent: FingerprintMap::default(), filed: None }
    }

    /// An empty table for so many, of which nothing is held in memory.
    pub(super) fn in_file(memory: &Arc<Memory>, count: usize) -> Self {
        Self { filed: memory.take(Filed::new::<V>(count)), ..Self::new(memory) }
    }

    /// True if it knows nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many ids it knows.
    pub(crate) fn len(&self) -> usize {
        self.filed.as_ref().map_or(self.recent.len(), |filed| filed.count)
    }

    /// What an id stands for.
    pub(crate) fn get(&self, id: Fingerprint) -> Option<V> {
        match &self.filed {
            None => self.recent.get(&id).copied(),
            Some(filed) => self.held.memory().take(filed.find::<V>(id))?.found,
        }
    }

    /// Says what an id stands for; gives what it stood for before.
    pub(crate) fn insert(&mut self, id: Fingerprint, value: V) -> Option<V> {
        if self.filed.is_none() && self.recent.len() == self.recent.capacity() {
            self.make_room();
        }
        match &mut self.filed {
            None => self.recent.insert(id, value),
            Some(filed) => self.held.memory().take(filed.insert(id, value))?,
        }
    }

    /// Changes what an id stands for; the usual at first.
    pub(crate) fn change(&mut self, id: Fingerprint, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(value) = self.recent.get_mut(&id) {
            return change(value);
        }
        let mut value = self.get(id).unwrap_or_default();
        change(&mut value);
        self.insert(id, value);
    }

    fn make_room(&mut self) {
        let count = (self.recent.capacity() * 2).max(224);
        let bytes = (count * 8 / 7).next_power_of_two() * (size_of::<(Fingerprint, V)>() + 1);
        if bytes <= self.held.memory().least() || self.held.grow_to(bytes) {
            return self.recent.reserve(count - self.recent.len());
        }
        let memory = Arc::clone(self.held.memory());
        self.filed = memory.take(Filed::new::<V>(count));
        if let Some(filed) = &mut self.filed {
            #[expect(clippy::iter_over_hash_type, reason = "a table is filled, in any order")]
            for (id, value) in std::mem::take(&mut self.recent) {
                memory.take(filed.insert(id, value));
            }
            self.held.release();
        }
    }

    /// Gives all ids and what they stand for, in no order.
    pub(crate) fn each(&self, mut each: impl FnMut(Fingerprint, V)) {
        match &self.filed {
            #[expect(clippy::iter_over_hash_type, reason = "in no order")]
            None => {
                for (id, value) in &self.recent {
                    each(*id, *value);
                }
            }
            Some(filed) => _ = self.held.memory().take(filed.each(&mut each)),
        }
    }
}

/// A table in a file. A row stands on the page that its id tells, or on the first behind it that was not full.
struct Filed {
    pages: Pages,
    /// How many pages ids are spread over, a power of two. Behind the last one there may be more.
    spread: usize,
    count: usize,
}

/// Where an id stands, or would.
struct Found<V> {
    page: usize,
    row: usize,
    found: Option<V>,
}

impl Filed {
    /// An empty table, to hold so many.
    fn new<V: Record>(count: usize) -> Result<Self> {
        let spread = (count * 3 / 2 / rows::<V>() + 1).next_power_of_two().max(FEW);
        Ok(Self { pages: Pages::new(PAGE)?, spread, count: 0 })
    }

    fn find<V: Record>(&self, id: Fingerprint) -> Result<Found<V>> {
        let mut page = id.low() as usize & (self.spread - 1);
        loop {
            let found = self.pages.read(page, |bytes| {
                let (head, rest) = bytes.split_at(HEAD);
                let count = u32::read(head) as usize;
                let mut all = rest.chunks_exact(width::<V>()).take(count);
                match all.position(|row| Fingerprint::read(&row[..Fingerprint::BYTES]) == id) {
                    Some(row) => {
                        let (_, found) = <(Fingerprint, V)>::read(&rest[row * width::<V>()..][..width::<V>()]);
                        Some(Found { page, row, found: Some(found) })
                    }
                    None => (count < rows::<V>()).then_some(Found { page, row: count, found: None }),
                }
            })?;
            match found {
                Some(found) => return Ok(found),
                None => page += 1,
            }
        }
    }

    fn insert<V: Record>(&mut self, id: Fingerprint, value: V) -> Result<Option<V>> {
        if self.count * 3 > self.spread * rows::<V>() * 2 {
            self.grow::<V>()?;
        }
        let Found { page, row, found } = self.find::<V>(id)?;
        self.pages.change(page, |bytes| {
            let (head, rest) = bytes.split_at_mut(HEAD);
            if found.is_none() {
                (row as u32 + 1).write(head);
            }
            (id, value).write(&mut rest[row * width::<V>()..][..width::<V>()]);
        })?;
        self.count += usize::from(found.is_none());
        Ok(found)
    }

    fn grow<V: Record>(&mut self) -> Result<()> {
        let mut more = Self::new::<V>(self.spread * rows::<V>() * 5 / 4)?;
        let mut result = Ok(());
        self.each::<V>(&mut |id, value| {
            if result.is_ok() {
                result = more.insert(id, value).map(drop);
            }
        })?;
        result?;
        *self = more;
        Ok(())
    }

    fn each<V: Record>(&self, each: &mut dyn FnMut(Fingerprint, V)) -> Result<()> {
        let mut left = self.count;
        let mut page = 0;
        while left > 0 {
            let rows: Vec<(Fingerprint, V)> = self.pages.read(page, |bytes| {
                let (head, rest) = bytes.split_at(HEAD);
                rest.chunks_exact(width::<V>()).take(u32::read(head) as usize).map(Record::read).collect()
            })?;
            page += 1;
            left = left.saturating_sub(rows.len());
            // A file that was cut short has fewer than there were.
            if rows.is_empty() && page > self.spread * 2 {
                break;
            }
            rows.into_iter().for_each(|(id, value)| each(id, value));
        }
        Ok(())
    }
}

/// How many bytes a row takes.
const fn width<V: Record>() -> usize {
    Fingerprint::BYTES + V::BYTES
}

/// How many rows a page has.
const fn rows<V: Record>() -> usize {
    (PAGE - HEAD) / width::<V>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> Fingerprint {
        Fingerprint::of(&n.to_ne_bytes())
    }

    #[test]
    fn a_table_is_the_same_in_memory_and_in_a_file() {
        for bound in [1 << 24, 0] {
            let memory = Memory::new(bound);
            let mut table = Table::new(&memory);
            for n in 0..30_000_u32 {
                assert_eq!(table.insert(id(n), n), None);
                if n % 3 == 0 {
                    assert_eq!(table.insert(id(n / 3), n), Some(n / 3));
                }
            }
            (20_000..40_000).step_by(5).for_each(|n| table.change(id(n), |value| *value += 1));
            let wanted = |n: u32| {
                let known = if n < 10_000 { n * 3 } else { n };
                if n < 30_000 { known + u32::from(n >= 20_000 && n.is_multiple_of(5)) } else { 1 }
            };
            assert_eq!((table.len(), table.filed.is_some()), (32_000, bound == 0));
            let mut seen = 0;
            table.each(|found, value| {
                seen += 1;
                assert_eq!(table.get(found), Some(value));
            });
            assert_eq!(seen, table.len());
            assert!((0..30_000).all(|n| table.get(id(n)) == Some(wanted(n))));
            assert_eq!(table.get(id(50_000)), None);
            memory.check().expect("there was room");
        }
    }
}
