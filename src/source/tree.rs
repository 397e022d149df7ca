//! The door to a git tree: a package as some commit has it.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::{Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use crate::error::{Error, Result};
use crate::git::{Id, Mode, Repo};

/// A listing takes no more; a tree of few objects can hold itself a billion times.
const MOST_ENTRIES: usize = 1_000_001;
/// A listing takes no longer name, so there is no need to look below it.
const LONGEST_NAME: usize = 4096;

/// A package that lies in a git tree.
pub struct TreeSource<'r> {
    blobs: Blobs<'r>,
    describe: String,
    listing: Listing,
}

impl<'r> TreeSource<'r> {
    /// Lists a tree; `describe` is how people call it, `REV:PATH`.
    ///
    /// # Errors
    /// When a tree is absent or damaged, or a blob is absent.
    pub fn new(repo: &'r Repo, tree: Id, describe: String, limits: Limits) -> Result<Self> {
        let mut builder = ListingBuilder::new(limits);
        let mut blobs = Blobs::new(repo);
        let mut count = 0;
        let mut open = vec![(Vec::new(), tree)];
        'all: while let Some((above, tree)) = open.pop() {
            for entry in repo.read_tree(tree)? {
                let name = [&above[..], &entry.name].concat();
                let kind = match entry.mode {
                    Mode::Tree => {
                        if name.len() <= LONGEST_NAME {
                            open.push(([&name[..], b"/"].concat(), entry.id));
                        }
                        RawKind::Directory
                    }
                    mode => blobs.note(&name, mode, entry.id)?,
                };
                builder.add(RawEntry { name, kind });
                count += 1;
                if count == MOST_ENTRIES {
                    break 'all;
                }
            }
        }
        Ok(Self { blobs, describe, listing: builder.finish() })
    }
}

impl PackageSource for TreeSource<'_> {
    fn describe(&self) -> String {
        self.describe.clone()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        self.blobs.open(&self.listing.prefix, path)
    }
}

/// Bytes of the object database. That they are damaged is no fault of the package, as a broken container would be.
struct Stored(Box<dyn Read>);

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => io::Error::other(error),
            _ => error,
        })
    }
}

/// The blobs behind a listing's names.
pub(super) struct Blobs<'r> {
    repo: &'r Repo,
    ids: BTreeMap<Vec<u8>, Id>,
}

impl<'r> Blobs<'r> {
    pub(super) fn new(repo: &'r Repo) -> Self {
        Self { repo, ids: BTreeMap::new() }
    }

    /// Notes where a name's bytes are, and says what stands there.
    pub(super) fn note(&mut self, name: &[u8], mode: Mode, id: Id) -> Result<RawKind> {
        match mode {
            Mode::Blob | Mode::Executable => {
                let (kind, size) = self.repo.kind_and_size(id)?;
                if kind != crate::git::Kind::Blob {
                    return Ok(RawKind::Other("git object that is no file"));
                }
                let name = name.strip_prefix(b"./").unwrap_or(name);
                self.ids.entry(name.to_vec()).or_insert(id);
                Ok(RawKind::File(size))
            }
            Mode::Link => Ok(RawKind::Other("symbolic link")),
            Mode::Submodule => Ok(RawKind::Other("submodule")),
            Mode::Tree => Ok(RawKind::Directory),
        }
    }

    pub(super) fn open(&self, prefix: &str, path: &str) -> Result<Box<dyn Read>> {
        let name = format!("{prefix}{path}");
        match self.ids.get(name.as_bytes()) {
            Some(id) => Ok(Box::new(Stored(self.repo.blob_reader(*id)?))),
            None => Err(Error::new(format!("cannot open {path}: the package holds no such file"))),
        }
    }
}
