//! Texts put aside in a temporary file, found again by where they stand.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;

use super::runs::{nameless, told};
use crate::error::Result;

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
        self.out.into_inner().map(KeptTexts).map_err(|error| told("write to", error.into_error()))
    }
}

/// Gives texts.
pub(crate) struct KeptTexts(File);

impl KeptTexts {
    /// Reads a text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(&self, (at, length): TextPlace, text: &mut Vec<u8>) -> Result<()> {
        text.resize(length as usize, 0);
        self.0.read_exact_at(text, at).map_err(|error| told("read", error))
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
        let texts = texts.finish().expect("there is room");
        let mut read = Vec::new();
        for (text, place) in all.into_iter().zip(places).rev() {
            texts.read(place, &mut read).expect("it is there");
            assert_eq!(read, text.as_bytes());
        }
    }
}
