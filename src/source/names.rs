//! From the raw entries of a door to a listing: path rules, collisions, and the one directory that is the package.

use std::collections::BTreeMap;

use super::{File, Limits};

/// What a door found under one name, before any rule looked at it.
#[derive(Debug, Clone)]
pub struct RawEntry {
    /// The name as the door holds it, byte for byte, `/`-separated.
    pub name: Vec<u8>,
    /// What stands there.
    pub kind: RawKind,
}

/// The kinds of things that doors find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawKind {
    /// A regular file of this many bytes.
    File(u64),
    /// A directory.
    Directory,
    /// Anything else, in a word: "symbolic link", "hard link", "device", "socket", "submodule" …
    Other(&'static str),
}

/// One thing that is wrong with the shape of what a door holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which rule it breaks.
    pub kind: FaultKind,
    /// The name concerned; bytes that are not UTF-8 replaced.
    pub path: String,
    /// What is wrong, in one sentence without a full stop.
    pub text: String,
}

/// The rules that a door itself can see broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// A name that is absolute, climbs, or that git, Windows or a shell pipeline refuses.
    Path,
    /// Two names that are equal, or equal but for case or Unicode form.
    Collision,
    /// Something that is neither a regular file nor a directory.
    Kind,
    /// More bytes than the bounds allow, or a container that inflates beyond reason.
    Limit,
    /// The container (tar, zip, gzip …) contradicts itself or breaks off.
    Container,
    /// No directory, or more than one, could be the package.
    Unknown,
}

/// What a package holds: files, empty directories, and what is wrong with their shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Regular files, sorted by the bytes of their paths, each path once.
    pub files: Vec<File>,
    /// Directories that hold nothing, sorted; git cannot keep them.
    pub empty_directories: Vec<String>,
    /// What is wrong with the shape, sorted by path.
    pub faults: Vec<Fault>,
    /// The leading folder that was stripped from every name, with its `/`; empty if none was.
    pub prefix: String,
}

/// Collects a door's raw entries and turns them into a [`Listing`].
pub struct ListingBuilder {
    limits: Limits,
    entries: BTreeMap<String, RawKind>,
    faults: Vec<Fault>,
}

impl ListingBuilder {
    /// A builder that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self { limits, entries: BTreeMap::new(), faults: Vec::new() }
    }

    /// Takes one entry as it was found.
    pub fn add(&mut self, _entry: RawEntry) {
        todo!()
    }

    /// Adds a fault that only the door could see.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Applies the rules to all that was taken.
    pub fn finish(self) -> Listing {
        let _ = (self.limits, self.entries);
        todo!()
    }
}
