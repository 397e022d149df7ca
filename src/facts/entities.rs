//! The entities that claims are about, each kept once and known by its number.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashTable;

use crate::digest::Fingerprint;
use crate::spill::{Heap, Held, List, Memory, Table};

/// Entities by number, in the order in which they were first seen.
pub(super) struct Entities {
    memory: Arc<Memory>,
    texts: Heap,
    /// Where each text is.
    places: List<u64>,
    numbers: Numbers,
}

/// The number of each entity.
enum Numbers {
    /// The texts stand elsewhere.
    Memory(Held, HashTable<u32>),
    Table(Table<u32>),
}

impl Entities {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        let numbers = Numbers::Memory(Held::of(memory), HashTable::new());
        Self { memory: Arc::clone(memory), texts: Heap::new(memory), places: List::new(memory), numbers }
    }

    /// The number of an entity; a new one if it was not seen before.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let id = Fingerprint::of(text.as_bytes());
        let next = self.places.len() as u32;
        self.make_room();
        let (texts, places) = (&self.texts, &self.places);
        let text_of = |number: u32| places.get(number as usize).map_or(Cow::default(), |place| texts.get(place));
        let known = match &mut self.numbers {
            Numbers::Table(table) => table.get(id).unwrap_or_else(|| table.insert(id, next).unwrap_or(next)),
            Numbers::Memory(_, table) => {
                let is_same = |number: &u32| *text_of(*number) == *text.as_bytes();
                let hash = |number: &u32| Fingerprint::of(&text_of(*number)).low();
                *table.entry(id.low(), is_same, hash).or_insert(next).get()
            }
        };
        if known == next {
            let place = self.texts.push(text.as_bytes());
            self.places.push(place);
        }
        known
    }

    /// Sees to it that one more can be known.
    fn make_room(&mut self) {
        let Numbers::Memory(held, table) = &mut self.numbers else { return };
        if table.len() < table.capacity() {
            return;
        }
        let count = (table.capacity() * 2).max(8);
        if held.grow_to((count * 8 / 7).next_power_of_two() * (size_of::<u32>() + 1)) {
            return;
        }
        let mut table = Table::new(&self.memory);
        for (number, place) in self.places.iter().enumerate() {
            table.insert(Fingerprint::of(&self.texts.get(place)), number as u32);
        }
        self.numbers = Numbers::Table(table);
    }

    /// The text of a number.
    #[inline]
    pub(super) fn text(&self, number: u32) -> Cow<'_, str> {
        self.places.get(number as usize).map_or(Cow::default(), |place| self.texts.text(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_has_one_number() {
        for bound in [1 << 20, 30_000, 0] {
            let memory = Memory::new(bound);
            let mut entities = Entities::new(&memory);
            let texts: Vec<String> = (0..10_000_u32).map(|n| "x".repeat(n as usize % 7) + &n.to_string()).collect();
            for _ in 0..2 {
                for (n, text) in texts.iter().enumerate() {
                    assert_eq!(entities.number(text), n as u32);
                }
            }
            assert_eq!(matches!(entities.numbers, Numbers::Table(_)), bound < 1 << 20);
            assert!(texts.iter().zip(0..).all(|(text, number)| entities.text(number) == text.as_str()));
            assert_eq!(entities.text(10_000), "");
            memory.check().expect("there was room");
        }
    }
}
