//! A source whose reading is shown.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use batool::error::Result;
use batool::source::{Listing, PackageSource};

use super::term::Progress;

/// Counts what is read of a source, be it read more than once.
pub(crate) struct Watched<'a> {
    pub(crate) source: Box<dyn PackageSource + 'a>,
    pub(crate) progress: &'a Mutex<Progress>,
}

impl PackageSource for Watched<'_> {
    fn describe(&self) -> String {
        self.source.describe()
    }

    fn listing(&self) -> &Listing {
        self.source.listing()
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(Counting { inner: self.source.open(path)?, progress: self.progress }))
    }
}

struct Counting<'a> {
    inner: Box<dyn Read + 'a>,
    progress: &'a Mutex<Progress>,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        // What a panic elsewhere left is as good as any.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).advance(count as u64);
        Ok(count)
    }
}
