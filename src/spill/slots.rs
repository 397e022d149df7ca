//! Numbers by position; where they do not fit in memory they stand in a file, with a page of them in memory.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::memory::{Held, LEAST, Memory};
use super::record::Record as _;
use super::runs::{nameless, told};
use crate::error::Result;

/// How many numbers a page has.
const PAGE: usize = 512;

/// A list of numbers, zero at first. Who goes through it in order reads each page once.
pub(crate) struct Slots {
    held: Held,
    /// All of them; only those of one page once there is a file.
    numbers: Vec<u128>,
    file: Option<File>,
    /// Which page that is, and whether it changed.
    page: usize,
    is_changed: bool,
    len: usize,
}

impl Slots {
    /// An empty list.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self { held: Held::of(memory), numbers: Vec::new(), file: None, page: 0, is_changed: false, len: 0 }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Makes it so long, if it is shorter.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn reach(&mut self, len: usize) -> Result<()> {
        if len <= self.len {
            return Ok(());
        }
        self.len = len;
        if self.file.is_none() {
            if len > self.numbers.capacity() {
                let count = len.max(self.numbers.capacity() * 2);
                let bytes = count * size_of::<u128>();
                if !self.held.grow_to(bytes) && bytes > LEAST {
                    return self.spill();
                }
                self.numbers.reserve_exact(count - self.numbers.len());
            }
            self.numbers.resize(len, 0);
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let numbers = std::mem::take(&mut self.numbers);
        let pages = numbers.len().div_ceil(PAGE);
        let file = nameless()?;
        // A page that was never written is zero.
        for (page, numbers) in numbers.chunks(PAGE).enumerate() {
            self.numbers = numbers.to_vec();
            self.numbers.resize(PAGE, 0);
            write(&file, page, &self.numbers)?;
        }
        self.page = pages.saturating_sub(1);
        self.numbers.resize(PAGE, 0);
        self.file = Some(file);
        self.held.release();
        Ok(())
    }

    /// The number at a position, to be changed; none behind the end.
    ///
    /// # Errors
    /// When a temporary file cannot be read or written.
    pub(crate) fn at(&mut self, position: usize) -> Result<Option<&mut u128>> {
        let Some(at) = self.turn_to(position)? else { return Ok(None) };
        self.is_changed = true;
        Ok(self.numbers.get_mut(at))
    }

    /// The number at a position; none behind the end.
    ///
    /// # Errors
    /// When a temporary file cannot be read or written.
    pub(crate) fn get(&mut self, position: usize) -> Result<Option<u128>> {
        Ok(self.turn_to(position)?.and_then(|at| self.numbers.get(at).copied()))
    }

    /// Where in what is in memory a position stands, once it does.
    fn turn_to(&mut self, position: usize) -> Result<Option<usize>> {
        if position >= self.len {
            return Ok(None);
        }
        let Some(file) = &self.file else { return Ok(Some(position)) };
        let page = position / PAGE;
        if page != self.page {
            if self.is_changed {
                write(file, self.page, &self.numbers)?;
            }
            read(file, page, &mut self.numbers)?;
            (self.page, self.is_changed) = (page, false);
        }
        Ok(Some(position % PAGE))
    }
}

fn write(file: &File, page: usize, numbers: &[u128]) -> Result<()> {
    let mut bytes = vec![0; size_of_val(numbers)];
    numbers.iter().zip(bytes.chunks_exact_mut(u128::BYTES)).for_each(|(number, out)| number.write(out));
    file.write_all_at(&bytes, (page * bytes.len()) as u64).map_err(|error| told("write to", error))
}

fn read(file: &File, page: usize, numbers: &mut [u128]) -> Result<()> {
    let mut bytes = vec![0; size_of_val(numbers)];
    let at = (page * bytes.len()) as u64;
    let end = file.metadata().map_err(|error| told("read", error))?.len();
    if at < end {
        file.read_exact_at(&mut bytes, at).map_err(|error| told("read", error))?;
    }
    numbers.iter_mut().zip(bytes.chunks_exact(u128::BYTES)).for_each(|(number, bytes)| *number = u128::read(bytes));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_in_memory_and_in_a_file() {
        let mut all = [Slots::new(&Memory::new(1 << 20)), Slots::new(&Memory::new(0))];
        for slots in &mut all {
            for n in 0..20_000_usize {
                slots.reach(n + 1).expect("there is room");
                *slots.at(n).expect("there is room").expect("it is there") += n as u128;
            }
            for n in (0..20_000).step_by(7).chain([19_999, 0, 512]) {
                *slots.at(n).expect("there is room").expect("it is there") += 1 << 100;
            }
            slots.reach(30_000).expect("there is room");
        }
        let [roomy, tight] = &mut all;
        assert!(roomy.file.is_none() && tight.file.is_some() && tight.numbers.len() == PAGE);
        for n in 0..30_001 {
            assert_eq!(roomy.get(n).expect("it is there"), tight.get(n).expect("it can be read"), "{n}");
        }
        assert_eq!(roomy.at(512).expect("it is there"), Some(&mut (512 + (1 << 100))));
    }
}
