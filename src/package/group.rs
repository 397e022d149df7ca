//! Digests over groups of files, as the manifest states them.

use crate::digest::{Digest, Hasher};

/// A digest over a fixed group of files: for each path in order the path, a zero byte, and the bytes if there are any.
pub(super) struct GroupDigest {
    paths: Vec<&'static str>,
    pub(super) hasher: Hasher,
}

impl GroupDigest {
    pub(super) fn new(mut paths: Vec<&'static str>) -> Self {
        paths.sort_unstable();
        paths.reverse();
        Self { paths, hasher: Hasher::new() }
    }

    /// Announces a file; those of the group come in path order. True if it belongs to the group.
    pub(super) fn begin(&mut self, path: &str) -> bool {
        if !self.paths.contains(&path) {
            return false;
        }
        while let Some(next) = self.paths.pop() {
            self.hasher.update(next.as_bytes());
            self.hasher.update(b"\0");
            if next == path {
                break;
            }
        }
        true
    }

    pub(super) fn finish(mut self) -> Digest {
        while let Some(next) = self.paths.pop() {
            self.hasher.update(next.as_bytes());
            self.hasher.update(b"\0");
        }
        self.hasher.finish()
    }
}
