//! Pages of one size in a file, the one that was used last in memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};

use super::runs::{nameless, told};
use crate::error::Result;

/// A file of pages. One that was never written is zero.
pub(super) struct Pages {
    file: File,
    bytes: usize,
    last: Mutex<Page>,
}

/// A page while it is in memory.
struct Page {
    number: Option<usize>,
    bytes: Vec<u8>,
    is_changed: bool,
}

impl Pages {
    /// No pages yet; each will have so many bytes.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub(super) fn new(bytes: usize) -> Result<Self> {
        let last = Mutex::new(Page { number: None, bytes: vec![0; bytes], is_changed: false });
        Ok(Self { file: nameless()?, bytes, last })
    }

    /// Looks into a page.
    ///
    /// # Errors
    /// When it cannot be read, or the one before it cannot be written.
    pub(super) fn read<T>(&self, number: usize, look: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut page = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn(&mut page, number)?;
        Ok(look(&page.bytes))
    }

    /// Changes a page.
    ///
    /// # Errors
    /// When it cannot be read, or the one before it cannot be written.
    pub(super) fn change<T>(&mut self, number: usize, change: impl FnOnce(&mut [u8]) -> T) -> Result<T> {
        let mut page = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.turn(&mut page, number)?;
        page.is_changed = true;
        Ok(change(&mut page.bytes))
    }

    fn turn(&self, page: &mut Page, number: usize) -> Result<()> {
        if page.number == Some(number) {
            return Ok(());
        }
        let place = |number: usize| (number * self.bytes) as u64;
        if let Some(before) = page.number.filter(|_| page.is_changed) {
            self.file.write_all_at(&page.bytes, place(before)).map_err(|error| told("write to", error))?;
        }
        (page.number, page.is_changed) = (None, false);
        fill(&self.file, &mut page.bytes, place(number)).map_err(|error| told("read", error))?;
        page.number = Some(number);
        Ok(())
    }
}

/// Reads bytes; zeros behind the end of the file.
fn fill(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], at + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[done..].fill(0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_what_was_changed() {
        let mut pages = Pages::new(4).expect("there is room");
        for number in [3, 0, 3, 1] {
            pages.change(number, |page| page[number] += 1).expect("there is room");
        }
        let page = |number| pages.read(number, <[u8]>::to_vec).expect("it can be read");
        assert_eq!([0, 1, 2, 3, 9].map(page), [[1, 0, 0, 0], [0, 1, 0, 0], [0; 4], [0, 0, 0, 2], [0; 4]]);
    }
}
