//! An answer that is given when all of it is known, and may be too long for memory.

use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write};

use batool::error::{Doing as _, Result};
use tempfile::SpooledTempFile;

use super::term::Term;

/// So many bytes are held in memory.
const MOST_HELD: usize = 1 << 20;

/// Takes an answer.
pub(crate) struct Spool(SpooledTempFile);

impl Spool {
    pub(crate) fn new() -> Self {
        Self(SpooledTempFile::new(MOST_HELD))
    }

    /// Gives all of it to standard output, each line as `paint` makes it.
    pub(crate) fn give(mut self, term: &Term, paint: impl Fn(&str) -> Option<String>) -> Result<()> {
        self.0.seek(SeekFrom::Start(0)).doing(|| "cannot read a temporary file".into())?;
        let (mut lines, mut line) = (BufReader::with_capacity(64 << 10, self.0), Vec::new());
        let mut out = Vec::with_capacity(128 << 10);
        loop {
            line.clear();
            let count = lines.read_until(b'\n', &mut line).doing(|| "cannot read a temporary file".into())?;
            match std::str::from_utf8(&line).ok().and_then(&paint) {
                Some(painted) => out.extend_from_slice(painted.as_bytes()),
                None => out.extend_from_slice(&line),
            }
            if count == 0 || out.len() > 64 << 10 {
                term.answer(&out)?;
                out.clear();
            }
            if count == 0 {
                return Ok(());
            }
        }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
