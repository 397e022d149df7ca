//! The assertions that the run ledger says were written: the one table that grows with the largest of ledgers.

use crate::digest::Fingerprint;

/// A written assertion in 20 bytes: id, and line with the name under which the row gives the id.
type Packed = ([u8; 16], [u8; 4]);

/// The bit of a line that tells that the id stands under its second name.
const SECOND_NAME: u32 = 1 << 31;

/// Every written assertion, by id and line once it is sorted.
#[derive(Default)]
pub(crate) struct Written(Vec<Packed>);

impl Written {
    /// Takes a row; `names` are those an id may stand under, `name` is the one it has.
    pub(super) fn push(&mut self, id: Fingerprint, line: u32, name: &str, names: &[&str]) {
        let second = if names.first() == Some(&name) { 0 } else { SECOND_NAME };
        self.0.push((id.to_bytes(), (line.min(SECOND_NAME - 1) | second).to_ne_bytes()));
    }

    /// Makes look-ups possible.
    pub(super) fn sort(&mut self) {
        self.0.sort_unstable_by_key(|(id, line)| (u128::from_ne_bytes(*id), u32::from_ne_bytes(*line) & !SECOND_NAME));
    }

    /// True if it was written.
    pub(crate) fn contains(&self, id: Fingerprint) -> bool {
        self.0.binary_search_by_key(&u128::from_ne_bytes(id.to_bytes()), |(id, _)| u128::from_ne_bytes(*id)).is_ok()
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every row whose id stands in an earlier one: the earlier line, its own, and the name of the id.
    pub(crate) fn repeated<'n>(&self, names: &'n [&'n str]) -> impl Iterator<Item = (u32, u32, &'n str)> {
        self.0.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| {
            let [first, second] = [pair[0].1, pair[1].1].map(u32::from_ne_bytes);
            let name = names.get(usize::from(second & SECOND_NAME != 0)).copied().unwrap_or_default();
            (first & !SECOND_NAME, second & !SECOND_NAME, name)
        })
    }
}
