//! Digests over groups of files, as the manifest states them.

use super::tables::TABLES;
use crate::digest::{Digest, Hasher};

/// Files that have a digest together.
#[derive(Clone, Copy)]
pub(super) enum Group {
    Facts,
    Outputs,
    Rules,
}

/// The digests of all groups, while files come in the order of their paths.
pub(super) struct Groups {
    pub(super) facts: GroupDigest,
    pub(super) rules: GroupDigest,
    /// For each file that an engine wrote its path, a zero byte, and the bytes.
    pub(super) outputs: Hasher,
}

impl Groups {
    pub(super) fn new() -> Self {
        Self {
            facts: GroupDigest::new(TABLES.iter().map(|table| table.path).collect()),
            rules: GroupDigest::new(vec!["rules/idb.dl", "rules/view.dl"]),
            outputs: Hasher::new(),
        }
    }

    /// Announces a file; tells which group it belongs to, if any.
    pub(super) fn begin(&mut self, path: &str) -> Option<Group> {
        if path.starts_with("outputs/") && path.ends_with(".out.facts") {
            self.outputs.update(path.as_bytes());
            self.outputs.update(b"\0");
            return Some(Group::Outputs);
        }
        if self.facts.begin(path) {
            return Some(Group::Facts);
        }
        self.rules.begin(path).then_some(Group::Rules)
    }

    /// What takes the bytes of a group.
    pub(super) fn hasher(&mut self, group: Group) -> &mut Hasher {
        match group {
            Group::Facts => &mut self.facts.hasher,
            Group::Outputs => &mut self.outputs,
            Group::Rules => &mut self.rules.hasher,
        }
    }
}

/// A digest over a fixed group of files: for each path in order the path, a zero byte, and the bytes if there are any.
pub(super) struct GroupDigest {
    paths: Vec<&'static str>,
    hasher: Hasher,
}

impl GroupDigest {
    fn new(mut paths: Vec<&'static str>) -> Self {
        paths.sort_unstable();
        paths.reverse();
        Self { paths, hasher: Hasher::new() }
    }

    /// Announces a file; those of the group come in path order. True if it belongs to the group.
    fn begin(&mut self, path: &str) -> bool {
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
