//! Texts of any length, sorted by their bytes, wherever they stand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::memory::{Held, LEAST, Memory};
use super::runs::{nameless, told};
use crate::error::Result;

/// So many runs are read at a time; if there are more, they are merged first.
const FAN_IN: usize = 64;
/// How much of a run is read at once.
const PIECE: usize = 64 << 10;
/// What stands before each text in a file: its length.
const HEAD: usize = size_of::<u64>();

/// Takes texts in any order.
pub(crate) struct TextSorter {
    texts: Held,
    places: Held,
    recent: Recent,
    spilled: Option<Spilled>,
    len: u64,
}

/// Texts in memory, one behind the other.
#[derive(Default)]
struct Recent {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Recent {
    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.places.sort_unstable_by(|a, b| bytes[a.clone()].cmp(&bytes[b.clone()]));
    }

    fn text(&self, at: usize) -> Option<&[u8]> {
        Some(&self.bytes[self.places.get(at)?.clone()])
    }
}

/// Sorted runs in a file, by where they begin and end.
struct Spilled {
    file: File,
    runs: Vec<Range<u64>>,
}

impl TextSorter {
    /// No texts yet.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        let (texts, places) = (Held::of(memory), Held::of(memory));
        Self { texts, places, recent: Recent::default(), spilled: None, len: 0 }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<()> {
        if !self.has_room(text.len()) {
            self.spill()?;
            self.has_room(text.len());
        }
        let Recent { bytes, places } = &mut self.recent;
        let start = bytes.len();
        bytes.extend_from_slice(text);
        places.push(start..bytes.len());
        self.len += 1;
        Ok(())
    }

    /// Makes room for a text of so many bytes, if it may be held.
    fn has_room(&mut self, bytes: usize) -> bool {
        grow(&mut self.texts, &mut self.recent.bytes, bytes) && grow(&mut self.places, &mut self.recent.places, 1)
    }

    fn spill(&mut self) -> Result<()> {
        self.recent.sort();
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            None => self.spilled.insert(Spilled { file: nameless()?, runs: Vec::new() }),
        };
        let recent = &self.recent;
        let mut out = RunWriter::behind(spilled)?;
        recent.places.iter().try_for_each(|place| out.push(&recent.bytes[place.clone()]))?;
        let run = out.finish()?;
        spilled.runs.push(run);
        self.recent.bytes.clear();
        self.recent.places.clear();
        Ok(())
    }

    /// All of them, sorted.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn finish(mut self) -> Result<SortedTexts> {
        if self.spilled.is_some() {
            self.spill()?;
            self.recent = Recent::default();
            self.texts.release();
            self.places.release();
        }
        self.recent.sort();
        while let Some(spilled) = self.spilled.as_mut().filter(|spilled| spilled.runs.len() > FAN_IN) {
            *spilled = merged(spilled)?;
        }
        let Self { texts, places, recent, spilled, len } = self;
        Ok(SortedTexts { _held: [texts, places], recent, spilled, len })
    }
}

/// Makes room for some more items, if they may be held.
fn grow<T>(held: &mut Held, items: &mut Vec<T>, more: usize) -> bool {
    let needed = items.len() + more;
    if needed <= items.capacity() {
        return true;
    }
    let count = needed.max(items.capacity() * 2);
    let bytes = count * size_of::<T>();
    // What nobody can hold at all is held alone: it has to be somewhere.
    if held.grow_to(bytes) || bytes <= LEAST || items.is_empty() {
        items.reserve_exact(count - items.len());
        return true;
    }
    false
}

/// The same texts in fewer runs.
fn merged(spilled: &Spilled) -> Result<Spilled> {
    let mut fewer = Spilled { file: nameless()?, runs: Vec::new() };
    for runs in spilled.runs.chunks(FAN_IN) {
        let mut merge = Merge::of(&spilled.file, runs)?;
        let mut out = RunWriter::behind(&fewer)?;
        while let Some(text) = merge.next()? {
            out.push(text)?;
        }
        let run = out.finish()?;
        fewer.runs.push(run);
    }
    Ok(fewer)
}

/// Writes one run.
struct RunWriter {
    out: BufWriter<File>,
    start: u64,
    end: u64,
}

impl RunWriter {
    /// Behind the runs that are there.
    fn behind(spilled: &Spilled) -> Result<Self> {
        let start = spilled.runs.last().map_or(0, |run| run.end);
        let file = spilled.file.try_clone().map_err(|error| told("write to", error))?;
        Ok(Self { out: BufWriter::with_capacity(PIECE, file), start, end: start })
    }

    fn push(&mut self, text: &[u8]) -> Result<()> {
        let head = (text.len() as u64).to_ne_bytes();
        self.out.write_all(&head).and_then(|()| self.out.write_all(text)).map_err(|error| told("write to", error))?;
        self.end += (HEAD + text.len()) as u64;
        Ok(())
    }

    fn finish(mut self) -> Result<Range<u64>> {
        self.out.flush().map_err(|error| told("write to", error))?;
        Ok(self.start..self.end)
    }
}

/// Sorted texts; they can be read as often as needed.
pub(crate) struct SortedTexts {
    _held: [Held; 2],
    recent: Recent,
    spilled: Option<Spilled>,
    len: u64,
}

impl SortedTexts {
    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Begins at the first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn read(&self) -> Result<TextReader<'_>> {
        Ok(TextReader(match &self.spilled {
            Some(spilled) => From::File(Merge::of(&spilled.file, &spilled.runs)?),
            None => From::Memory(&self.recent, 0),
        }))
    }
}

/// Gives sorted texts.
pub(crate) struct TextReader<'t>(From<'t>);

enum From<'t> {
    Memory(&'t Recent, usize),
    File(Merge<'t>),
}

impl TextReader<'_> {
    /// The next text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        match &mut self.0 {
            From::Memory(recent, at) => {
                *at += 1;
                Ok(recent.text(*at - 1))
            }
            From::File(merge) => merge.next(),
        }
    }
}

/// The texts of some runs, in order.
struct Merge<'t> {
    runs: Vec<Ahead<'t>>,
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    given: Vec<u8>,
}

impl<'t> Merge<'t> {
    fn of(file: &'t File, runs: &[Range<u64>]) -> Result<Self> {
        let mut runs: Vec<Ahead<'t>> =
            runs.iter().map(|run| Ahead { file, run: run.clone(), piece: Vec::new(), read: 0 }).collect();
        let mut next = BinaryHeap::with_capacity(runs.len());
        for (n, run) in runs.iter_mut().enumerate() {
            let mut text = Vec::new();
            if run.next(&mut text)? {
                next.push(Reverse((text, n)));
            }
        }
        Ok(Self { runs, next, given: Vec::new() })
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        let Some(Reverse((text, n))) = self.next.pop() else { return Ok(None) };
        let mut room = std::mem::replace(&mut self.given, text);
        if self.runs[n].next(&mut room)? {
            self.next.push(Reverse((room, n)));
        }
        Ok(Some(&self.given))
    }
}

/// One run while it is read.
struct Ahead<'t> {
    file: &'t File,
    /// What was not read ahead yet.
    run: Range<u64>,
    piece: Vec<u8>,
    read: usize,
}

impl Ahead<'_> {
    /// Puts the next text in place of another; false behind the last.
    fn next(&mut self, text: &mut Vec<u8>) -> Result<bool> {
        if self.read == self.piece.len() && self.run.is_empty() {
            return Ok(false);
        }
        text.clear();
        self.take(HEAD, text)?;
        let mut head = [0; HEAD];
        head.copy_from_slice(text);
        text.clear();
        self.take(u64::from_ne_bytes(head) as usize, text)?;
        Ok(true)
    }

    fn take(&mut self, mut count: usize, text: &mut Vec<u8>) -> Result<()> {
        while count > 0 {
            if self.read == self.piece.len() {
                let length = (self.run.end - self.run.start).min(PIECE as u64);
                if length == 0 {
                    return Err(told("read", ErrorKind::UnexpectedEof.into()));
                }
                self.piece.resize(length as usize, 0);
                self.file.read_exact_at(&mut self.piece, self.run.start).map_err(|error| told("read", error))?;
                self.run.start += length;
                self.read = 0;
            }
            let here = &self.piece[self.read..];
            let taken = here.len().min(count);
            text.extend_from_slice(&here[..taken]);
            (self.read, count) = (self.read + taken, count - taken);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_sorted_with_any_memory() {
        let mut state = 1_u64;
        let mut all: Vec<Vec<u8>> = (0..20_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let length = (state >> 33) as usize % 40 * if state >> 60 == 0 { 1000 } else { 1 };
                state.to_ne_bytes().into_iter().cycle().take(length).collect()
            })
            .collect();
        for bound in [0, 1 << 20, 1 << 30] {
            let mut sorter = TextSorter::new(&Memory::new(bound));
            all.iter().for_each(|text| sorter.push(text).expect("there is room"));
            let sorted = sorter.finish().expect("there is room");
            assert_eq!(sorted.spilled.is_some(), bound < 1 << 30);
            all.sort_unstable();
            for _ in 0..2 {
                let mut reader = sorted.read().expect("it can be read");
                for text in &all {
                    assert_eq!(reader.next().expect("it can be read"), Some(text.as_slice()), "{bound}");
                }
                assert_eq!(reader.next().expect("it can be read"), None);
            }
            all.reverse();
        }
    }
}
