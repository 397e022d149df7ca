//! Two sides, each read by a thread of its own.
//!
//! A package is opened where it is read, once; what is to be done with it comes as jobs. No answer depends on which
//! side is done first.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ScopedJoinHandle};

use super::side::Side;
use crate::error::{Error, Result};
use crate::source::{Limits, PackageSource};
use crate::spill::Memory;

/// A package that can be opened in any thread.
pub trait Door: Sync {
    /// Opens the package and gives it to `then`.
    ///
    /// # Errors
    /// When it cannot be opened, and what `then` says.
    fn enter(&self, then: &mut dyn FnMut(&mut dyn PackageSource) -> Result<()>) -> Result<()>;
}

type Job = Box<dyn FnOnce(&mut Side<'_>) + Send>;

/// Both sides at work.
pub(super) struct Pair {
    jobs: [Sender<Job>; 2],
}

impl Pair {
    /// Opens both sides, and closes them when `then` is done.
    pub(super) fn open<T>(
        doors: [&dyn Door; 2],
        limits: Limits,
        memory: &Arc<Memory>,
        then: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        thread::scope(|scope| {
            let (a, work_a) = channel();
            let (b, work_b) = channel();
            let serve = |door, work| scope.spawn(move || serve(door, limits, memory, &work));
            let threads = [serve(doors[0], work_a), serve(doors[1], work_b)];
            let pair = Self { jobs: [a, b] };
            let told = then(&pair);
            drop(pair);
            // Why a side could not work says more than that it did not.
            threads.into_iter().try_for_each(end)?;
            told
        })
    }

    /// Does the same with both sides; the number of the side is 0 or 1.
    pub(super) fn both<T: Send + 'static>(
        &self,
        job: impl Fn(usize, &mut Side<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Result<[T; 2]> {
        let job = Arc::new(job);
        let told = [0, 1].map(|number: usize| {
            let (tell, told): (Sender<Result<T>>, _) = channel();
            let job = Arc::clone(&job);
            // A side that is gone is told by its thread.
            let _ = self.jobs[number].send(Box::new(move |side| drop(tell.send(job(number, side)))));
            told
        });
        let [a, b] = told.map(|told| told.recv().unwrap_or_else(|_| Err(Error::new("a side is not there any more"))));
        Ok([a?, b?])
    }
}

fn serve(door: &dyn Door, limits: Limits, memory: &Arc<Memory>, work: &Receiver<Job>) -> Result<()> {
    door.enter(&mut |source| {
        let mut side = Side::open(source, limits, memory)?;
        work.iter().for_each(|job| job(&mut side));
        Ok(())
    })
}

fn end(thread: ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
