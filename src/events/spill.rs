//! Keys that do not fit in memory: sorted runs in one temporary file, merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;

use crate::error::{Doing, Result};

const KEY: usize = size_of::<u128>();
/// What all runs together may hold of themselves in memory while they are merged.
const MERGE_BYTES: usize = 16 << 20;

/// Sorted runs of keys.
pub(super) struct Spill {
    file: File,
    /// First byte and number of keys of each run.
    runs: Vec<(u64, u64)>,
    end: u64,
}

impl Spill {
    pub(super) fn new() -> Result<Self> {
        let file = tempfile::tempfile().doing(|| "cannot make a temporary file for event ids".into())?;
        Ok(Self { file, runs: Vec::new(), end: 0 })
    }

    /// Writes one sorted run.
    pub(super) fn add(&mut self, keys: &[u128]) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, &self.file);
        let written = keys.iter().try_for_each(|key| out.write_all(&key.to_be_bytes())).and_then(|()| out.flush());
        written.doing(|| "cannot write event ids to a temporary file".into())?;
        self.runs.push((self.end, keys.len() as u64));
        self.end += (keys.len() * KEY) as u64;
        Ok(())
    }

    /// Gives every key that stands in more than one run, in order.
    pub(super) fn repeated(&self, mut each: impl FnMut(u128)) -> Result<()> {
        let room = (MERGE_BYTES / self.runs.len().max(1)).clamp(KEY, 1 << 20) / KEY;
        let mut runs: Vec<Run> =
            self.runs.iter().map(|(at, left)| Run { at: *at, left: *left, keys: Vec::new() }).collect();
        let mut heap = BinaryHeap::with_capacity(runs.len());
        let doing = || "cannot read event ids from a temporary file".to_owned();
        for (n, run) in runs.iter_mut().enumerate() {
            heap.extend(run.next(&self.file, room).doing(doing)?.map(|key| Reverse((key, n))));
        }
        let (mut last, mut told) = (None, None);
        while let Some(Reverse((key, n))) = heap.pop() {
            if last == Some(key) && told != Some(key) {
                each(key);
                told = Some(key);
            }
            last = Some(key);
            heap.extend(runs[n].next(&self.file, room).doing(doing)?.map(|key| Reverse((key, n))));
        }
        Ok(())
    }
}

/// One run while it is merged.
struct Run {
    at: u64,
    left: u64,
    /// Keys read ahead, the next one last.
    keys: Vec<u128>,
}

impl Run {
    fn next(&mut self, file: &File, room: usize) -> io::Result<Option<u128>> {
        if self.keys.is_empty() && self.left > 0 {
            let count = self.left.min(room as u64) as usize;
            let mut bytes = vec![0; count * KEY];
            file.read_exact_at(&mut bytes, self.at)?;
            self.keys.extend(
                bytes.chunks_exact(KEY).rev().map(|key| u128::from_be_bytes(key.try_into().expect("16 bytes"))),
            );
            self.at += bytes.len() as u64;
            self.left -= count as u64;
        }
        Ok(self.keys.pop())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_two_runs_is_found_once() {
        let mut spill = Spill::new().expect("there is room");
        for run in [&[1, 5, 9][..], &[2, 5, 1 << 100], &[], &[5, 9, 10]] {
            spill.add(run).expect("there is room");
        }
        let mut found = Vec::new();
        spill.repeated(|key| found.push(key)).expect("it can be read");
        assert_eq!(found, [5, 9]);
    }
}
