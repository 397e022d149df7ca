//! Work shared out among threads. What is found, and in which order it is told, does not depend on how many there are.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};

use super::policies::Policies;
use super::tlog::Leaves;
use super::{Check, Judgements, RunReport};
use crate::archive::earlier::Earlier;
use crate::archive::policy::Policy;
use crate::archive::read::RunEntry;
use crate::archive::{Archive, Base};
use crate::error::Result;
use crate::finding::Tally;

/// More would take the disk and the memory of others: each has a package of its own at work.
const MOST_THREADS: usize = 4;
/// So many runs are taken at a time: neighbours lie in trees and packs that were just read.
const AT_A_TIME: usize = 8;

/// A look that is to begin in another thread, with an archive of its own.
struct Beginning<'a> {
    archive: Archive,
    base: Base,
    leaves: Arc<Leaves>,
    policies: Policies,
    held: Option<&'a Policy>,
    earlier: Option<Earlier>,
}

/// What a look in another thread found, beside its answer.
#[derive(Default)]
struct Found {
    tallies: BTreeMap<&'static str, Tally>,
    judged: Judgements,
}

/// An answer that another thread is working on.
pub(super) struct Pending<'scope, T>(ScopedJoinHandle<'scope, (Found, Result<T>)>);

impl<'a> Check<'a> {
    fn beginning(&self) -> Beginning<'a> {
        Beginning {
            archive: self.archive.for_a_thread(),
            base: self.base.clone(),
            leaves: Arc::clone(&self.leaves),
            policies: self.policies.clone(),
            held: self.held,
            earlier: self.earlier.clone(),
        }
    }

    /// Has another thread look at something.
    pub(super) fn spawn<'scope, T: Send + 'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        look: impl FnOnce(&mut Check<'_>) -> Result<T> + Send + 'scope,
    ) -> Pending<'scope, T>
    where
        'a: 'scope,
    {
        let beginning = self.beginning();
        Pending(scope.spawn(move || {
            let Beginning { archive, base, leaves, policies, held, earlier } = beginning;
            let (tallies, judged) = Default::default();
            let mut check = Check { archive: &archive, base, tallies, leaves, policies, held, earlier, judged };
            let answer = look(&mut check);
            (Found { tallies: check.tallies, judged: check.judged }, answer)
        }))
    }

    /// Waits for another thread, and takes over what it found.
    pub(super) fn join<T>(&mut self, pending: Pending<'_, T>) -> Result<T> {
        let (found, answer) = pending.0.join().unwrap_or_else(|panic| resume_unwind(panic));
        for (code, tally) in &found.tallies {
            self.tallies.entry(code).or_default().merge(tally);
        }
        self.judged.now += found.judged.now;
        self.judged.earlier += found.judged.earlier;
        answer
    }

    /// Looks at runs. `progress` is told how many are done, of how many.
    pub(super) fn run_all(
        &mut self,
        runs: &[RunEntry],
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<RunReport>> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let others = cores.min(MOST_THREADS).min(runs.len().div_ceil(AT_A_TIME)).saturating_sub(1);
        let queue = &Queue { runs, next: AtomicUsize::new(0), done: AtomicUsize::new(0) };
        let mut reports = thread::scope(|scope| {
            let pending: Vec<_> =
                (0..others).map(|_| self.spawn(scope, |check| queue.work(check, &mut |_, _| {}))).collect();
            let mine = queue.work(self, progress);
            let theirs: Vec<_> = pending.into_iter().map(|pending| self.join(pending)).collect();
            let mut reports = mine?;
            for more in theirs {
                reports.extend(more?);
            }
            Ok::<_, crate::error::Error>(reports)
        })?;
        reports.sort_unstable_by_key(|(number, _)| *number);
        Ok(reports.into_iter().map(|(_, report)| report).collect())
    }
}

/// Runs that wait for a thread.
struct Queue<'r> {
    runs: &'r [RunEntry],
    next: AtomicUsize,
    done: AtomicUsize,
}

impl Queue<'_> {
    /// Looks at runs as long as there are any; what came of them, by their places among all.
    fn work(&self, check: &mut Check<'_>, progress: &mut dyn FnMut(usize, usize)) -> Result<Vec<(usize, RunReport)>> {
        let all = self.runs.len();
        let mut reports = Vec::new();
        loop {
            let start = self.next.fetch_add(AT_A_TIME, Ordering::Relaxed);
            if start >= all {
                return Ok(reports);
            }
            for (number, run) in self.runs.iter().enumerate().skip(start).take(AT_A_TIME) {
                // Nobody asks for the others if one could not be looked at.
                let report = check.run(run).inspect_err(|_| self.next.store(all, Ordering::Relaxed))?;
                reports.push((number, report));
                progress(self.done.fetch_add(1, Ordering::Relaxed) + 1, all);
            }
        }
    }
}
