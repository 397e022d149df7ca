//! Comparing rows without keeping them: one strong fingerprint decides, a checksum a member tells where they differ.

use crate::digest::{Fingerprint, PartsHasher};
use crate::json::Value;

/// Stands for a row of `N` named members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns<const N: usize> {
    row: Fingerprint,
    members: [u8; N],
}

impl<const N: usize> Columns<N> {
    /// Of a row, by the members named; absent ones count as empty.
    pub(crate) fn of(row: Value<'_>, names: &[&str; N]) -> Self {
        let mut next = row.pairs();
        Self::from_raw(names, |name, out| {
            // Canonical rows hold just these members in just this order; look a member up only when they do not.
            let value = next.next().filter(|(key, _)| key.raw_inner() == Some(name.as_bytes())).map(|(_, value)| value);
            if let Some(value) = value.or_else(|| row.get(name)) {
                out.extend_from_slice(value.raw());
            }
        })
    }

    /// Of some members of a row; sorted names are found in one walk.
    pub(crate) fn of_some(row: Value<'_>, names: &[&str; N]) -> Self {
        let mut pairs = row.pairs();
        Self::from_raw(names, |name, out| {
            let ahead = pairs.find(|(key, _)| key.raw_inner() == Some(name.as_bytes())).map(|(_, value)| value);
            if let Some(value) = ahead.or_else(|| row.get(name)) {
                out.extend_from_slice(value.raw());
            }
        })
    }

    /// Of a row that is spelt out member by member.
    pub(crate) fn from_raw(names: &[&str; N], mut spell: impl FnMut(&str, &mut Vec<u8>)) -> Self {
        let mut members = [0; N];
        let mut all = Vec::with_capacity(1024);
        for (name, sum) in names.iter().zip(&mut members) {
            let start = all.len();
            spell(name, &mut all);
            // One byte is enough to tell most differences; those it misses are told without a member.
            *sum = crc32fast::hash(&all[start..]) as u8;
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

/// The pointer to a member that [`Columns::difference`] names.
pub(crate) fn pointer_to(member: &str) -> String {
    if member.is_empty() { String::new() } else { format!("/{member}") }
}

/// A row found by its id, with some members set apart.
#[derive(Debug, Clone)]
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
