//! Git's words for objects: ids, kinds, modes; and the hash that names an object.

use std::fmt;

use gix::objs::tree::EntryKind;

use crate::error::{Doing, Error, Result};

/// The id of a git object: 20 bytes in SHA-1 repositories, 32 in SHA-256 ones. Printed as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub(super) gix::ObjectId);

impl Id {
    /// Reads 40 or 64 hex digits.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_hex(hex: &str) -> Result<Self> {
        gix::ObjectId::from_hex(hex.as_bytes()).map(Self).doing(|| format!("cannot read {hex:?} as an object id"))
    }

    /// The bytes of the id: 20 or 32.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Which format the id belongs to.
    pub fn format(&self) -> ObjectFormat {
        ObjectFormat::of(self.0.kind())
    }

    /// True if all digits are zero: git's way to write "no object".
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Which hash names the objects of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectFormat {
    /// 20 bytes; git's default.
    Sha1,
    /// 32 bytes.
    Sha256,
}

impl ObjectFormat {
    pub(super) fn of(kind: gix::hash::Kind) -> Self {
        if kind == gix::hash::Kind::Sha1 { Self::Sha1 } else { Self::Sha256 }
    }

    pub(super) fn kind(self) -> gix::hash::Kind {
        match self {
            Self::Sha1 => gix::hash::Kind::Sha1,
            Self::Sha256 => gix::hash::Kind::Sha256,
        }
    }

    /// How git writes it: `sha1` or `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The id whose digits are all zero.
    pub fn null(self) -> Id {
        Id(gix::ObjectId::null(self.kind()))
    }

    /// The id that an object of this kind and these bytes has.
    ///
    /// # Errors
    /// When the bytes look like an attack on SHA-1.
    pub fn id_of(self, kind: Kind, bytes: &[u8]) -> Result<Id> {
        let mut hasher = ObjectHasher::new(self, kind, bytes.len() as u64);
        hasher.update(bytes);
        hasher.finish()
    }
}

/// The kinds of git objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// The content of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    pub(super) fn of(kind: gix::objs::Kind) -> Self {
        match kind {
            gix::objs::Kind::Commit => Self::Commit,
            gix::objs::Kind::Tree => Self::Tree,
            gix::objs::Kind::Blob => Self::Blob,
            gix::objs::Kind::Tag => Self::Tag,
        }
    }

    pub(super) fn inner(self) -> gix::objs::Kind {
        match self {
            Self::Commit => gix::objs::Kind::Commit,
            Self::Tree => gix::objs::Kind::Tree,
            Self::Blob => gix::objs::Kind::Blob,
            Self::Tag => gix::objs::Kind::Tag,
        }
    }

    /// How git writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    const ALL: [Self; 4] = [Self::Commit, Self::Tree, Self::Blob, Self::Tag];

    /// The kind that git writes so.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind that a number stands for in packs; none for deltas.
    pub(super) fn of_pack_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.pack_number() == number)
    }

    /// The number that stands for it in packs.
    pub(super) fn pack_number(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }
}

/// What an entry of a tree or of the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A regular file, 100644.
    Blob,
    /// A regular file that may be run, 100755.
    Executable,
    /// A directory, 040000.
    Tree,
    /// A symbolic link, 120000.
    Link,
    /// A commit of another repository, 160000.
    Submodule,
}

impl Mode {
    pub(super) fn of(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Blob => Self::Blob,
            EntryKind::BlobExecutable => Self::Executable,
            EntryKind::Tree => Self::Tree,
            EntryKind::Link => Self::Link,
            EntryKind::Commit => Self::Submodule,
        }
    }

    pub(super) fn inner(self) -> EntryKind {
        match self {
            Self::Blob => EntryKind::Blob,
            Self::Executable => EntryKind::BlobExecutable,
            Self::Tree => EntryKind::Tree,
            Self::Link => EntryKind::Link,
            Self::Submodule => EntryKind::Commit,
        }
    }

    /// True for regular files, whether they may be run or not.
    pub fn is_file(self) -> bool {
        matches!(self, Self::Blob | Self::Executable)
    }
}

/// The hash of one object, over bytes that arrive in pieces.
pub(super) struct ObjectHasher(gix::hash::Hasher);

impl ObjectHasher {
    pub(super) fn new(format: ObjectFormat, kind: Kind, size: u64) -> Self {
        let mut hasher = gix::hash::hasher(format.kind());
        hasher.update(&gix::objs::encode::loose_header(kind.inner(), size));
        Self(hasher)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> Result<Id> {
        self.0
            .try_finalize()
            .map(Id)
            .map_err(|cause| Error::new("cannot hash bytes that were made to break SHA-1").because(cause))
    }
}

/// Hashes plain bytes, for the end of a pack and of its index.
///
/// It guards against damage only, so nobody looks for bytes that were made to collide, which takes most of the time that
/// [`ObjectHasher`] needs; git sees it so too.
pub(super) enum TrailerHasher {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl TrailerHasher {
    pub(super) fn new(format: ObjectFormat) -> Self {
        match format {
            ObjectFormat::Sha1 => Self::Sha1(sha1::Sha1::default()),
            ObjectFormat::Sha256 => Self::Sha256(sha2::Sha256::default()),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => sha1::Digest::update(hasher, bytes),
            Self::Sha256(hasher) => sha2::Digest::update(hasher, bytes),
        }
    }

    pub(super) fn finish(self) -> Id {
        Id(match self {
            Self::Sha1(hasher) => gix::ObjectId::from_bytes_or_panic(&sha1::Digest::finalize(hasher)),
            Self::Sha256(hasher) => gix::ObjectId::from_bytes_or_panic(&sha2::Digest::finalize(hasher)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        let id = ObjectFormat::Sha1.id_of(Kind::Blob, b"").expect("hashes");
        assert_eq!(id.to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(Id::from_hex(&id.to_string()).expect("reads"), id);
        let long = ObjectFormat::Sha256.id_of(Kind::Blob, b"").expect("hashes");
        assert_eq!(long.to_string(), "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
        assert!(Id::from_hex("xyz").is_err());
    }
}
