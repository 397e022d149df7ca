//! Where the records of a list are that have an id.

use std::sync::Arc;

use hashbrown::HashTable;

use super::list::List;
use super::memory::{Held, Memory};
use super::record::Record;
use super::table::Table;
use crate::digest::Fingerprint;

/// Positions of records by an id of theirs.
pub(crate) struct Index<R> {
    positions: Positions,
    id: fn(&R) -> Option<Fingerprint>,
}

enum Positions {
    /// The ids stand in the list.
    Memory {
        table: HashTable<u32>,
        _held: Held,
    },
    Table(Table<u32>),
}

impl<R: Record> Index<R> {
    /// Of no records.
    pub(crate) fn none(memory: &Arc<Memory>, id: fn(&R) -> Option<Fingerprint>) -> Self {
        Self { positions: Positions::Memory { table: HashTable::new(), _held: Held::of(memory) }, id }
    }

    /// Of records with the same id finds the first; those without one are not found.
    pub(crate) fn of_firsts(memory: &Arc<Memory>, list: &List<R>, id: fn(&R) -> Option<Fingerprint>) -> Self {
        let mut index = Self::with_room(memory, list.len(), id);
        for (at, record) in list.iter().enumerate() {
            if let Some(id) = id(&record)
                && let Some(first) = index.replace(list, id, at as u32)
            {
                index.replace(list, id, first);
            }
        }
        index
    }

    /// Of records with the same id finds the last; `again` is told of each but the first, with the one before it.
    pub(crate) fn of_lasts(
        memory: &Arc<Memory>,
        list: &List<R>,
        id: fn(&R) -> Option<Fingerprint>,
        mut again: impl FnMut(usize, usize),
    ) -> Self {
        let mut index = Self::with_room(memory, list.len(), id);
        for (at, record) in list.iter().enumerate() {
            if let Some(id) = id(&record)
                && let Some(before) = index.replace(list, id, at as u32)
            {
                again(before as usize, at);
            }
        }
        index
    }

    fn with_room(memory: &Arc<Memory>, count: usize, id: fn(&R) -> Option<Fingerprint>) -> Self {
        let mut held = Held::of(memory);
        let bytes = (count * 8 / 7).next_power_of_two() * (size_of::<u32>() + 1);
        let positions = match held.grow_to(bytes) {
            true => Positions::Memory { table: HashTable::with_capacity(count), _held: held },
            false => Positions::Table(Table::in_file(memory, count)),
        };
        Self { positions, id }
    }

    /// Says where an id is; gives where it was.
    fn replace(&mut self, list: &List<R>, id: Fingerprint, at: u32) -> Option<u32> {
        match &mut self.positions {
            Positions::Table(table) => table.insert(id, at),
            Positions::Memory { table, .. } => {
                let id_of = |at: &u32| list.get(*at as usize).as_ref().and_then(self.id);
                let hash = |at: &u32| id_of(at).map_or(0, Fingerprint::low);
                match table.entry(id.low(), |other| id_of(other) == Some(id), hash) {
                    hashbrown::hash_table::Entry::Occupied(mut entry) => Some(std::mem::replace(entry.get_mut(), at)),
                    hashbrown::hash_table::Entry::Vacant(entry) => {
                        entry.insert(at);
                        None
                    }
                }
            }
        }
    }

    /// Where the record with this id is in the list that it is of.
    #[inline]
    pub(crate) fn find(&self, list: &List<R>, id: Fingerprint) -> Option<usize> {
        let id_of = |at: &u32| list.get(*at as usize).as_ref().and_then(self.id);
        let found = match &self.positions {
            Positions::Table(table) => table.get(id),
            Positions::Memory { table, .. } => table.find(id.low(), |at| id_of(at) == Some(id)).copied(),
        };
        found.map(|at| at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_by_their_ids() {
        for bound in [1 << 24, 0] {
            let memory = Memory::new(bound);
            let mut list = List::new(&memory);
            let id = |n: u32| Fingerprint::of(&(n % 5_000).to_ne_bytes());
            (0..12_000).for_each(|n| list.push((id(n), n)));
            let key = |(id, n): &(Fingerprint, u32)| (*n != 11_000).then_some(*id);
            let firsts = Index::of_firsts(&memory, &list, key);
            let mut again = Vec::new();
            let lasts = Index::of_lasts(&memory, &list, key, |before, at| again.push((before, at)));
            for n in 0..5_000_u32 {
                assert_eq!(firsts.find(&list, id(n)), Some(n as usize));
                let last = if n < 2_000 && n != 1_000 { n + 10_000 } else { n + 5_000 };
                assert_eq!(lasts.find(&list, id(n)), Some(last as usize));
            }
            assert!(again.into_iter().eq((5_000..12_000).filter(|at| *at != 11_000).map(|at| (at - 5_000, at))));
            assert_eq!(lasts.find(&list, Fingerprint::of(b"other")), None);
            assert_eq!(Index::none(&memory, key).find(&list, id(0)), None);
            memory.check().expect("there was room");
        }
    }
}
