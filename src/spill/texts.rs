//! Texts put aside in a temporary file, found again by where they stand.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;

use super::runs::{nameless, told};
use crate::error::Result;

/// How much is read at once of texts that follow each other.
const WINDOW: u64 = 8 << 10;

/// Where a text stands, and how long it is.
pub(crate) type TextPlace = (u64, u32);

/// Takes texts.
pub(crate) struct Texts {
    out: BufWriter<File>,
    end: u64,
}

impl Texts {
    /// No texts yet.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { out: BufWriter::with_capacity(1 << 16, nameless()?), end: 0 })
    }

    /// Puts a text aside, of less than 4 GiB.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<TextPlace> {
        self.out.write_all(text).map_err(|error| told("write to", error))?;
        let place = (self.end, text.len() as u32);
        self.end += text.len() as u64;
        Ok(place)
    }

    /// From now on they are read.
    ///
    /// # Errors
    /// When there is no room for the last of them.
    pub(crate) fn finish(self) -> Result<KeptTexts> {
        let file = self.out.into_inner().map_err(|error| told("write to", error.into_error()))?;
        Ok(KeptTexts { file, end: self.end, windows: BTreeMap::new() })
    }
}

/// Gives texts.
pub(crate) struct KeptTexts {
    file: File,
    end: u64,
    /// What was read around the last text of each sequence, and where it begins.
    windows: BTreeMap<u32, (u64, Vec<u8>)>,
}

impl KeptTexts {
    /// A text. Those of one sequence are best read in the order in which they were put aside; others may be read between.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(&mut self, sequence: u32, (at, length): TextPlace) -> Result<&[u8]> {
        let (start, window) = self.windows.entry(sequence).or_default();
        let length = u64::from(length);
        if at < *start || at + length > *start + window.len() as u64 {
            window.resize(length.max(WINDOW.min(self.end - at)) as usize, 0);
            self.file.read_exact_at(window, at).map_err(|error| told("read", error))?;
            *start = at;
        }
        let from = (at - *start) as usize;
        Ok(&window[from..from + length as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_where_they_were_put() {
        let mut texts = Texts::new().expect("there is room");
        let all = ["one", "", &"long ".repeat(40_000), "last"];
        let places = all.map(|text| texts.push(text.as_bytes()).expect("there is room"));
        let mut texts = texts.finish().expect("there is room");
        for sequence in [0, 1, 0] {
            for (text, place) in all.into_iter().zip(places) {
                assert_eq!(texts.read(sequence, place).expect("it is there"), text.as_bytes());
            }
        }
        assert_eq!(texts.read(1, places[0]).expect("it is there"), b"one");
    }
}
