//! What ids stand for: on each side a table from an id to a meaning that does not depend on the run.

use super::role::Pool;
use crate::digest::Fingerprint;
use crate::error::Result;
use crate::spill::{Map, MapBuilder};

/// The ids of one side that are followed. An id that is not here stands for itself.
#[derive(Clone, Default)]
pub(super) struct Names {
    meanings: Map<Fingerprint>,
}

/// What ids are found to stand for; the first word on an id holds.
pub(super) type Found = MapBuilder<Fingerprint>;

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
        Pool::ALL.iter().find_map(|pool| self.meanings.get(id_of(*pool, text)))
    }

    pub(super) fn has(&self, id: Fingerprint) -> bool {
        self.meanings.get(id).is_some()
    }

    /// Takes what else is known.
    pub(super) fn extend(&mut self, found: Found) -> Result<()> {
        self.meanings.extend(found)
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
