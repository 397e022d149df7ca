//! What is asked of a tag that wants to be a baseline's: it never moves, and names the commit that brought the baseline.

use super::Ruling;
use super::receive::Update;
use crate::archive::Archive;
use crate::archive::codes::BASELINE_TAG;
use crate::archive::layout::{BASELINE_TAGS, BaselineName};
use crate::error::Result;
use crate::git::Id;

impl Archive {
    /// Looks at a tag that is to be made where there was none; `tip` is what the archive's branch will be, if the commit
    /// has to lie on it.
    pub(super) fn judge_new_tag(&self, update: &Update, tip: Option<Id>, ruling: &mut Ruling) -> Result<()> {
        if let Some(why) = self.why_no_tag(update, tip)? {
            ruling.refuse(format!("{BASELINE_TAG} {}: {why}", update.name));
            ruling.hint("`batool baseline create` makes a baseline with its tag");
        }
        Ok(())
    }

    pub(in crate::archive) fn why_no_tag(&self, update: &Update, tip: Option<Id>) -> Result<Option<String>> {
        let repo = self.repo();
        let name = update.name.strip_prefix(BASELINE_TAGS).and_then(|name| BaselineName::parse(name).ok());
        let Some(name) = name else { return Ok(Some("is no baseline's name".into())) };
        let id = match self.commit_of_tag(&update.name, update.new)? {
            Ok(id) => id,
            Err(why) => return Ok(Some(why)),
        };
        let holds = |commit: &crate::git::Commit| -> Result<bool> {
            Ok(repo.entry_at(commit.tree, name.file().as_bytes())?.is_some())
        };
        let commit = repo.read_commit(id)?;
        // Behind the cut of a shallow clone nobody sees.
        let parent = commit.parents.first().filter(|parent| repo.has(**parent));
        let was_there = parent.map(|parent| holds(&repo.read_commit(*parent)?)).transpose()?.unwrap_or(false);
        if !holds(&commit)? || was_there {
            return Ok(Some(format!("names commit {id}, which did not bring {}", name.file())));
        }
        let Some(tip) = tip else { return Ok(None) };
        let is_on_it = self.chain(Some(id), tip)?.is_some();
        Ok((!is_on_it).then(|| format!("names commit {id}, which is not on {}", self.branch())))
    }
}
