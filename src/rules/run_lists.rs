//! The lists of the run ledger: what each run should list, held against what its row lists.
//!
//! Nearly always the two are the same, which sums over their fingerprints tell; only where they are not, they are sorted and
//! merged to tell what is wrong. Sums of keyed fingerprints tell sets apart, as in a row that can be judged no id stands twice:
//! such a list is `R_TYPE`, which leaves the row to that rule.

use std::sync::Arc;

use super::Report;
use crate::digest::Fingerprint;
use crate::error::Result;
use crate::finding::Place;
use crate::ledger::{Facts, Run, RunList};
use crate::spill::{Memory, Reader, Sorter};

const RUNS: &str = "audit/run_ledger.jsonl";

/// One list of every run.
pub(super) struct Lists<'a> {
    facts: &'a Facts,
    list: RunList,
    /// The number of the run of each row of the run ledger, if other rows name it.
    numbers: Vec<Option<u32>>,
    /// Which of those rows are judged.
    is_judged: Vec<bool>,
    /// The row of each run that is, by its number.
    row_of: Vec<Option<u32>>,
}

/// How many fingerprints there are, and what they come to in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    count: usize,
    total: u128,
}

impl Sum {
    fn add(&mut self, id: Fingerprint) {
        self.count += 1;
        self.total = self.total.wrapping_add(u128::from_ne_bytes(id.to_bytes()));
    }
}

impl<'a> Lists<'a> {
    pub(super) fn of(facts: &'a Facts, list: RunList) -> Self {
        let numbers: Vec<_> = facts.runs.iter().map(|run| facts.told.number(run.id)).collect();
        let mut row_of = vec![None; facts.told.tallies.len()];
        let mut judge = |(at, run): (usize, &Run)| {
            let Some(number) = numbers[at] else { return run.sound };
            let row = &mut row_of[number as usize];
            // Of several rows of a run, which is said elsewhere, the first that can be judged is.
            let is_judged = run.sound && !facts.told.tallies[number as usize].is_unsure && row.is_none();
            *row = row.or(is_judged.then_some(at as u32));
            is_judged
        };
        let is_judged = facts.runs.iter().enumerate().map(&mut judge).collect();
        Self { facts, list, numbers, is_judged, row_of }
    }

    /// Says what is wrong, and gives how many ids the list of each row should have.
    pub(super) fn check(&self, memory: &Arc<Memory>, out: &mut Report<'_>) -> Result<Vec<usize>> {
        let (mut sums, mut last) = (vec![Sum::default(); self.row_of.len()], vec![None; self.row_of.len()]);
        self.should(&mut |run, id, _| {
            // Those that stand in several rows mostly follow each other.
            if last[run as usize].replace(id) != Some(id) {
                sums[run as usize].add(id);
            }
            Ok(())
        })?;
        let sum_of = |number: &Option<u32>| number.map_or(Sum::default(), |number| sums[number as usize]);
        let differs = |(at, run): (usize, &Run)| {
            let mut sum = Sum::default();
            run.list(self.list, &self.facts.listed).for_each(|id| sum.add(id));
            self.is_judged[at] && sum != sum_of(&self.numbers[at])
        };
        let differs: Vec<bool> = self.facts.runs.iter().enumerate().map(differs).collect();
        let mut counts: Vec<usize> = self.numbers.iter().map(|number| sum_of(number).count).collect();
        if differs.contains(&true) {
            self.compare(memory, &differs, &mut counts, out)?;
            // Other rows of a run should have as many as the one that was compared.
            for at in 0..counts.len() {
                let row = self.numbers[at].and_then(|number| self.row_of[number as usize]);
                counts[at] = row.map_or(counts[at], |row| counts[row as usize]);
            }
        }
        Ok(counts)
    }

    /// Gives every id that a run should list: the number of the run, the id, and the line that it is from.
    fn should(&self, each: &mut dyn FnMut(u32, Fingerprint, u32) -> Result<()>) -> Result<()> {
        let facts = self.facts;
        match self.list {
            RunList::Candidates => facts.accept_writes.iter().try_for_each(|write| match write.run {
                Some(run) => each(run, write.candidate, write.line),
                None => Ok(()),
            }),
            RunList::Failures => {
                facts.told.failed.iter().try_for_each(|(run, at)| match facts.failures.get(at as usize) {
                    Some(failure) => each(run, failure.id, failure.line),
                    None => Ok(()),
                })
            }
            RunList::Decisions | RunList::Predicates => {
                facts.told.decided.iter().try_for_each(|(run, at)| match facts.decisions.get(at as usize) {
                    Some(decision) => each(run, decision.id, decision.line),
                    None => Ok(()),
                })
            }
        }
    }

    /// Finds what is wrong with the rows that differ.
    fn compare(
        &self,
        memory: &Arc<Memory>,
        differs: &[bool],
        counts: &mut [usize],
        out: &mut Report<'_>,
    ) -> Result<()> {
        let (mut should, mut listed) = (Sorter::new(memory), Sorter::new(memory));
        self.should(&mut |run, id, line| match self.row_of[run as usize].filter(|row| differs[*row as usize]) {
            Some(row) => should.push((row, (id, line))),
            None => Ok(()),
        })?;
        let rows = || self.facts.runs.iter().enumerate().filter(|(at, _)| differs[*at]);
        for (at, run) in rows() {
            for (n, id) in run.list(self.list, &self.facts.listed).enumerate() {
                listed.push((at as u32, (id, n as u32)))?;
            }
            counts[at] = 0;
        }
        let (should, listed) = (should.finish()?, listed.finish()?);
        let (mut should, mut listed) = (should.read()?, listed.read()?);
        let (mut wrong, mut missing) = (Sorter::new(memory), Sorter::new(memory));
        while let Some((row, id)) = least(&should, &listed) {
            let line = take(&mut should, row, id)?;
            counts[row as usize] += usize::from(line.is_some());
            while take(&mut should, row, id)?.is_some() {}
            let mut is_listed = false;
            while let Some(n) = take(&mut listed, row, id)? {
                if line.is_none() || is_listed {
                    wrong.push((row, n))?;
                }
                is_listed = true;
            }
            if let Some(line) = line.filter(|_| !is_listed) {
                missing.push((row, line))?;
            }
        }
        let (wrong, missing) = (wrong.finish()?, missing.finish()?);
        let (mut wrong, mut missing) = (wrong.read()?, missing.read()?);
        for (at, run) in rows() {
            self.tell(run, at as u32, counts[at], [&mut wrong, &mut missing], out)?;
        }
        Ok(())
    }

    /// Says what is wrong with one row.
    fn tell(
        &self,
        run: &Run,
        at: u32,
        count: usize,
        [wrong, missing]: [&mut Reader<'_, (u32, u32)>; 2],
        out: &mut Report<'_>,
    ) -> Result<()> {
        let (file, origin) = match self.list {
            RunList::Candidates => ("audit/accept_write_ledger.jsonl", "/candidate_id"),
            RunList::Failures => ("audit/accept_failed.jsonl", "/decision_id"),
            RunList::Decisions | RunList::Predicates => ("audit/decision_log.jsonl", "/decision_id"),
        };
        let member = self.list.member();
        let place = || Place::row(RUNS, run.line.into());
        let from = |line: u32| Place::row(file, line.into()).with(origin);
        let next = |reader: &mut Reader<'_, (u32, u32)>| match reader.head() {
            Some((row, what)) if row == at => reader.advance().map(|()| Some(what)),
            _ => Ok(None),
        };
        // One that is wrong stands for one that is missing.
        while let Some(n) = next(wrong)? {
            let instead = next(missing)?.map(from);
            out.about(&[run.id], &[]).differs(place().with(format!("/{member}/{n}")), instead, || {
                format!("{file} has no row with this {} and the run", &origin[1..])
            });
        }
        let Some(line) = next(missing)? else { return Ok(()) };
        let mut lacking = 1;
        while next(missing)?.is_some() {
            lacking += 1;
        }
        out.about(&[run.id], &[]).differs(place().with(format!("/{member}")), Some(from(line)), || {
            format!("lacks {lacking} of {count}, first that of {file}:{line}")
        });
        Ok(())
    }
}

/// Row, id, and where it stands.
type Entry = (u32, (Fingerprint, u32));

/// The row and the id that come first in either.
fn least(one: &Reader<'_, Entry>, other: &Reader<'_, Entry>) -> Option<(u32, Fingerprint)> {
    let heads = [one, other].map(|reader| reader.head().map(|(row, (id, _))| (row, id)));
    heads.into_iter().flatten().min()
}

/// Where the id of a row stands next, if it does.
fn take(reader: &mut Reader<'_, Entry>, row: u32, id: Fingerprint) -> Result<Option<u32>> {
    match reader.head() {
        Some((other, (found, at))) if (other, found) == (row, id) => reader.advance().map(|()| Some(at)),
        _ => Ok(None),
    }
}
