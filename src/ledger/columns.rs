//! Comparing rows without keeping them: one strong fingerprint decides, a checksum a member tells where they differ.

use crate::digest::{Fingerprint, PartsHasher};
use crate::json::Value;
use crate::spill::{Record, record};

/// Stands for a row of `N` named members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Columns<const N: usize> {
    row: Fingerprint,
    members: [u8; N],
}

impl<const N: usize> Record for Columns<N> {
    const BYTES: usize = Fingerprint::BYTES + N;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        (self.row, self.members).write(out);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        let (row, members) = Record::read(bytes);
        Self { row, members }
    }
}

impl<const N: usize> Columns<N> {
    /// Of some members of a row, named in order; absent ones count as empty.
    pub(crate) fn of(row: Value<'_>, names: &[&str; N]) -> Self {
        Self::from_values(&row.gather(names))
    }

    /// Of the values of members, in the order of their names; absent ones count as empty.
    pub(crate) fn from_values(values: &[Option<Value<'_>>; N]) -> Self {
        let mut values = values.iter();
        Self::from_raw(&[""; N], |_, out| {
            out.extend_from_slice(values.next().copied().flatten().map_or(b"", |value| value.raw()))
        })
    }

    /// Of a row that is spelt out member by member, in the order of the names.
    pub(crate) fn from_raw(names: &[&str; N], mut spell: impl FnMut(&str, &mut Vec<u8>)) -> Self {
        let mut members = [0; N];
        let mut all = Vec::with_capacity(1024);
        for (name, sum) in names.iter().zip(&mut members) {
            let start = all.len();
            spell(name, &mut all);
            // One byte is enough to tell most differences; those it misses are told without a member.
            *sum = checksum(&all[start..]);
            // No JSON value holds a raw zero byte, so the end of each is certain.
            all.push(0);
        }
        Self { row: Fingerprint::of(&all), members }
    }

    /// The first member in which two rows differ; `None` if the rows are equal.
    ///
    /// Should all checksums agree although the rows differ, no member is named.
    pub(crate) fn difference(&self, other: &Self, names: &[&'static str; N]) -> Option<&'static str> {
        if self.row == other.row {
            return None;
        }
        let differs = self.members.iter().zip(&other.members).position(|(a, b)| a != b);
        Some(differs.and_then(|at| names.get(at)).copied().unwrap_or(""))
    }
}

/// Eight bits of a text. They only help to tell where rows differ of which it is known that they do.
fn checksum(bytes: &[u8]) -> u8 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(ODD).rotate_left(31);
    let words = bytes.chunks_exact(8);
    let tail = words.remainder().iter().fold(bytes.len() as u64, |tail, byte| tail << 8 | u64::from(*byte));
    let words = words.map(|word| u64::from_le_bytes(word.try_into().expect("chunks have eight bytes")));
    (words.fold(mix(0, tail), mix).wrapping_mul(ODD) >> 56) as u8
}

/// The place of a member among some, in constants; behind the last if it is not there.
pub(super) const fn place(name: &str, names: &[&str]) -> usize {
    let mut at = 0;
    while at < names.len() && !same(names[at].as_bytes(), name.as_bytes()) {
        at += 1;
    }
    at
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut n = 0;
    while n < a.len() && n < b.len() && a[n] == b[n] {
        n += 1;
    }
    n == a.len() && n == b.len()
}

/// The pointer to a member that [`Columns::difference`] names.
pub(crate) fn pointer_to(member: &str) -> String {
    if member.is_empty() { String::new() } else { format!("/{member}") }
}

/// A row found by its id, with some members set apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaskedRow {
    /// Fingerprint of its id.
    pub(crate) id: Fingerprint,
    /// Stands for all members that are not set apart.
    pub(crate) body: Fingerprint,
    /// Stands for the members set apart.
    pub(crate) apart: Fingerprint,
    /// Its line.
    pub(crate) line: u32,
    /// It has its shape.
    pub(crate) sound: bool,
}

record!(MaskedRow { id: Fingerprint, body: Fingerprint, apart: Fingerprint, line: u32, sound: bool });

/// Hashes an object's members but for those named, and those named by themselves.
pub(crate) fn mask(row: Value<'_>, apart: &[&str]) -> (Fingerprint, Fingerprint) {
    let (mut body, mut rest) = (MemberHasher::default(), MemberHasher::default());
    for (key, value) in row.pairs() {
        let name = key.raw_inner().unwrap_or_default();
        let hasher = if apart.iter().any(|other| other.as_bytes() == name) { &mut rest } else { &mut body };
        hasher.member(name, value.raw());
    }
    (body.finish(), rest.finish())
}

/// Hashes members spelt as in canonical rows, in the order given.
#[derive(Default)]
pub(crate) struct MemberHasher(PartsHasher);

impl MemberHasher {
    /// Takes one member: its name, and its value as JSON.
    pub(crate) fn member(&mut self, name: &[u8], value: &[u8]) {
        self.0.part(name);
        self.0.part(value);
    }

    pub(crate) fn finish(self) -> Fingerprint {
        self.0.finish()
    }
}
