//! Which run made which claim, as `run_id` metadata say.

use std::collections::BTreeSet;

use super::Claim;
use crate::digest::{Fingerprint, FingerprintMap};

/// The runs that made claims.
#[derive(Default)]
pub(crate) struct ClaimRuns {
    numbers: FingerprintMap<u32>,
    pub(crate) runs: Vec<ClaimRun>,
    /// The run that was looked up last, and its number.
    last: Option<(String, u32)>,
}

/// What the claims of one run come to.
pub(crate) struct ClaimRun {
    pub(crate) id: Fingerprint,
    pub(crate) claims: u64,
    /// The predicates of those claims, by number.
    pub(crate) predicates: BTreeSet<u32>,
    /// Line of the first of them in the claims table.
    pub(crate) line: u32,
}

impl ClaimRuns {
    /// Takes the run of a claim, with its predicate and its line; gives the number of the run, from 1.
    pub(super) fn add(&mut self, run: &str, predicate: u32, line: u32) -> u32 {
        if self.last.as_ref().is_none_or(|(last, _)| last != run) {
            let id = Fingerprint::of(run.as_bytes());
            let next = self.runs.len() as u32;
            let number = *self.numbers.entry(id).or_insert(next);
            if number == next {
                self.runs.push(ClaimRun { id, claims: 0, predicates: BTreeSet::new(), line });
            }
            self.last = Some((run.to_owned(), number));
        }
        let Some((_, number)) = self.last else { return 0 };
        let run = &mut self.runs[number as usize];
        run.claims += 1;
        run.predicates.insert(predicate);
        run.line = run.line.min(line);
        number + 1
    }

    /// The run with this id.
    pub(crate) fn run(&self, id: Fingerprint) -> Option<&ClaimRun> {
        self.numbers.get(&id).map(|number| &self.runs[*number as usize])
    }

    /// The id of the run that made a claim.
    pub(crate) fn of_claim(&self, claim: &Claim) -> Option<Fingerprint> {
        let number = claim.run.checked_sub(1)?;
        Some(self.runs[number as usize].id)
    }
}
