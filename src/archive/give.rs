//! Giving a run back as it was given: its files, and the empty directories that git cannot keep.

use super::Archive;
use super::layout::EMPTY_DIRECTORIES;
use super::read::{MAX_CERTIFICATE, RunEntry};
use crate::error::{Error, Result};
use crate::path::parse_empty_directories;
use crate::source::{Limits, PackageSource as _, Whole};

impl Archive {
    /// The package of a run as it was added, with its empty directories.
    ///
    /// # Errors
    /// When objects are missing or damaged, or the list of empty directories cannot be right.
    pub fn given(&self, run: &RunEntry, limits: Limits) -> Result<Whole<'_>> {
        let package = self.package(run, limits)?;
        let files: Vec<&str> = package.listing().files.iter().map(|file| file.path.as_str()).collect();
        let entry = self.repo().entry_at(run.tree, EMPTY_DIRECTORIES.as_bytes())?;
        let directories = match entry {
            None => Vec::new(),
            Some(entry) => {
                let text = self.repo().read_blob(entry.id, MAX_CERTIFICATE)?;
                parse_empty_directories(&text, &files).map_err(|why| {
                    Error::new(format!("cannot give back {}", run.name))
                        .because(format!("its list of empty directories cannot be right: {why}"))
                        .hint("`batool archive verify` tells what is wrong with the archive")
                })?
            }
        };
        Ok(Whole::new(Box::new(package), directories))
    }
}
