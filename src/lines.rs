//! Cutting a stream of chunks into lines, with a bound on the length of one.

use std::str::Utf8Error;

/// A line as it passes: its bytes without the newline, or word that it was too long to be kept.
pub(crate) enum Line<'a> {
    /// The line's bytes.
    Whole(&'a [u8]),
    /// The line passed the bound and was dropped.
    TooLong,
}

/// The text of bytes, if they are UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    // The quicker crate does not say where the fault is.
    simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes))
}

/// Carries what a chunk leaves unfinished over to the next.
pub(crate) struct Lines {
    carry: Vec<u8>,
    limit: usize,
    number: u64,
    overflowing: bool,
}

impl Lines {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { carry: Vec::new(), limit, number: 0, overflowing: false }
    }

    /// Takes the next chunk and gives every line that it completes, numbered from 1.
    pub(crate) fn push(&mut self, mut chunk: &[u8], mut each: impl FnMut(u64, Line<'_>)) {
        while let Some(end) = memchr::memchr(b'\n', chunk) {
            let (line, rest) = chunk.split_at(end);
            chunk = &rest[1..];
            self.number += 1;
            if self.overflowing || self.carry.len() + line.len() > self.limit {
                each(self.number, Line::TooLong);
            } else if self.carry.is_empty() {
                each(self.number, Line::Whole(line));
            } else {
                self.carry.extend_from_slice(line);
                each(self.number, Line::Whole(&self.carry));
            }
            self.carry.clear();
            self.overflowing = false;
        }
        if self.overflowing || self.carry.len() + chunk.len() > self.limit {
            self.overflowing = true;
            self.carry.clear();
        } else {
            self.carry.extend_from_slice(chunk);
        }
    }

    /// Gives the tail, if the stream does not end with a newline; true if there was one.
    pub(crate) fn finish(&mut self, each: impl FnOnce(u64, Line<'_>)) -> bool {
        if self.overflowing {
            each(self.number + 1, Line::TooLong);
        } else if !self.carry.is_empty() {
            each(self.number + 1, Line::Whole(&self.carry));
        }
        self.overflowing || !self.carry.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], step: usize, limit: u64) -> Vec<String> {
        let mut out = Vec::new();
        let mut show = |n: u64, line: Line<'_>| match line {
            Line::Whole(bytes) => out.push(format!("{n}{}", String::from_utf8_lossy(bytes))),
            Line::TooLong => out.push(format!("{n}!")),
        };
        let mut lines = Lines::new(limit);
        text.chunks(step).for_each(|chunk| lines.push(chunk, &mut show));
        lines.finish(&mut show);
        out
    }

    #[test]
    fn lines_do_not_depend_on_how_the_stream_is_cut() {
        for step in 1..12 {
            assert_eq!(lines(b"ab\n\ncdefgh\nij", step, 4), ["1ab", "2", "3!", "4ij"]);
            assert_eq!(lines(b"abcdefgh", step, 4), ["1!"]);
            assert_eq!(lines(b"a\n", step, 4), ["1a"]);
        }
    }
}
