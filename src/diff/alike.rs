//! Which records are the same on both sides, and which are each other's counterpart: by fingerprints alone.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::digest::Fingerprint;
use crate::error::Result;
use crate::spill::{Memory, Reader, Record, Sorted, Sorter};

/// A fingerprint of the bytes of each record of a side, and its line.
pub(super) type Raws = Sorter<(Fingerprint, u32)>;
/// Lines, sorted.
pub(super) type Lines = Sorted<u32>;

/// Records that are byte for byte the same, and the lines of all others.
pub(super) struct Alike {
    /// Lines in a and in b, by the line in a.
    pub(super) same: Sorted<(u32, u32)>,
    /// Lines of what is left over on each side.
    pub(super) left: [Lines; 2],
}

impl Alike {
    /// Pairs records of equal bytes, the first with the first.
    pub(super) fn of(a: Raws, b: Raws, memory: &Arc<Memory>) -> Result<Self> {
        let mut same = Sorter::new(memory);
        let mut left = [Sorter::new(memory), Sorter::new(memory)];
        if let (Some(a), Some(b)) = (a.as_they_came(), b.as_they_came())
            && a.len() == b.len()
            && a.iter().zip(b).all(|((x, _), (y, _))| x == y)
        {
            a.iter().zip(b).try_for_each(|((_, a), (_, b))| same.push((*a, *b)))?;
        } else {
            let (a, b) = (a.finish()?, b.finish()?);
            let (mut a, mut b) = (a.read()?, b.read()?);
            loop {
                let order = match (a.head(), b.head()) {
                    (Some((x, _)), Some((y, _))) => x.cmp(&y),
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (None, None) => break,
                };
                let x = if order.is_le() { a.next()? } else { None };
                let y = if order.is_ge() { b.next()? } else { None };
                match (x, y) {
                    (Some((_, a)), Some((_, b))) => same.push((a, b))?,
                    (Some((_, a)), None) => left[0].push(a)?,
                    (None, Some((_, b))) => left[1].push(b)?,
                    (None, None) => break,
                }
            }
        }
        let [left_a, left_b] = left;
        Ok(Self { same: same.finish()?, left: [left_a.finish()?, left_b.finish()?] })
    }

    /// All lines of a side.
    pub(super) fn all(&self, side: usize, memory: &Arc<Memory>) -> Result<Lines> {
        let mut all = Sorter::new(memory);
        let (mut same, mut left) = (self.same.read()?, self.left[side].read()?);
        while let Some((a, b)) = same.next()? {
            all.push(if side == 0 { a } else { b })?;
        }
        while let Some(line) = left.next()? {
            all.push(line)?;
        }
        all.finish()
    }

    /// How many of the same records stand in another order than most of them.
    pub(super) fn reordered(&self) -> Result<u64> {
        // The longest run of lines in b that rises with the lines in a stays; all others were moved.
        let mut ends: Vec<u32> = Vec::new();
        let mut same = self.same.read()?;
        while let Some((_, line)) = same.next()? {
            match ends.last() {
                Some(last) if *last > line => {
                    let at = ends.partition_point(|end| *end < line);
                    ends[at] = line;
                }
                _ => ends.push(line),
            }
        }
        Ok(self.same.len() - ends.len() as u64)
    }
}

/// A record as it is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// What identifies it in any run.
    pub(super) key: Fingerprint,
    /// What it says in any run.
    pub(super) body: Fingerprint,
    pub(super) line: u32,
}

impl Record for Entry {
    const BYTES: usize = 36;

    fn write(&self, out: &mut [u8]) {
        ((self.key, self.body), self.line).write(out);
    }

    fn read(bytes: &[u8]) -> Self {
        let ((key, body), line) = Record::read(bytes);
        Self { key, body, line }
    }
}

/// What matching by keys comes to.
pub(super) struct Matched {
    /// Pairs that say the same.
    pub(super) renamed: u64,
    /// How many records of each side share their key with another of that side.
    pub(super) repeated: [u64; 2],
    /// The records that do not say the same.
    pub(super) groups: Groups,
}

/// Records with one key that do not say the same, in a and in b.
pub(super) struct Groups {
    /// Lines of each side, and the number of the key.
    pub(super) places: [Sorted<(u32, u64)>; 2],
}

/// Matches records by key, as multisets.
pub(super) fn match_entries(a: Sorter<Entry>, b: Sorter<Entry>, memory: &Arc<Memory>) -> Result<Matched> {
    let (a, b) = (a.finish()?, b.finish()?);
    let (mut a, mut b) = (a.read()?, b.read()?);
    let mut places = [Sorter::new(memory), Sorter::new(memory)];
    let (mut renamed, mut repeated, mut number) = (0, [0, 0], 0);
    while let Some(key) = [a.head(), b.head()].into_iter().flatten().map(|entry| entry.key).min() {
        let (mut counts, mut is_group) = ([0, 0], false);
        loop {
            let [x, y] = [&a, &b].map(|side| side.head().filter(|entry| entry.key == key));
            let order = match (x, y) {
                (Some(x), Some(y)) => x.body.cmp(&y.body),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let found = [take(&mut a, order.is_le())?, take(&mut b, order.is_ge())?];
            for (count, found) in counts.iter_mut().zip(found) {
                *count += u64::from(found.is_some());
            }
            match found {
                [Some(_), Some(_)] => renamed += 1,
                found => {
                    is_group = true;
                    for (places, entry) in places.iter_mut().zip(found) {
                        entry.map_or(Ok(()), |entry| places.push((entry.line, number)))?;
                    }
                }
            }
        }
        for (repeated, count) in repeated.iter_mut().zip(counts) {
            *repeated += if count > 1 { count } else { 0 };
        }
        number += u64::from(is_group);
    }
    let [places_a, places_b] = places;
    let groups = Groups { places: [places_a.finish()?, places_b.finish()?] };
    Ok(Matched { renamed, repeated, groups })
}

fn take(entries: &mut Reader<'_, Entry>, is_wanted: bool) -> Result<Option<Entry>> {
    if is_wanted { entries.next() } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With room for all, and with none.
    fn memories() -> [Arc<Memory>; 2] {
        [1 << 20, 0].map(Memory::new)
    }

    fn all<R: Record + Ord>(sorted: &Sorted<R>) -> Vec<R> {
        let mut reader = sorted.read().expect("it can be read");
        std::iter::from_fn(|| reader.next().expect("it can be read")).collect()
    }

    fn alike(a: &str, b: &str, memory: &Arc<Memory>) -> Alike {
        let raws = |text: &str| {
            let mut raws = Sorter::new(memory);
            for (byte, line) in text.bytes().zip(1..) {
                raws.push((Fingerprint::of(&[byte]), line)).expect("there is room");
            }
            raws
        };
        Alike::of(raws(a), raws(b), memory).expect("there is room")
    }

    #[test]
    fn equal_bytes_are_paired_as_multisets() {
        let memory = &memories()[0];
        let alike = alike("aabcx", "abbyc", memory);
        assert_eq!(all(&alike.same), [(1, 1), (3, 2), (4, 5)]);
        assert_eq!(alike.left.each_ref().map(all), [vec![2, 5], vec![3, 4]]);
        assert_eq!(alike.reordered().expect("it can be read"), 0);
        assert_eq!(all(&alike.all(0, memory).expect("there is room")), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_does_not_fit_in_memory_is_paired_alike() {
        let letters =
            |step: usize| -> String { (0..20_000).map(|n| char::from(b'a' + (n * step / 7 % 26) as u8)).collect() };
        for (a, b) in [(letters(1), letters(1)), (letters(1), letters(3)), (letters(2), letters(3) + "aaa")] {
            let [roomy, tight] = memories().map(|memory| alike(&a, &b, &memory));
            assert_eq!(all(&roomy.same), all(&tight.same));
            assert_eq!(roomy.left.each_ref().map(all), tight.left.each_ref().map(all));
            assert_eq!(roomy.reordered().expect("it can be read"), tight.reordered().expect("it can be read"));
        }
    }

    #[test]
    fn the_fewest_records_are_called_reordered_in_both_directions() {
        for (a, b, moved) in [("abcdef", "fabcde", 1), ("abc", "cba", 2), ("abc", "abc", 0), ("abxc", "acyb", 1)] {
            for memory in &memories() {
                assert_eq!(alike(a, b, memory).reordered().expect("it can be read"), moved, "{a} {b}");
                assert_eq!(alike(b, a, memory).reordered().expect("it can be read"), moved, "{b} {a}");
            }
        }
    }

    #[test]
    fn equal_keys_are_matched_as_multisets_and_counted() {
        for memory in &memories() {
            let entries = |text: &str| {
                let mut entries = Sorter::new(memory);
                for (row, line) in text.split(' ').zip(1..) {
                    let (key, body) = row.split_once('=').expect("key=body");
                    let of = |text: &str| Fingerprint::of(text.as_bytes());
                    entries.push(Entry { key: of(key), body: of(body), line }).expect("there is room");
                }
                entries
            };
            let [a, b] = [entries("k=1 k=1 k=2 m=5 z=0"), entries("k=1 k=3 m=6 m=6 n=1")];
            let matched = match_entries(a, b, memory).expect("there is room");
            assert_eq!((matched.renamed, matched.repeated), (1, [3, 4]));
            let places = matched.groups.places;
            assert_eq!((places[0].len(), places[1].len()), (4, 4));
        }
    }
}
