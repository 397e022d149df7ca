//! A container file (tar, zip …) on disk: told by its first bytes, read in place, noticed when it changes.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Doing as _, Error, Result};

const SMALL_BYTES: u64 = 64 << 20;
const MAX_RATIO: u64 = 1000;

/// An open container file and how it looked when it was opened.
pub(super) struct Container {
    path: PathBuf,
    file: File,
    size: u64,
    modified: Option<SystemTime>,
}

impl Container {
    /// Opens a regular file; the caller has looked that it is none that blocks.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let opened = File::open(path).and_then(|file| file.metadata().map(|seen| (file, seen)));
        let (file, seen) = opened.doing(|| format!("cannot read {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file, size: seen.len(), modified: modified(&seen) })
    }

    /// The path it was opened by.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes may come out of it: a thousandfold its size, or 64 MiB. More is no package but a bomb.
    pub(super) fn may_inflate_to(&self) -> u64 {
        self.size.saturating_mul(MAX_RATIO).max(SMALL_BYTES)
    }

    /// Its first 512 bytes, fewer if it is shorter.
    pub(super) fn head(&self) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        self.at(0)?.take(512).read_to_end(&mut head).doing(|| format!("cannot read {}", self.name()))?;
        Ok(head)
    }

    /// The file, to be read from this place; there is one place at a time.
    ///
    /// # Errors
    /// When the file has changed since it was opened.
    pub(super) fn at(&self, place: u64) -> Result<&File> {
        let doing = || format!("cannot read {}", self.name());
        let seen = self.file.metadata().doing(doing)?;
        if seen.len() != self.size || modified(&seen) != self.modified {
            return Err(Error::new(format!("{} changed while it was being read", self.name()))
                .hint("run the command again when nothing writes to it"));
        }
        (&self.file).seek(SeekFrom::Start(place)).doing(doing)?;
        Ok(&self.file)
    }

    /// As [`Container::at`], with a handle of its own; the place is still shared.
    pub(super) fn own_handle_at(&self, place: u64) -> Result<File> {
        self.at(place)?.try_clone().doing(|| format!("cannot read {}", self.name()))
    }

    /// What an error of ours beneath this container is called.
    pub(super) fn error(&self, cause: io::Error) -> Error {
        Error::new(format!("cannot read {}", self.name())).because(cause)
    }
}

fn modified(seen: &Metadata) -> Option<SystemTime> {
    // Some file systems keep no time of change; the size alone has to do then.
    seen.modified().ok()
}
