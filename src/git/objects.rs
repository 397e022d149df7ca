//! Reading objects. Whatever is read is hashed again: git itself does not look, outside of `git fsck`.

use std::io::{self, Cursor, Read};

use gix::objs::{Exists as _, Find as _, FindHeader as _};

use super::id::{Id, Kind, Mode, ObjectHasher};
use super::plain::Plain;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// Room made for an object before any of it came.
const ROOM: u64 = 1 << 20;
/// Git makes no deltas of larger files unless told to, and a delta can only be read in one piece.
const LARGEST_DELTA: u64 = 512 << 20;
/// No tree or commit that people made is larger.
const LARGEST_STRUCTURE: u64 = 256 << 20;

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The name, without `/`, as git holds it.
    pub name: Vec<u8>,
    /// What it is.
    pub mode: Mode,
    /// Its id.
    pub id: Id,
}

impl TreeEntry {
    /// The name as text; what is not UTF-8 is replaced.
    pub fn name_lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }
}

/// A commit as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The directory it records.
    pub tree: Id,
    /// What it follows; none for the first.
    pub parents: Vec<Id>,
    /// `Name <address> seconds offset`, as stored.
    pub author: Vec<u8>,
    /// The same of who recorded it.
    pub committer: Vec<u8>,
    /// Everything below the headers.
    pub message: Vec<u8>,
    /// True if it carries a signature, valid or not.
    pub is_signed: bool,
}

impl Commit {
    /// When it was recorded, in seconds since 1970, as its header says; none if that is no date.
    pub fn seconds(&self) -> Option<i64> {
        let committer = String::from_utf8_lossy(&self.committer);
        committer.rsplit(' ').nth(1)?.parse().ok()
    }
}

impl Repo {
    /// True if the object is in the repository.
    pub fn has(&self, id: Id) -> bool {
        self.gix.objects.exists(&id.0)
    }

    /// Kind and size in bytes, as the object's header states them.
    ///
    /// # Errors
    /// When the object is absent or its header cannot be read.
    pub fn kind_and_size(&self, id: Id) -> Result<(Kind, u64)> {
        self.plain_header(id)?.map_or_else(|| self.found_kind_and_size(id), Ok)
    }

    fn found_kind_and_size(&self, id: Id) -> Result<(Kind, u64)> {
        let header = self.gix.objects.try_header(&id.0).doing(|| format!("cannot read object {id}"))?;
        header.map(|header| (Kind::of(header.kind), header.size)).ok_or_else(|| self.absent(id))
    }

    /// The entries of a directory, in git's order.
    ///
    /// # Errors
    /// When the object is absent, damaged or no tree.
    pub fn read_tree(&self, id: Id) -> Result<Vec<TreeEntry>> {
        if id.0.is_empty_tree() {
            return Ok(Vec::new());
        }
        let bytes = self.read_whole(id, Kind::Tree, LARGEST_STRUCTURE)?;
        let entries = gix::objs::TreeRefIter::from_bytes(&bytes, id.0.kind());
        entries
            .map(|entry| {
                let entry = entry.doing(|| format!("cannot read tree {id}"))?;
                Ok(TreeEntry {
                    name: entry.filename.to_vec(),
                    mode: Mode::of(entry.mode.kind()),
                    id: Id(entry.oid.to_owned()),
                })
            })
            .collect()
    }

    /// A commit's parts.
    ///
    /// # Errors
    /// When the object is absent, damaged or no commit.
    pub fn read_commit(&self, id: Id) -> Result<Commit> {
        let bytes = self.read_whole(id, Kind::Commit, LARGEST_STRUCTURE)?;
        let doing = || format!("cannot read commit {id}");
        let commit = gix::objs::CommitRef::from_bytes(&bytes, id.0.kind()).doing(doing)?;
        Ok(Commit {
            tree: Id(commit.tree()),
            parents: commit.parents().map(Id).collect(),
            author: commit.author.to_vec(),
            committer: commit.committer.to_vec(),
            message: commit.message.to_vec(),
            is_signed: commit.extra_headers.iter().any(|(name, _)| name.starts_with(b"gpgsig")),
        })
    }

    /// The whole of a blob, at most `limit` bytes.
    ///
    /// # Errors
    /// When the object is absent, damaged, larger than `limit` or no blob.
    pub fn read_blob(&self, id: Id, limit: u64) -> Result<Vec<u8>> {
        self.read_whole(id, Kind::Blob, limit)
    }

    /// The same without hashing it, for what the caller checks in a way of its own.
    ///
    /// # Errors
    /// When the object is absent, cannot be inflated, is larger than `limit` or no blob.
    pub(crate) fn read_blob_unhashed(&self, id: Id, limit: u64) -> Result<Vec<u8>> {
        self.read_unhashed(id, Kind::Blob, limit)
    }

    /// What stands at `path` (`/`-separated) below a tree; none if nothing does.
    ///
    /// # Errors
    /// When a tree on the way cannot be read.
    pub fn entry_at(&self, tree: Id, path: &[u8]) -> Result<Option<TreeEntry>> {
        let mut found = TreeEntry { name: Vec::new(), mode: Mode::Tree, id: tree };
        for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
            if found.mode != Mode::Tree {
                return Ok(None);
            }
            match self.read_tree(found.id)?.into_iter().find(|entry| entry.name == name) {
                Some(entry) => found = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The object that a revision such as `main~3`, `v1^{tree}` or `HEAD:runs` names.
    ///
    /// # Errors
    /// When it names nothing, or more than one thing.
    pub fn resolve(&self, rev: &str) -> Result<Id> {
        let found = self.gix.rev_parse_single(rev).map_err(|cause| {
            Error::new(format!("cannot find the revision {rev}"))
                .because(cause)
                .hint("git log --all --oneline shows what there is")
        })?;
        Ok(Id(found.detach()))
    }

    /// The commit that a revision names, through annotated tags.
    ///
    /// # Errors
    /// As [`Repo::resolve`], and when it names no commit.
    pub fn resolve_commit(&self, rev: &str) -> Result<Id> {
        self.resolve(&format!("{rev}^{{commit}}"))
    }

    /// Reads a blob as a stream.
    ///
    /// Memory does not grow with the blob, except for one that git stored as a delta. If the bytes do not hash to `id`
    /// the last of them never come: reading ends in [`io::ErrorKind::InvalidData`].
    ///
    /// # Errors
    /// When the object is absent or no blob, or a delta of more than 512 MiB.
    pub fn blob_reader(&self, id: Id) -> Result<Box<dyn Read>> {
        if id.0.is_empty_blob() {
            self.kind_and_size(id)?;
            return Ok(Box::new(io::empty()));
        }
        let plain = self.plain(id)?;
        let (kind, size) = plain.as_ref().map_or_else(|| self.found_kind_and_size(id), |it| Ok((it.kind, it.size)))?;
        if kind != Kind::Blob {
            return Err(Error::new(format!("cannot read {id} as a file")).because(format!("it is a {}", kind.name())));
        }
        let source = match plain {
            Some(plain) => plain.content,
            None if size > LARGEST_DELTA => {
                return Err(Error::new(format!("cannot read object {id}"))
                    .because(format!("git stored its {size} bytes as a delta, which takes as much memory"))
                    .hint("git -c core.bigFileThreshold=16m repack -adF"));
            }
            None => self.found(id)?,
        };
        Ok(Box::new(Checked {
            source,
            hasher: Some(ObjectHasher::new(self.object_format(), Kind::Blob, size)),
            left: size,
            id,
        }))
    }

    /// A blob in one piece, by gix; if it is there and cannot be inflated, reading says so.
    fn found(&self, id: Id) -> Result<Box<dyn Read>> {
        let mut bytes = Vec::new();
        match self.gix.objects.try_find(&id.0, &mut bytes) {
            Ok(Some(_)) => Ok(Box::new(Cursor::new(bytes))),
            Ok(None) => Err(self.absent(id)),
            Err(cause) if cause.downcast_any_ref::<io::Error>().is_some() => {
                Err(cause).doing(|| format!("cannot read object {id}"))
            }
            // Ends at once, which `Checked` takes for the damage that it is.
            Err(_) => Ok(Box::new(io::empty())),
        }
    }

    pub(super) fn read_whole(&self, id: Id, wanted: Kind, limit: u64) -> Result<Vec<u8>> {
        if let Some(bytes) = self.recent.get(id, wanted).filter(|bytes| bytes.len() as u64 <= limit) {
            return Ok(bytes);
        }
        let bytes = self.read_unhashed(id, wanted, limit)?;
        if self.object_format().id_of(wanted, &bytes)? != id {
            return Err(is_damaged(id, wanted));
        }
        self.recent.keep(id, wanted, &bytes);
        Ok(bytes)
    }

    fn read_unhashed(&self, id: Id, wanted: Kind, limit: u64) -> Result<Vec<u8>> {
        let doing = || format!("cannot read {} {id}", wanted.name());
        let plain = self.plain(id)?;
        let (kind, size) = plain.as_ref().map_or_else(|| self.found_kind_and_size(id), |it| Ok((it.kind, it.size)))?;
        if kind != wanted {
            return Err(Error::new(doing()).because(format!("it is a {}", kind.name())));
        }
        if size > limit {
            return Err(Error::new(doing()).because(format!("its {size} bytes are more than the {limit} allowed")));
        }
        let Some(plain) = plain else {
            let mut bytes = Vec::new();
            let found = self.gix.objects.try_find(&id.0, &mut bytes).doing(doing)?;
            return found.is_some().then_some(bytes).ok_or_else(|| self.absent(id));
        };
        whole(plain).doing(doing)?.ok_or_else(|| is_damaged(id, wanted))
    }

    fn absent(&self, id: Id) -> Error {
        let error = Error::new(format!("cannot find object {id}"));
        if self.is_partial() {
            error
                .because("this clone was made with a filter, and the object was left out")
                .hint("git fetch --refetch --no-filter")
        } else if self.is_shallow() {
            error.because("this clone was made with --depth, and history was cut off").hint("git fetch --unshallow")
        } else {
            error.because("it is not in the repository").hint("git fsck")
        }
    }
}

/// The content, if it can be inflated and is as long as the header says.
fn whole(plain: Plain) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(plain.size.min(ROOM) as usize);
    match plain.content.take(plain.size.saturating_add(1)).read_to_end(&mut bytes) {
        Ok(count) => Ok((count as u64 == plain.size).then_some(bytes)),
        Err(cause) if is_damage(&cause) => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// What flate2 calls a corrupt or short stream is damage of the object.
fn is_damage(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof)
}

fn is_damaged(id: Id, kind: Kind) -> Error {
    Error::new(format!("cannot read {} {id}", kind.name())).because(damaged(id)).hint("git fsck")
}

fn damaged(id: Id) -> String {
    format!("object {id} does not hash to its id")
}

/// Hands out the last bytes only when all of them hash to the id.
struct Checked {
    source: Box<dyn Read>,
    hasher: Option<ObjectHasher>,
    left: u64,
    id: Id,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let broken = |what: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidData, what.to_string());
        if self.left == 0 && self.hasher.is_none() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = match self.source.read(&mut buffer[..most]) {
            Ok(count) => count,
            Err(cause) if is_damage(&cause) => {
                return Err(broken(&format!("{}: {cause}", damaged(self.id))));
            }
            Err(cause) => return Err(cause),
        };
        if count == 0 && self.left > 0 {
            return Err(broken(&damaged(self.id)));
        }
        self.left -= count as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        if self.left == 0 {
            let more = self.source.read(&mut [0_u8]).map_err(|cause| broken(&cause))?;
            let id = self.hasher.take().expect("it is taken only here").finish().map_err(|cause| broken(&cause))?;
            if more != 0 || id != self.id {
                // Stay broken: a caller who tries again must not see a clean end.
                self.left = u64::MAX;
                self.source = Box::new(io::empty());
                return Err(broken(&damaged(self.id)));
            }
        }
        Ok(count)
    }
}
