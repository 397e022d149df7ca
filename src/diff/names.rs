//! What ids stand for: on each side a table from an id to a meaning that does not depend on the run.

use std::sync::Arc;

use super::role::Pool;
use crate::digest::Fingerprint;
use crate::error::Result;
use crate::spill::{Map, MapBuilder, Memory};

/// The ids of one side that are followed. An id that is not here stands for itself.
#[derive(Clone, Default)]
pub(super) struct Names {
    meanings: Map<Fingerprint>,
    lengths: Lengths,
}

/// What ids are found to stand for; the first word on an id holds.
pub(super) struct Found {
    meanings: MapBuilder<Fingerprint>,
    lengths: Lengths,
}

impl Found {
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self { meanings: MapBuilder::new(memory), lengths: Lengths::default() }
    }

    pub(super) fn add(&mut self, pool: Pool, id: &[u8], meaning: Fingerprint) -> Result<()> {
        self.lengths.add(pool, id.len());
        self.meanings.add(id_of(pool, id), meaning)
    }

    /// Adds an id of which only its fingerprint is left.
    pub(super) fn add_hashed(&mut self, pool: Pool, id: Fingerprint, meaning: Fingerprint) -> Result<()> {
        self.lengths.add_all(pool);
        self.meanings.add(id, meaning)
    }
}

/// How long the ids of each pool are, a bit for each length: most texts have another, and need not be looked for.
#[derive(Clone, Copy, Default)]
struct Lengths([u128; Pool::ALL.len()]);

impl Lengths {
    fn bit(length: usize) -> u128 {
        1 << length.min(127)
    }

    fn add(&mut self, pool: Pool, length: usize) {
        self.0[pool as usize] |= Self::bit(length);
    }

    fn add_all(&mut self, pool: Pool) {
        self.0[pool as usize] = u128::MAX;
    }

    fn has(&self, pool: Pool, length: usize) -> bool {
        self.0[pool as usize] & Self::bit(length) != 0
    }

    fn extend(&mut self, more: Lengths) {
        self.0.iter_mut().zip(more.0).for_each(|(lengths, more)| *lengths |= more);
    }
}

/// An id, together with what kind of thing it names.
pub(super) fn id_of(pool: Pool, id: &[u8]) -> Fingerprint {
    Fingerprint::of_parts(&[pool.word().as_bytes(), id])
}

impl Names {
    /// What an id stands for.
    pub(super) fn meaning(&self, pool: Pool, id: &[u8]) -> Fingerprint {
        let id = id_of(pool, id);
        self.meanings.get(id).unwrap_or(id)
    }

    /// What a text stands for, if it is an id of any pool.
    pub(super) fn any(&self, text: &[u8]) -> Option<Fingerprint> {
        self.pools(text).find_map(|pool| self.meanings.get(id_of(pool, text)))
    }

    /// The pool of which a text is an id, if it is one.
    pub(super) fn pool_of(&self, text: &[u8]) -> Option<Pool> {
        self.pools(text).find(|pool| self.has(id_of(*pool, text)))
    }

    /// The pools that have ids of a text's length.
    fn pools(&self, text: &[u8]) -> impl Iterator<Item = Pool> {
        Pool::ALL.into_iter().filter(|pool| self.lengths.has(*pool, text.len()))
    }

    pub(super) fn has(&self, id: Fingerprint) -> bool {
        self.meanings.get(id).is_some()
    }

    /// Takes what else is known.
    pub(super) fn extend(&mut self, found: Found) -> Result<()> {
        self.lengths.extend(found.lengths);
        self.meanings.extend(found.meanings)
    }

    /// True if no id stands for one thing here and for another there.
    pub(super) fn agree(&self, other: &Names) -> Result<bool> {
        self.meanings.all(|id, meaning| other.meanings.get(id).is_none_or(|there| there == meaning))
    }

    /// Whether everything that was asked for could be read.
    pub(super) fn check(&self) -> Result<()> {
        self.meanings.check()
    }
}
