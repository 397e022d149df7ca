//! A list of records: its first pages in memory, as many as may be held, and those behind them in a file.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::memory::{Held, Memory};
use super::pages::Pages;
use super::record::Record;

/// How many bytes a page has at most.
const PAGE: usize = 4 << 10;

/// Records by position. Those that cannot be read are not there, and [`Memory::check`] tells why.
pub(crate) struct List<R> {
    held: Held,
    /// The count of records of a page, as a power of two.
    shift: u32,
    pages: Vec<Box<[u8]>>,
    /// The page that is not full.
    open: Vec<u8>,
    len: usize,
    filed: Option<Pages>,
    of: PhantomData<fn() -> R>,
}

impl<R: Record> List<R> {
    /// An empty list.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        let (held, shift) = (Held::of(memory), (PAGE.min(memory.least()) / R::BYTES).max(1).ilog2());
        Self { held, shift, pages: Vec::new(), open: Vec::new(), len: 0, filed: None, of: PhantomData }
    }

    /// How many bytes a page has.
    #[inline]
    fn bytes(&self) -> usize {
        R::BYTES << self.shift
    }

    /// The page of a record, and where it begins there.
    #[inline]
    fn place(&self, at: usize) -> (usize, usize) {
        (at >> self.shift, (at & ((1 << self.shift) - 1)) * R::BYTES)
    }

    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes one more.
    #[inline]
    pub(crate) fn push(&mut self, record: R) {
        let start = self.open.len();
        self.open.resize(start + R::BYTES, 0);
        record.write(&mut self.open[start..]);
        self.len += 1;
        if self.open.len() == self.bytes() {
            self.close();
        }
    }

    /// Puts the open page where it stays.
    fn close(&mut self) {
        if self.filed.is_none() {
            if self.held.grow_to((self.pages.len() + 1) * self.bytes()) {
                let next = Vec::with_capacity(self.bytes());
                self.pages.push(std::mem::replace(&mut self.open, next).into_boxed_slice());
                return;
            }
            self.filed = self.held.memory().take(Pages::new(self.bytes()));
        }
        let (page, _) = self.place(self.len - 1);
        if let Some(filed) = &mut self.filed {
            self.held.memory().take(filed.change(page, |bytes| bytes.copy_from_slice(&self.open)));
        }
        self.open.clear();
    }

    /// The record at a position.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<R> {
        let (page, start) = self.place(at);
        match self.pages.get(page) {
            Some(page) => Some(R::read(&page[start..start + R::BYTES])),
            None => self.get_behind(at),
        }
    }

    fn get_behind(&self, at: usize) -> Option<R> {
        let (page, start) = self.place(at);
        if page == self.len >> self.shift {
            return self.open.get(start..start + R::BYTES).map(R::read);
        }
        let filed = self.filed.as_ref().filter(|_| at < self.len)?;
        self.held.memory().take(filed.read(page, |bytes| R::read(&bytes[start..start + R::BYTES])))
    }

    /// Changes the record at a position, if there is one.
    #[inline]
    pub(crate) fn change(&mut self, at: usize, change: impl FnOnce(&mut R)) {
        let (page, start) = self.place(at);
        let change = |bytes: &mut [u8]| {
            let mut record = R::read(bytes);
            change(&mut record);
            record.write(bytes);
        };
        let end = start + R::BYTES;
        if let Some(page) = self.pages.get_mut(page) {
            change(&mut page[start..end]);
        } else if page == self.len >> self.shift {
            self.open.get_mut(start..end).map(change);
        } else if let Some(filed) = self.filed.as_mut().filter(|_| at < self.len) {
            self.held.memory().take(filed.change(page, |bytes| change(&mut bytes[start..end])));
        }
    }

    /// The position of the first record of which `is_before` is not true; it is true of all before that one.
    pub(crate) fn partition_point(&self, mut is_before: impl FnMut(R) -> bool) -> usize {
        let (mut from, mut to) = (0, self.len);
        while from < to {
            let middle = from.midpoint(to);
            match self.get(middle).is_some_and(&mut is_before) {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        from
    }

    /// The records at some positions, in order.
    pub(crate) fn range(&self, range: Range<usize>) -> impl Iterator<Item = R> + Clone {
        range.map_while(|at| self.get(at))
    }

    /// All records in order.
    pub(crate) fn iter(&self) -> Iter<'_, R> {
        Iter { list: self, next: 0, page: Vec::with_capacity(self.bytes()), at: 0 }
    }

    /// Puts the records of a page behind others; none if there is no such page.
    fn copy(&self, page: usize, out: &mut Vec<u8>) {
        if let Some(page) = self.pages.get(page) {
            out.extend_from_slice(page);
        } else if page == self.len >> self.shift {
            out.extend_from_slice(&self.open);
        } else if let Some(filed) = self.filed.as_ref().filter(|_| page < self.len >> self.shift) {
            self.held.memory().take(filed.read(page, |bytes| out.extend_from_slice(bytes)));
        }
    }
}

/// The records of a list, of which a page at a time is copied.
pub(crate) struct Iter<'a, R> {
    list: &'a List<R>,
    /// The page behind the one that was copied.
    next: usize,
    page: Vec<u8>,
    at: usize,
}

impl<R: Record> Iterator for Iter<'_, R> {
    type Item = R;

    #[inline]
    fn next(&mut self) -> Option<R> {
        if self.at == self.page.len() {
            self.page.clear();
            self.list.copy(self.next, &mut self.page);
            (self.next, self.at) = (self.next + 1, 0);
        }
        let record = self.page.get(self.at..self.at + R::BYTES).map(R::read)?;
        self.at += R::BYTES;
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_same_in_memory_and_in_a_file() {
        for (bound, pages) in [(1 << 20, 39), (20 << 10, 6), (0, 0)] {
            let memory = Memory::new(bound);
            let mut list = List::new(&memory);
            for n in 0..10_000_u32 {
                list.push((n, u64::from(n) + 1));
            }
            for at in (0..10_000).step_by(7).chain([9_999]) {
                list.change(at, |(_, word)| *word = 0);
            }
            list.change(10_000, |_| unreachable!("there is no such record"));
            let wanted = |at: usize| (at as u32, if at.is_multiple_of(7) || at == 9_999 { 0 } else { at as u64 + 1 });
            assert_eq!((list.pages.len(), list.len(), list.get(10_000)), (pages, 10_000, None));
            assert!(list.iter().eq((0..10_000).map(wanted)));
            assert!((0..10_000).rev().all(|at| list.get(at) == Some(wanted(at))));
            assert!(list.range(600..1_500).eq((600..1_500).map(wanted)));
            memory.check().expect("there was room");
        }
    }

    #[test]
    fn what_was_dropped_is_held_no_more() {
        let memory = Memory::new(1 << 20);
        let mut list = List::new(&memory);
        (0..100_000_u64).for_each(|n| list.push(n));
        assert!(!Held::of(&memory).grow_to(1 << 19));
        drop(list);
        assert!(Held::of(&memory).grow_to(1 << 20));
    }
}
