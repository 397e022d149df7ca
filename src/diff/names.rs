//! What ids stand for: on each side a table from an id to a meaning that does not depend on the run.

use super::role::Pool;
use crate::digest::{Fingerprint, FingerprintMap};

/// The ids of one side that are followed. An id that is not here stands for itself.
#[derive(Clone, Default)]
pub(super) struct Names {
    meanings: FingerprintMap<Fingerprint>,
}

/// An id, together with what kind of thing it names.
pub(super) fn id_of(pool: Pool, id: &[u8]) -> Fingerprint {
    Fingerprint::of_parts(&[pool.word().as_bytes(), id])
}

impl Names {
    /// Notes what an id stands for; the first word on it holds.
    pub(super) fn add(&mut self, id: Fingerprint, meaning: Fingerprint) {
        self.meanings.entry(id).or_insert(meaning);
    }

    /// What an id stands for.
    pub(super) fn meaning(&self, pool: Pool, id: &[u8]) -> Fingerprint {
        let id = id_of(pool, id);
        self.meanings.get(&id).copied().unwrap_or(id)
    }

    /// What a text stands for, if it is an id of any pool.
    pub(super) fn any(&self, text: &[u8]) -> Option<Fingerprint> {
        Pool::ALL.iter().find_map(|pool| self.meanings.get(&id_of(*pool, text)).copied())
    }

    pub(super) fn has(&self, id: Fingerprint) -> bool {
        self.meanings.contains_key(&id)
    }

    /// Takes what else is known.
    pub(super) fn extend(&mut self, more: Names) {
        more.meanings.into_iter().for_each(|(id, meaning)| self.add(id, meaning));
    }

    /// True if no id stands for one thing here and for another there.
    pub(super) fn agree(&self, other: &Names) -> bool {
        #[expect(clippy::iter_over_hash_type, reason = "the answer is the same in any order")]
        for (id, meaning) in &self.meanings {
            if other.meanings.get(id).is_some_and(|there| there != meaning) {
                return false;
            }
        }
        true
    }
}
