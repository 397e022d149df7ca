//! The branch moves to where a replay led, and work tree and index with it.

use crate::archive::journal;
use crate::archive::worktree::{Placing, WorkTree};
use crate::archive::{Archive, Base};
use crate::error::Result;
use crate::git::Moved;

impl Archive {
    /// Moves the branch from one state to another; false if it is not at the first any more.
    pub(super) fn follow(&self, old: &Base, new: &Base, message: &str) -> Result<bool> {
        let repo = self.repo();
        let queue = journal::Queue::wait(repo)?;
        journal::repair(self, &queue)?;
        let work = WorkTree::of(self)?;
        let mut placing = match &work {
            Some(work) => Some(work.begin_move(&queue, old, new)?),
            None => None,
        };
        if let Some(placing) = &mut placing {
            placing.write(&[], false)?;
        }
        let mut follow = || placing.as_mut().map_or(Ok(()), Placing::follow);
        let (ids, who) = ((old.commit, new.commit), repo.identity()?.committer);
        match repo.compare_and_swap_marked(self.branch(), ids, message, &who, &queue.branch_mark, &mut follow)? {
            Moved::Moved => placing.map_or(Ok(()), Placing::finish).map(|()| true),
            Moved::Lost { .. } => Ok(false),
        }
    }
}
