//! A set of 128-bit keys in little memory: many small tables, so that growing one never doubles the whole.

/// How many small tables there are.
const PARTS: usize = 256;
/// Slots of a small table when it gets its first key.
const FIRST_SLOTS: usize = 16;

/// A set of keys that are as good as random; each carries a mark in its lowest bit, which is no part of the key.
pub(super) struct Table {
    parts: Vec<Part>,
    bytes: usize,
}

#[derive(Default, Clone)]
struct Part {
    /// Zero is an empty slot.
    slots: Vec<u128>,
    used: usize,
}

/// The key without its mark; never zero.
fn key(entry: u128) -> u128 {
    entry & !1
}

impl Part {
    /// The slot of a key, or the empty one where it would stand.
    fn slot(&self, wanted: u128) -> usize {
        let count = self.slots.len();
        let hash = (wanted >> 64) as u64;
        let mut at = ((u128::from(hash) * count as u128) >> 64) as usize;
        while self.slots[at] != 0 && key(self.slots[at]) != wanted {
            at += 1;
            if at == count {
                at = 0;
            }
        }
        at
    }
}

impl Table {
    pub(super) fn new() -> Self {
        Self { parts: vec![Part::default(); PARTS], bytes: 0 }
    }

    /// How many bytes its slots take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn part(wanted: u128) -> usize {
        // The upper half tells the slot; this byte is of the lower.
        (wanted >> 32) as usize % PARTS
    }

    /// The mark of a key, if the key is there.
    pub(super) fn get(&self, wanted: u128) -> Option<bool> {
        let part = &self.parts[Self::part(wanted)];
        let entry = if part.slots.is_empty() { 0 } else { part.slots[part.slot(key(wanted))] };
        (entry != 0).then_some(entry & 1 == 1)
    }

    /// Puts a key in; a mark once made stays.
    pub(super) fn put(&mut self, wanted: u128, mark: bool) {
        let part = &mut self.parts[Self::part(wanted)];
        if (part.used + 1) * 5 > part.slots.len() * 4 {
            let slots = (part.slots.len() + part.slots.len() / 4).max(FIRST_SLOTS);
            self.bytes += (slots - part.slots.len()) * size_of::<u128>();
            let old = std::mem::replace(&mut part.slots, vec![0; slots]);
            for entry in old.into_iter().filter(|entry| *entry != 0) {
                let at = part.slot(key(entry));
                part.slots[at] = entry;
            }
        }
        let at = part.slot(key(wanted));
        part.used += usize::from(part.slots[at] == 0);
        part.slots[at] = key(wanted) | (part.slots[at] & 1) | u128::from(mark);
    }

    /// Takes all keys out, sorted, without their marks.
    pub(super) fn drain_sorted(&mut self) -> Vec<u128> {
        let mut keys: Vec<u128> = Vec::with_capacity(self.parts.iter().map(|part| part.used).sum());
        for part in &mut self.parts {
            let part = std::mem::take(part);
            keys.extend(part.slots.into_iter().filter(|entry| *entry != 0).map(key));
        }
        self.bytes = 0;
        keys.sort_unstable();
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Fingerprint;

    #[test]
    fn keys_are_found_again_with_their_marks() {
        let keys: Vec<u128> =
            (0..20_000_u32).map(|n| u128::from_be_bytes(Fingerprint::of(&n.to_be_bytes()).to_bytes()) & !1).collect();
        let mut table = Table::new();
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(table.get(*key), None);
            table.put(*key, n % 3 == 0);
        }
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(table.get(*key), Some(n % 3 == 0));
            table.put(*key, false);
            assert_eq!(table.get(*key | 1), Some(n % 3 == 0));
        }
        assert!(table.bytes() < keys.len() * 27, "{} bytes", table.bytes());
        let mut wanted = keys;
        wanted.sort_unstable();
        assert_eq!(table.drain_sorted(), wanted);
        assert_eq!((table.bytes(), table.get(wanted[0])), (0, None));
    }
}
