//! Doors: where a package's bytes come from. Every door gives the same listing and the same bytes.

mod index;
mod names;
mod tree;

use std::io::Read;

use crate::error::Result;

pub use index::IndexSource;
pub use names::{Fault, FaultKind, Listing, ListingBuilder, RawEntry, RawKind};
pub use tree::TreeSource;

/// Bounds that keep hostile input from using up the machine. Outside an archive the defaults hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files of a package together.
    pub max_package_bytes: u64,
    /// Bytes of one JSON row, one JSON document or one TSV row.
    pub max_row_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_package_bytes: 64 << 30, max_row_bytes: 64 << 20 }
    }
}

/// One regular file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path inside the package: relative, `/`-separated.
    pub path: String,
    /// Size in bytes, as the door states it before the bytes are read.
    pub size: u64,
}

/// A package behind one of the doors: folder, tar, zip, git tree, git index.
///
/// A door never follows a link, never unpacks to disk and never reads outside what it was given. What is wrong with a
/// package's *shape* (hostile names, links, collisions) is in the listing as faults; they become findings.
pub trait PackageSource {
    /// How people call this source: a path, `REV:PATH`, `index:PATH`.
    fn describe(&self) -> String;

    /// Everything the package holds, without its bytes.
    fn listing(&self) -> &Listing;

    /// Opens one file of the listing. Reading yields exactly `size` bytes or an error.
    ///
    /// Files may be opened in any order and again; doors over compressed streams are fastest in listing order with
    /// small files in any order.
    ///
    /// # Errors
    /// When the bytes beneath cannot be read, or are not those that were listed.
    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>>;
}
