//! Texts and bytes of any length, found again by where they stand.

use std::borrow::Cow;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::memory::{Held, Memory};
use super::runs::{nameless, told};
use crate::error::Result;
use crate::lines;

/// How much is read at once where somebody asks for one.
const WINDOW: usize = 1 << 10;
/// Stands before each.
const LENGTH: usize = size_of::<u32>();
/// Marks the places of those in the file.
const FILED: u64 = 1 << 63;

/// Some bytes, one behind the other.
pub(crate) struct Heap {
    held: Held,
    /// How many bytes are held or written at once, if none of them is longer.
    chunk: usize,
    chunks: Vec<Vec<u8>>,
    /// What is not full yet; the next chunk in memory, or what comes behind the end of the file.
    open: Vec<u8>,
    bytes: usize,
    filed: Option<Filed>,
}

struct Filed {
    file: File,
    end: u64,
    /// What was read last, and where it begins.
    window: Mutex<(u64, Vec<u8>)>,
}

impl Heap {
    /// There is nothing in it.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        let (held, chunk) = (Held::of(memory), memory.least());
        Self { held, chunk, chunks: Vec::new(), open: Vec::new(), bytes: 0, filed: None }
    }

    /// Takes bytes, of less than 4 GiB; gives their place, which is never 0 but for the first.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> u64 {
        let count = LENGTH + bytes.len();
        if self.open.len() + count > self.chunk && !self.open.is_empty() {
            self.turn(count.max(self.chunk));
        }
        let place = match &self.filed {
            Some(filed) => FILED | (filed.end + self.open.len() as u64),
            None => (self.chunks.len() as u64) << 32 | self.open.len() as u64,
        };
        self.open.extend_from_slice(&(bytes.len() as u32).to_ne_bytes());
        self.open.extend_from_slice(bytes);
        place
    }

    /// Begins the next chunk, of so many bytes.
    fn turn(&mut self, next: usize) {
        if let Some(filed) = &mut self.filed {
            let result = filed.file.write_all_at(&self.open, filed.end).map_err(|error| told("write to", error));
            self.held.memory().take(result);
            filed.end += self.open.len() as u64;
            self.open.clear();
            return;
        }
        self.bytes += self.open.len();
        self.chunks.push(std::mem::replace(&mut self.open, Vec::with_capacity(next)));
        if !self.held.grow_to(self.bytes + next) {
            let file = self.held.memory().take(nameless());
            self.filed = file.map(|file| Filed { file, end: 0, window: Mutex::default() });
        }
    }

    /// The text at a place that it gave for one.
    #[inline]
    pub(crate) fn text(&self, place: u64) -> Cow<'_, str> {
        match self.get(place) {
            Cow::Borrowed(bytes) => Cow::Borrowed(lines::text(bytes).unwrap_or_default()),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).unwrap_or_default()),
        }
    }

    /// The bytes at a place that it gave; none if they cannot be read, and [`Memory::check`] tells why.
    #[inline]
    pub(crate) fn get(&self, place: u64) -> Cow<'_, [u8]> {
        if place & FILED == 0 {
            let (chunk, at) = ((place >> 32) as usize, place as u32 as usize);
            return Cow::Borrowed(first(self.chunks.get(chunk).unwrap_or(&self.open), at));
        }
        let Some(filed) = &self.filed else { return Cow::default() };
        match (place ^ FILED).checked_sub(filed.end) {
            Some(at) => Cow::Borrowed(first(&self.open, at as usize)),
            None => self.held.memory().take(filed.read(place ^ FILED)).unwrap_or_default().into(),
        }
    }
}

/// The bytes that begin there, behind their length.
#[inline]
fn first(bytes: &[u8], at: usize) -> &[u8] {
    let Some((length, rest)) = bytes.get(at..).and_then(|bytes| bytes.split_first_chunk::<LENGTH>()) else {
        return &[];
    };
    rest.get(..u32::from_ne_bytes(*length) as usize).unwrap_or_default()
}

impl Filed {
    fn read(&self, at: u64) -> Result<Vec<u8>> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, bytes) = &mut *window;
        let known = |start: u64, bytes: &[u8], count: usize| {
            at >= start && at - start <= bytes.len() as u64 && bytes.len() - (at - start) as usize >= count
        };
        let mut count = LENGTH;
        loop {
            if !known(*start, bytes, count) {
                bytes.resize(count.max(WINDOW).min((self.end - at) as usize), 0);
                *start = u64::MAX;
                self.file.read_exact_at(bytes, at).map_err(|error| told("read", error))?;
                *start = at;
            }
            let found = &bytes[(at - *start) as usize..];
            let length = found.first_chunk().map_or(0, |length| u32::from_ne_bytes(*length)) as usize;
            if found.len() >= LENGTH + length {
                return Ok(found[LENGTH..LENGTH + length].to_vec());
            }
            count = LENGTH + length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_where_they_were_put() {
        for bound in [1 << 24, 200_000, 0] {
            let memory = Memory::new(bound);
            let mut heap = Heap::new(&memory);
            let text = |n: usize| n.to_string().repeat(if n % 997 == 5 { 50_000 } else { n % 9 });
            let places: Vec<u64> = (0..20_000).map(|n| heap.push(text(n).as_bytes())).collect();
            assert_eq!(heap.filed.is_some(), bound < 1 << 20);
            for n in (0..20_000).chain((0..20_000).rev().step_by(13)) {
                assert_eq!(*heap.get(places[n]), *text(n).as_bytes(), "{n}");
            }
            memory.check().expect("there was room");
        }
    }
}
