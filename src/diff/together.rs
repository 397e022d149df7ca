//! Claims that were put together once, kept in a temporary file for whoever asks for them again.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, Write as _};

use super::alike::Lines;
use super::side::TakeRow;
use crate::error::Result;
use crate::spill::{Bits, nameless, told};

/// How much is read and written at once.
const PIECE: usize = 64 << 10;

/// The JSON texts of some claims, one on each line of a file, in the order of their lines.
pub(super) struct Together {
    wanted: Wanted,
    file: File,
}

impl Together {
    /// Takes what `put_together` gives of each of the claims that are wanted.
    pub(super) fn of(
        wanted: Wanted,
        put_together: &mut dyn FnMut(&Wanted, &mut TakeRow<'_>) -> Result<()>,
    ) -> Result<Self> {
        let mut out = BufWriter::with_capacity(PIECE, nameless()?);
        put_together(&wanted, &mut |_, text| {
            out.write_all(text).and_then(|()| out.write_all(b"\n")).map_err(|error| told("write to", error))
        })?;
        let file = out.into_inner().map_err(|error| told("write to", error.into_error()))?;
        Ok(Self { wanted, file })
    }

    /// True if all these are among them.
    pub(super) fn has(&self, wanted: &Wanted) -> bool {
        self.wanted.0.has_all(&wanted.0)
    }

    /// Gives those that are wanted.
    pub(super) fn read(&mut self, wanted: &Wanted, take: &mut TakeRow<'_>) -> Result<()> {
        self.file.rewind().map_err(|error| told("read", error))?;
        let (mut texts, mut text) = (BufReader::with_capacity(PIECE, &self.file), Vec::new());
        for line in self.wanted.lines() {
            text.clear();
            texts.read_until(b'\n', &mut text).map_err(|error| told("read", error))?;
            if wanted.has(line) {
                take(line, text.strip_suffix(b"\n").unwrap_or(&text))?;
            }
        }
        Ok(())
    }
}

/// Some lines, a bit each.
#[derive(Clone)]
pub(super) struct Wanted(Bits);

impl Wanted {
    /// Of so many lines some, or all.
    pub(super) fn of(lines: Option<&Lines>, count: usize) -> Result<Self> {
        let mut wanted = Bits::new(count + 1);
        match lines {
            Some(lines) => {
                let mut lines = lines.read()?;
                while let Some(line) = lines.next()? {
                    wanted.mark(line as usize);
                }
            }
            None => (1..=count).for_each(|line| _ = wanted.mark(line)),
        }
        Ok(Self(wanted))
    }

    pub(super) fn has(&self, line: u32) -> bool {
        self.0.has(line as usize)
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|line| line as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(lines: &[u32]) -> Wanted {
        let mut wanted = Bits::default();
        lines.iter().for_each(|line| _ = wanted.mark(*line as usize));
        Wanted(wanted)
    }

    #[test]
    fn claims_are_put_together_once_and_given_by_their_lines() {
        let mut together = Together::of(wanted(&[1, 64, 200]), &mut |wanted, out| {
            wanted.lines().try_for_each(|line| out(line, format!("{{{line}}}").as_bytes()))
        })
        .expect("there is room");
        assert!(together.has(&wanted(&[1, 200])) && !together.has(&wanted(&[2, 64])));
        for lines in [vec![64, 200], vec![1], vec![1, 64, 200]] {
            let mut given = Vec::new();
            let mut take = |line: u32, text: &[u8]| {
                given.push((line, String::from_utf8_lossy(text).into_owned()));
                Ok(())
            };
            together.read(&wanted(&lines), &mut take).expect("it is there");
            assert_eq!(given, lines.iter().map(|line| (*line, format!("{{{line}}}"))).collect::<Vec<_>>());
        }
    }
}
