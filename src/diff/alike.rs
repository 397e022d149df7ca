//! Which records are the same on both sides, and which are each other's counterpart: by fingerprints alone.

use std::cmp::Ordering;

use crate::digest::Fingerprint;

/// Records that are byte for byte the same, and the lines of all others.
#[derive(Default)]
pub(super) struct Alike {
    /// Lines in a and in b, by the line in a.
    pub(super) same: Vec<(u32, u32)>,
    /// Lines of what is left over on each side, sorted.
    pub(super) left: [Vec<u32>; 2],
}

impl Alike {
    /// Pairs records of equal bytes, the first with the first.
    pub(super) fn of(mut a: Vec<(Fingerprint, u32)>, mut b: Vec<(Fingerprint, u32)>) -> Self {
        let mut alike = Self::default();
        if a.len() == b.len() && a.iter().zip(&b).all(|((x, _), (y, _))| x == y) {
            alike.same = a.iter().zip(&b).map(|((_, a), (_, b))| (*a, *b)).collect();
            return alike;
        }
        a.sort_unstable();
        b.sort_unstable();
        let (mut i, mut j) = (0, 0);
        while i < a.len() || j < b.len() {
            let order = match (a.get(i), b.get(j)) {
                (Some((x, _)), Some((y, _))) => x.cmp(y),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            match order {
                Ordering::Equal => alike.same.push((a[i].1, b[j].1)),
                Ordering::Less => alike.left[0].push(a[i].1),
                Ordering::Greater => alike.left[1].push(b[j].1),
            }
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
        }
        alike.same.sort_unstable();
        alike.left.iter_mut().for_each(|lines| lines.sort_unstable());
        alike
    }

    /// All lines of a side.
    pub(super) fn all(&self, side: usize) -> Vec<u32> {
        let same = self.same.iter().map(|(a, b)| if side == 0 { *a } else { *b });
        let mut all: Vec<u32> = same.chain(self.left[side].iter().copied()).collect();
        all.sort_unstable();
        all
    }

    /// How many of the same records stand in another order than most of them.
    pub(super) fn reordered(&self) -> u64 {
        // The longest run of lines in b that rises with the lines in a stays; all others were moved.
        let mut ends: Vec<u32> = Vec::new();
        for (_, line) in &self.same {
            match ends.last() {
                Some(last) if last > line => {
                    let at = ends.partition_point(|end| end < line);
                    ends[at] = *line;
                }
                _ => ends.push(*line),
            }
        }
        (self.same.len() - ends.len()) as u64
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

/// What matching by keys comes to.
#[derive(Default)]
pub(super) struct Matched {
    /// Pairs that say the same.
    pub(super) renamed: u64,
    /// How many records of each side share their key with another of that side.
    pub(super) repeated: [u64; 2],
    /// Lines of records with one key that do not say the same, in a and in b.
    pub(super) groups: Vec<[Vec<u32>; 2]>,
}

/// Matches records by key, as multisets.
pub(super) fn match_entries(mut a: Vec<Entry>, mut b: Vec<Entry>) -> Matched {
    a.sort_unstable();
    b.sort_unstable();
    let mut matched = Matched::default();
    let (mut a, mut b) = (a.as_slice(), b.as_slice());
    while let Some(key) = [a.first(), b.first()].into_iter().flatten().map(|entry| entry.key).min() {
        let (left, right) = (take(&mut a, key), take(&mut b, key));
        for (repeated, entries) in matched.repeated.iter_mut().zip([left, right]) {
            *repeated += if entries.len() > 1 { entries.len() as u64 } else { 0 };
        }
        let (mut i, mut j) = (0, 0);
        let mut group = [Vec::new(), Vec::new()];
        while i < left.len() || j < right.len() {
            let order = match (left.get(i), right.get(j)) {
                (Some(x), Some(y)) => x.body.cmp(&y.body),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            match order {
                Ordering::Equal => matched.renamed += 1,
                Ordering::Less => group[0].push(left[i].line),
                Ordering::Greater => group[1].push(right[j].line),
            }
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
        }
        if group.iter().any(|lines| !lines.is_empty()) {
            matched.groups.push(group);
        }
    }
    matched
}

/// Splits off the first entries, which have this key.
fn take<'e>(entries: &mut &'e [Entry], key: Fingerprint) -> &'e [Entry] {
    let count = entries.iter().take_while(|entry| entry.key == key).count();
    let (first, rest) = entries.split_at(count);
    *entries = rest;
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raws(text: &str) -> Vec<(Fingerprint, u32)> {
        text.bytes().zip(1..).map(|(byte, line)| (Fingerprint::of(&[byte]), line)).collect()
    }

    #[test]
    fn equal_bytes_are_paired_as_multisets() {
        let alike = Alike::of(raws("aabcx"), raws("abbyc"));
        assert_eq!(alike.same, [(1, 1), (3, 2), (4, 5)]);
        assert_eq!(alike.left, [vec![2, 5], vec![3, 4]]);
        assert_eq!(alike.reordered(), 0);
        assert_eq!(alike.all(0), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn the_fewest_records_are_called_reordered_in_both_directions() {
        for (a, b, moved) in [("abcdef", "fabcde", 1), ("abc", "cba", 2), ("abc", "abc", 0), ("abxc", "acyb", 1)] {
            assert_eq!(Alike::of(raws(a), raws(b)).reordered(), moved, "{a} {b}");
            assert_eq!(Alike::of(raws(b), raws(a)).reordered(), moved, "{b} {a}");
        }
    }

    #[test]
    fn equal_keys_are_matched_as_multisets_and_counted() {
        let entries = |text: &str| -> Vec<Entry> {
            let rows = text.split(' ').zip(1..).map(|(row, line)| (row.split_once('=').expect("key=body"), line));
            rows.map(|((key, body), line)| {
                let of = |text: &str| Fingerprint::of(text.as_bytes());
                Entry { key: of(key), body: of(body), line }
            })
            .collect()
        };
        let matched = match_entries(entries("k=1 k=1 k=2 m=5 z=0"), entries("k=1 k=3 m=6 m=6 n=1"));
        assert_eq!((matched.renamed, matched.repeated), (1, [3, 4]));
        let mut groups = matched.groups;
        groups.sort();
        let left = |n: usize| groups.iter().map(|group| group[n].len()).sum::<usize>();
        assert_eq!((groups.len(), left(0), left(1)), (4, 4, 4));
    }
}
