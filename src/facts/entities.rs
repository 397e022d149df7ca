//! The entities that claims are about, each kept once and known by the place of its text.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::digest::Fingerprint;
use crate::spill::{Heap, Held, Memory, Table};

/// Entities by the place of their text, in the order in which they were first seen.
pub(super) struct Entities {
    memory: Arc<Memory>,
    texts: Heap,
    known: Known,
}

/// The place of each entity.
enum Known {
    /// The texts stand elsewhere.
    Memory(Held, HashTable<u64>),
    Table(Table<u64>),
}

impl Entities {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        let known = Known::Memory(Held::of(memory), HashTable::new());
        Self { memory: Arc::clone(memory), texts: Heap::new(memory), known }
    }

    /// The place of an entity, which no other has; later ones have larger ones.
    pub(super) fn place(&mut self, text: &str) -> u64 {
        let id = Fingerprint::of(text.as_bytes());
        self.make_room();
        let texts = &mut self.texts;
        match &mut self.known {
            Known::Table(table) => table.get(id).unwrap_or_else(|| {
                let place = texts.push(text.as_bytes());
                table.insert(id, place);
                place
            }),
            Known::Memory(_, table) => {
                let is_same = |place: &u64| *texts.get(*place) == *text.as_bytes();
                let hash = |place: &u64| Fingerprint::of(&texts.get(*place)).low();
                match table.entry(id.low(), is_same, hash) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(free) => *free.insert(texts.push(text.as_bytes())).get(),
                }
            }
        }
    }

    /// Sees to it that one more can be known.
    fn make_room(&mut self) {
        let Known::Memory(held, table) = &mut self.known else { return };
        if table.len() < table.capacity() {
            return;
        }
        let count = (table.capacity() * 2).max(8);
        if held.grow_to((count * 8 / 7).next_power_of_two() * (size_of::<u64>() + 1)) {
            return;
        }
        let mut filed = Table::new(&self.memory);
        for place in &*table {
            filed.insert(Fingerprint::of(&self.texts.get(*place)), *place);
        }
        self.known = Known::Table(filed);
    }

    /// The text at a place.
    #[inline]
    pub(super) fn text(&self, place: u64) -> Cow<'_, str> {
        self.texts.text(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_has_one_place() {
        for bound in [1 << 20, 30_000, 0] {
            let memory = Memory::new(bound);
            let mut entities = Entities::new(&memory);
            let texts: Vec<String> = (0..10_000_u32).map(|n| "x".repeat(n as usize % 7) + &n.to_string()).collect();
            let places: Vec<u64> = texts.iter().map(|text| entities.place(text)).collect();
            assert!(places.is_sorted_by(|a, b| a < b));
            assert!(texts.iter().zip(&places).all(|(text, place)| entities.place(text) == *place));
            assert_eq!(matches!(entities.known, Known::Table(_)), bound < 1 << 20);
            assert!(texts.iter().zip(places).all(|(text, place)| entities.text(place) == text.as_str()));
            memory.check().expect("there was room");
        }
    }
}
