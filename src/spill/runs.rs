//! Sorted runs in one file, and their merge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::marker::PhantomData;
use std::os::unix::fs::FileExt as _;

use super::record::Record;
use crate::error::{Error, Result};

/// What all runs together hold of themselves in memory while they are merged.
const MERGE_BYTES: usize = 4 << 20;
/// What one of them does at least, and at most.
const PIECE: [usize; 2] = [4 << 10, 256 << 10];
/// So many runs are merged to one before there are more.
const FAN_IN: usize = 128;

/// A file that has no name.
pub(crate) fn nameless() -> Result<File> {
    tempfile::tempfile().map_err(|error| told("make", error))
}

/// What could not be done with a temporary file.
pub(crate) fn told(verb: &str, error: io::Error) -> Error {
    Error::new(format!("cannot {verb} a temporary file"))
        .because(error)
        .hint("set TMPDIR to a folder with room, or allow more memory")
}

/// Sorted runs of records; equal ones come in the order of the runs.
pub(crate) struct Runs<R> {
    file: File,
    runs: Vec<Run>,
    of: PhantomData<fn() -> R>,
}

#[derive(Clone, Copy)]
struct Run {
    /// Its first byte.
    at: u64,
    count: u64,
    /// How often its records were merged.
    tier: u32,
}

impl<R: Record + Ord> Runs<R> {
    /// No runs yet.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { file: nameless()?, runs: Vec::new(), of: PhantomData })
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// Writes one sorted run.
    ///
    /// # Errors
    /// When there is no room for it, and what else keeps a record from coming.
    pub(crate) fn add(&mut self, records: impl IntoIterator<Item = Result<R>>) -> Result<()> {
        self.write(records.into_iter(), 0)?;
        while let Some(last) = self.runs.last().copied() {
            let same = self.runs.iter().rev().take_while(|run| run.tier == last.tier).count();
            if same < FAN_IN {
                break;
            }
            self.merge_last(FAN_IN, last.tier + 1)?;
        }
        Ok(())
    }

    /// The same file, to be read while it is written.
    fn again(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| told("read", error))
    }

    fn merge_last(&mut self, count: usize, tier: u32) -> Result<()> {
        let first = self.runs.len() - count;
        let mut merge = Merge::of(self.again()?, &self.runs[first..])?;
        self.write(std::iter::from_fn(|| merge.next().transpose()), tier)?;
        let merged = self.runs.pop();
        self.runs.truncate(first);
        self.runs.extend(merged);
        Ok(())
    }

    fn write(&mut self, records: impl Iterator<Item = Result<R>>, tier: u32) -> Result<()> {
        let at = self.file.metadata().map_err(|error| told("write to", error))?.len();
        let mut out = BufWriter::with_capacity(1 << 16, &self.file);
        let (mut bytes, mut count) = (vec![0; R::BYTES], 0);
        for record in records {
            record?.write(&mut bytes);
            out.write_all(&bytes).map_err(|error| told("write to", error))?;
            count += 1;
        }
        out.flush().map_err(|error| told("write to", error))?;
        drop(out);
        self.runs.push(Run { at, count, tier });
        Ok(())
    }

    /// The file; all of it is one run if only one was written.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// Reads all records in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn merge(&self) -> Result<Merge<R>> {
        Merge::of(self.again()?, &self.runs)
    }
}

/// All records of some runs, in order.
pub(crate) struct Merge<R> {
    file: File,
    runs: Vec<Ahead>,
    next: BinaryHeap<Reverse<(R, usize)>>,
}

impl<R: Record + Ord> Merge<R> {
    fn of(file: File, runs: &[Run]) -> Result<Self> {
        let piece = (MERGE_BYTES / runs.len().max(1)).clamp(PIECE[0], PIECE[1]) / R::BYTES.max(1) * R::BYTES;
        let runs = runs.iter().map(|run| Ahead { at: run.at, left: run.count, piece, bytes: Vec::new(), read: 0 });
        let mut merge = Self { file, runs: runs.collect(), next: BinaryHeap::new() };
        for (n, run) in merge.runs.iter_mut().enumerate() {
            merge.next.extend(run.next(&merge.file)?.map(|record| Reverse((record, n))));
        }
        Ok(merge)
    }

    /// The next record.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<R>> {
        let Some(mut least) = self.next.peek_mut() else { return Ok(None) };
        let Reverse((record, n)) = *least;
        match self.runs[n].next(&self.file)? {
            Some(next) => *least = Reverse((next, n)),
            None => drop(PeekMut::pop(least)),
        }
        Ok(Some(record))
    }
}

/// One run while it is read.
struct Ahead {
    at: u64,
    left: u64,
    /// How many bytes are read ahead.
    piece: usize,
    bytes: Vec<u8>,
    read: usize,
}

impl Ahead {
    fn next<R: Record>(&mut self, file: &File) -> Result<Option<R>> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.read == self.bytes.len() {
            let most = self.left.saturating_mul(R::BYTES as u64);
            self.bytes.resize(usize::try_from(most).unwrap_or(usize::MAX).min(self.piece), 0);
            file.read_exact_at(&mut self.bytes, self.at).map_err(|error| told("read", error))?;
            (self.read, self.at) = (0, self.at + self.bytes.len() as u64);
        }
        let record = R::read(&self.bytes[self.read..self.read + R::BYTES]);
        (self.read, self.left) = (self.read + R::BYTES, self.left - 1);
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_runs_are_merged_in_order_and_equal_records_in_that_of_the_runs() {
        /// Sorts by its first number alone.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        struct Half(u32, u32);
        impl PartialOrd for Half {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for Half {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.0.cmp(&other.0)
            }
        }
        impl Record for Half {
            const BYTES: usize = 8;
            fn write(&self, out: &mut [u8]) {
                (self.0, self.1).write(out);
            }
            fn read(bytes: &[u8]) -> Self {
                let (a, b) = Record::read(bytes);
                Self(a, b)
            }
        }
        let mut runs = Runs::new().expect("there is room");
        let count = 3 * FAN_IN as u32 + 5;
        for run in 0..count {
            runs.add([0, run % 7 + 1, run + 100].map(|key| Ok(Half(key, run)))).expect("there is room");
        }
        assert_eq!((runs.len(), runs.runs.len()), (u64::from(count) * 3, 8));
        let mut wanted: Vec<Half> =
            (0..count).flat_map(|run| [0, run % 7 + 1, run + 100].map(|key| Half(key, run))).collect();
        wanted.sort();
        let mut merge = runs.merge().expect("it can be read");
        for half in &wanted {
            assert_eq!(merge.next().expect("it can be read"), Some(*half));
        }
        assert_eq!(merge.next().expect("it can be read"), None);
    }
}
