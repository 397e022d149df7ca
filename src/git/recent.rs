//! Small objects that were read and checked of late: one command looks into the same few trees again and again.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::id::{Id, Kind};

/// How many objects are kept.
const MOST: usize = 32;
/// The largest that is kept, in bytes.
const LARGEST: usize = 16 << 10;

/// The latest first. What an id names never changes.
#[derive(Default)]
pub(super) struct Recent(RefCell<VecDeque<(Id, Kind, Vec<u8>)>>);

impl Recent {
    /// The bytes of an object, if it is kept and of this kind.
    pub(super) fn get(&self, id: Id, kind: Kind) -> Option<Vec<u8>> {
        let kept = self.0.borrow();
        let (.., bytes) = kept.iter().find(|(other, its, _)| *other == id && *its == kind)?;
        Some(bytes.clone())
    }

    /// Keeps an object whose bytes were checked.
    pub(super) fn keep(&self, id: Id, kind: Kind, bytes: &[u8]) {
        if bytes.len() <= LARGEST {
            let mut kept = self.0.borrow_mut();
            kept.truncate(MOST - 1);
            kept.push_front((id, kind, bytes.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::id::ObjectFormat;

    #[test]
    fn the_latest_are_kept_and_large_ones_never() {
        let recent = Recent::default();
        let id = |n: usize| ObjectFormat::Sha1.id_of(Kind::Blob, &n.to_be_bytes()).expect("hashes");
        for n in 0..=MOST {
            recent.keep(id(n), Kind::Tree, &n.to_be_bytes());
        }
        assert_eq!(recent.get(id(0), Kind::Tree), None);
        assert_eq!(recent.get(id(1), Kind::Tree), Some(1_usize.to_be_bytes().to_vec()));
        assert_eq!(recent.get(id(1), Kind::Blob), None);
        recent.keep(id(99), Kind::Tree, &[0; LARGEST + 1]);
        assert_eq!(recent.get(id(99), Kind::Tree), None);
    }
}
