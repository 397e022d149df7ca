//! A bound on what is held in memory, shared by all who hold something.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};

/// How many bytes may be held where nobody says otherwise.
pub const DEFAULT_MEMORY: usize = 256 << 20;

/// What anybody may hold without asking, so that files are written in pieces worth writing.
pub(super) const LEAST: usize = 64 << 10;

/// How many bytes may be held, and how many of them still can be.
pub(crate) struct Memory {
    bound: usize,
    left: AtomicUsize,
    failed: Mutex<Option<Error>>,
}

impl Memory {
    /// A bound of so many bytes.
    pub(crate) fn new(bound: usize) -> Arc<Self> {
        Arc::new(Self { bound, left: AtomicUsize::new(bound), failed: Mutex::default() })
    }

    /// The bound, in bytes.
    pub(crate) fn bound(&self) -> usize {
        self.bound
    }

    /// What anybody may hold without asking; next to nothing where nothing may be held.
    pub(super) fn least(&self) -> usize {
        LEAST.min(self.bound)
    }

    /// What a job with a temporary file gave; nothing if it failed, which [`Memory::check`] tells.
    pub(crate) fn take<T>(&self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.failed().get_or_insert(error).doing().len()).ok()
    }

    /// Whether all temporary files could be made, written and read so far. What was asked of one that could not is not
    /// the answer.
    ///
    /// # Errors
    /// When something could not be; the first of it.
    pub(crate) fn check(&self) -> Result<()> {
        self.failed().take().map_or(Ok(()), Err)
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one holder has of the memory; given back when it is dropped.
pub(crate) struct Held {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Held {
    /// Nothing so far.
    pub(crate) fn of(memory: &Arc<Memory>) -> Self {
        Self { memory: Arc::clone(memory), bytes: 0 }
    }

    /// The memory that it is of.
    pub(super) fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// Asks to hold so many bytes in all. If it is refused, what is held stays.
    #[must_use]
    pub(crate) fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let taken =
            self.memory.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(more)).is_ok();
        self.bytes += if taken { more } else { 0 };
        taken
    }

    /// Gives all back.
    pub(crate) fn release(&mut self) {
        self.memory.left.fetch_add(std::mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_first_is_told() {
        let memory = Memory::new(0);
        assert!(memory.take(Ok(1)) == Some(1) && memory.check().is_ok());
        for what in ["one", "other"] {
            assert!(memory.take::<u8>(Err(Error::new(what))).is_none());
        }
        assert_eq!(memory.check().expect_err("it failed").doing(), "one");
    }

    #[test]
    fn nobody_gets_what_another_holds_until_it_is_given_back() {
        let memory = Memory::new(100);
        let (mut one, mut other) = (Held::of(&memory), Held::of(&memory));
        assert!(one.grow_to(60) && !other.grow_to(41) && other.grow_to(40));
        assert!(one.grow_to(10), "it holds more already");
        drop(one);
        assert!(other.grow_to(100) && !other.grow_to(101));
        other.release();
        assert!(Held::of(&memory).grow_to(100));
    }
}
