//! Every commit from the root on, or from a revision on.

use std::collections::HashSet;

use super::Check;
use crate::archive::Archive;
use crate::archive::changes::Changes;
use crate::archive::codes::{HISTORY_CHANGED, INCOMPLETE};
use crate::archive::read::RunEntry;
use crate::archive::step::{self, State};
use crate::error::{Doing, Error, Result};
use crate::finding::Place;
use crate::git::Id;

/// What the walk came to.
pub(super) struct Walked {
    pub(super) commits: usize,
    /// Every run in every form that it ever had.
    pub(super) stored: Vec<RunEntry>,
}

impl Check<'_> {
    /// Runs that are not in an older state as they are now. Whatever else became of what stood there is said.
    pub(super) fn since(&mut self, older: Id) -> Result<Vec<RunEntry>> {
        let repo = self.archive.repo();
        let tree = repo.read_commit(older)?.tree;
        let changes = Changes::between(repo, Some(tree), self.base.tree)?;
        for (path, what) in changes.forbidden {
            self.say(HISTORY_CHANGED, Place::file(path), || format!("{what} since {older}"));
        }
        for baseline in &changes.baselines {
            let checked = self.baseline(baseline);
            self.unless_damaged(&baseline.name.file(), checked)?;
        }
        let mut recertified: Vec<RunEntry> = changes.further.into_iter().map(|further| further.run).collect();
        recertified.dedup();
        Ok([changes.added, changes.changed, recertified].concat())
    }

    /// Walks the commits after `since`, or all, in the order in which they were made.
    pub(super) fn history(&mut self, since: Option<Id>) -> Result<Walked> {
        let repo = self.archive.repo();
        for why in self.archive.why_incomplete()? {
            self.say(INCOMPLETE, Place::package(), || why.to_owned());
        }
        let mut chain = Vec::new();
        let mut is_met = false;
        self.archive.history(self.base.commit, &mut |id, _| {
            is_met = since == Some(id);
            if !is_met {
                chain.push(id);
            }
            Ok(!is_met)
        })?;
        if let Some(since) = since.filter(|_| !is_met) {
            return Err(Error::new(format!("cannot verify since {since}"))
                .because("it is not in the history of the archive's branch")
                .hint("git log --first-parent shows what is"));
        }
        let mut walked = Walked { commits: chain.len(), stored: Vec::new() };
        let mut state = since.map(|since| State::read(repo, since)).transpose()?;
        for id in chain.into_iter().rev() {
            let commit = repo.read_commit(id).doing(|| format!("cannot walk history at {id}"))?;
            // Behind the cut of a shallow clone nobody sees.
            if state.is_none() && !commit.parents.is_empty() {
                state = self.unless_damaged(&format!("{id}:"), State::read(repo, id))?;
                continue;
            }
            let step = step::look(repo, &mut state, id, &commit);
            let Some(step) = self.unless_damaged(&format!("{id}:"), step)? else { continue };
            for fault in step.faults {
                self.say(fault.code, Place::file(format!("{id}:{}", fault.path)), || fault.text);
            }
            walked.stored.extend(step.stored);
            walked.stored.extend(step.recertified);
        }
        Ok(walked)
    }

    /// Runs that were stored once and are not there now.
    pub(super) fn gone(stored: Vec<RunEntry>, there: &[RunEntry]) -> Vec<RunEntry> {
        let there: HashSet<(&str, Id)> = there.iter().map(|run| (run.name.as_str(), run.tree)).collect();
        stored.into_iter().filter(|run| !there.contains(&(run.name.as_str(), run.tree))).collect()
    }
}

impl Archive {
    /// Why history as it is seen here need not be the one that was made; nothing if it is.
    pub(in crate::archive) fn why_incomplete(&self) -> Result<Vec<&'static str>> {
        let repo = self.repo();
        let mut why = Vec::new();
        if repo.is_shallow() {
            why.push("this clone is shallow: `git fetch --unshallow`");
        }
        if repo.is_partial() {
            why.push("this clone was made with a filter: `git fetch --refetch --no-filter`");
        }
        if !repo.refs_below("refs/replace/")?.is_empty() {
            why.push("there are replace refs, by which git shows another history: `git replace -l`");
        }
        if repo.has_grafts() {
            why.push("there are grafts, by which git shows another history: see info/grafts");
        }
        Ok(why)
    }
}
