//! A package whose empty directories were kept apart from it, as git cannot keep them.

use std::io::Read;

use super::{Listing, PackageSource};
use crate::error::Result;

/// A package with its empty directories put back.
pub struct Whole<'s> {
    inner: Box<dyn PackageSource + 's>,
    listing: Listing,
}

impl<'s> Whole<'s> {
    /// Puts empty directories back; the caller has looked that they fit between the files.
    pub fn new(inner: Box<dyn PackageSource + 's>, empty_directories: Vec<String>) -> Self {
        let listing = Listing { empty_directories, ..inner.listing().clone() };
        Self { inner, listing }
    }
}

impl PackageSource for Whole<'_> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        self.inner.open(path)
    }
}
