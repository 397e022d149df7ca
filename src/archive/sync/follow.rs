//! The branch moves to where a replay led, and work tree and index with it.

use crate::archive::baseline::Tagging;
use crate::archive::journal;
use crate::archive::worktree::{Placing, WorkTree};
use crate::archive::{Archive, Base};
use crate::error::{Doing, Result};
use crate::git::Moved;

impl Archive {
    /// Moves the branch from one state to another, and then the tags that come with it; false if it is not at the first
    /// any more.
    pub(super) fn follow(&self, old: &Base, new: &Base, message: &str, tags: &[Tagging]) -> Result<bool> {
        let repo = self.repo();
        let queue = journal::Queue::wait(repo)?;
        journal::repair(self, &queue)?;
        let work = WorkTree::of(self)?;
        let notes: Vec<String> = tags.iter().map(Tagging::note).collect();
        let mut placing = match &work {
            Some(work) => Some(work.begin_move(&queue, old, new, &notes)?),
            None if notes.is_empty() => None,
            None => queue.note(&notes).map(|()| None)?,
        };
        if let Some(placing) = &mut placing {
            placing.write(&[], false)?;
        }
        let mut follow = || placing.as_mut().map_or(Ok(()), Placing::follow);
        let (ids, who) = ((old.commit, new.commit), repo.identity()?.committer);
        match repo.compare_and_swap_marked(self.branch(), ids, message, &who, &queue.branch_mark, &mut follow)? {
            Moved::Moved => {
                let doing =
                    || "commits are made anew, and a tag is not; the next batool command tries again".to_owned();
                tags.iter().try_for_each(|tag| tag.point(repo, &who, &queue.tag_mark)).doing(doing)?;
                match placing {
                    Some(placing) => placing.finish()?,
                    None if notes.is_empty() => {}
                    None => queue.note(&[])?,
                }
                Ok(true)
            }
            Moved::Lost { .. } => Ok(false),
        }
    }
}
