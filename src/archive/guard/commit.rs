//! What is asked of a commit that git is about to make: the index that git names, not the work tree.

use super::{Ruling, names};
use crate::archive::step::{self, State};
use crate::archive::{Archive, Base};
use crate::error::Result;
use crate::git::Commit;
use crate::judge::Verdict;

impl Archive {
    /// Judges what is staged as the next commit of the archive's branch; anything passes on other branches.
    ///
    /// `is_merge` says that the commit will have several parents.
    ///
    /// # Errors
    /// When the index or objects cannot be read, or git cannot be run.
    pub fn judge_staged(&self, is_merge: bool) -> Result<Ruling> {
        let repo = self.repo();
        let mut ruling = Ruling::default();
        let head = repo.head()?;
        let Some(parent) = head.id.filter(|_| head.branch.as_deref() == Some(self.branch())) else { return Ok(ruling) };
        if Base::find(repo, parent)?.is_none() {
            return Ok(ruling);
        }
        let tree = repo.staged_tree()?;
        let parents = if is_merge { vec![parent, parent] } else { vec![parent] };
        let (author, committer, message) = Default::default();
        let commit = Commit { tree, parents, author, committer, message, is_signed: false };
        let mut state = Some(State::read(repo, parent)?);
        let step = step::look(repo, &mut state, parent, &commit)?;
        ruling.take_step("", &step);
        if ruling.verdict != Verdict::Verified {
            ruling.hint("`git status` shows what is staged; runs go in with `batool archive add`, or with --stage and `git commit`");
            return Ok(ruling);
        }
        let Some(state) = state else { return Ok(ruling) };
        let told = names(&step.stored);
        let findings = self.judge_brought(state.base, step, None, &mut |_, _| {})?;
        ruling.take_findings(&findings);
        if ruling.verdict != Verdict::Verified {
            ruling.hint(&format!("`batool verify index:runs/NAME/package` tells more: {told}"));
        }
        Ok(ruling)
    }
}
