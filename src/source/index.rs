//! The door to git's index: a package as it is staged, whatever the work tree says.

use std::io::Read;

use super::tree::Blobs;
use super::{Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use crate::error::Result;
use crate::git::Repo;

/// A package that is staged below a path.
pub struct IndexSource<'r> {
    blobs: Blobs<'r>,
    describe: String,
    listing: Listing,
}

impl<'r> IndexSource<'r> {
    /// Lists what is staged below `prefix`, a directory such as `runs/x/package`; everything if it is empty.
    ///
    /// # Errors
    /// When the index cannot be read, or a blob is absent.
    pub fn new(repo: &'r Repo, prefix: &str, limits: Limits) -> Result<Self> {
        let directory = prefix.trim_end_matches('/');
        let mut builder = ListingBuilder::new(limits);
        let mut blobs = Blobs::new(repo);
        let staged = repo.index()?;
        let cut = if directory.is_empty() { 0 } else { directory.len() + 1 };
        let mut conflict = None;
        for entry in staged.below(directory.as_bytes()) {
            let name = entry.path[cut..].to_vec();
            let kind = match entry.stage {
                0 => blobs.note(&name, entry.mode, entry.id)?,
                // Once for all sides of it.
                _ if conflict.as_ref() == Some(&name) => continue,
                _ => {
                    conflict = Some(name.clone());
                    RawKind::Other("conflict")
                }
            };
            builder.add(RawEntry { name, kind });
        }
        Ok(Self { blobs, describe: format!("index:{prefix}"), listing: builder.finish() })
    }
}

impl PackageSource for IndexSource<'_> {
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
