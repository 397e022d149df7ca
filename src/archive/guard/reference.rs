//! What is asked before references move in a clone, whatever moves them: a look at shapes, not at packages.

use std::fs;

use super::Ruling;
use super::receive::Update;
use crate::archive::layout::BASELINE_TAGS;
use crate::archive::step::{self, State};
use crate::archive::{Archive, Base};
use crate::error::Result;
use crate::git::Id;
use crate::judge::Verdict;

impl Archive {
    /// Looks at references that are about to move. What is published only grows; what is not may be replaced.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn judge_references(&self, updates: &[Update]) -> Result<Ruling> {
        let mut ruling = Ruling::default();
        for update in updates {
            let is_branch = update.name == self.branch();
            let is_baseline = update.name.starts_with(BASELINE_TAGS);
            if !is_branch && !is_baseline {
                continue;
            }
            // A null old value means that git does not care, not that nothing is there.
            let there = self.repo().read_ref(&update.name)?;
            if update.new.is_null() {
                if there.is_some()
                    && !self.is_pruning(update)
                    && !(is_baseline && self.is_pending(&update.name, there)?)
                {
                    ruling.refuse(format!("{}: is never deleted", update.name));
                }
            } else if is_baseline {
                match there {
                    Some(there) if there == update.new => {}
                    Some(_) if self.is_pending(&update.name, there)? => {
                        self.judge_new_tag(update, None, &mut ruling)?
                    }
                    Some(_) => ruling.refuse(format!("{}: a baseline's tag never moves", update.name)),
                    None => self.judge_new_tag(update, None, &mut ruling)?,
                }
            } else {
                self.judge_move(there, update.new, &mut ruling)?;
            }
        }
        Ok(ruling)
    }

    /// Refuses to make the archive's branch, or a baseline's tag, a link to another reference; nothing if none of these
    /// names is one of them.
    pub fn judge_links<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<Ruling> {
        let is_ours = |name: &&str| *name == self.branch() || name.starts_with(BASELINE_TAGS);
        let name = names.into_iter().find(is_ours)?;
        let mut ruling = Ruling::default();
        ruling.refuse(format!("{name}: is never a link to another reference"));
        Some(ruling)
    }

    fn judge_move(&self, there: Option<Id>, new: Id, ruling: &mut Ruling) -> Result<()> {
        let repo = self.repo();
        let Some(there) = there.filter(|there| *there != new) else { return Ok(()) };
        // Somebody's branch that happens to have the name.
        if Base::find(repo, there)?.is_none() {
            return Ok(());
        }
        let (base, chain) = match self.chain(Some(there), new)? {
            Some(chain) => (there, chain),
            // What others have not seen may be put differently.
            None => match self.published()?.map(|id| Ok((id, self.chain(Some(id), new)?))).transpose()? {
                Some((id, Some(chain))) => (id, chain),
                // Back among what is pending, or to where it begins: all that is published there stays.
                Some((id, None)) if self.drops_only_pending(there, new, id)? => return Ok(()),
                _ => {
                    ruling.refuse(format!("{}: would not continue what is published", self.branch()));
                    ruling.hint("an archive only grows; `git reflog show` tells where the branch was");
                    return Ok(());
                }
            },
        };
        let mut state = Some(State::read(repo, base)?);
        for id in chain {
            let commit = repo.read_commit(id)?;
            ruling.take_step(&format!("{id}:"), &step::look(repo, &mut state, id, &commit)?);
        }
        if ruling.verdict != Verdict::Verified {
            ruling.hint("runs go in with `batool archive add`");
        }
        Ok(())
    }

    /// True if a line that goes back to one of its commits loses nothing that others have seen.
    fn drops_only_pending(&self, line: Id, to: Id, published: Id) -> Result<bool> {
        let dropped = self.chain(Some(to), line)?.unwrap_or_default();
        let Some(first) = dropped.first() else { return Ok(false) };
        Ok(self.chain(Some(*first), published)?.is_none())
    }

    /// True for a tag of a commit that others have not seen.
    fn is_pending(&self, name: &str, tag: Option<Id>) -> Result<bool> {
        let (Some(tag), Some(published)) = (tag, self.published()?) else { return Ok(false) };
        self.is_pending_on(name, tag, published)
    }

    /// True for a tag of a commit that is not among those that were published.
    pub(in crate::archive) fn is_pending_on(&self, name: &str, tag: Id, published: Id) -> Result<bool> {
        Ok(match self.commit_of_tag(name, tag)? {
            Ok(commit) => self.chain(Some(commit), published)?.is_none(),
            Err(_) => false,
        })
    }

    /// True if git only takes away the loose form of a reference that it has packed: then `packed-refs` holds it and is
    /// not being rewritten, as it is when a packed reference is deleted.
    fn is_pruning(&self, update: &Update) -> bool {
        let packed = self.repo().common_dir().join("packed-refs");
        let line = format!("{} {}", update.old, update.name);
        let holds = fs::read_to_string(&packed).is_ok_and(|text| text.lines().any(|other| other == line));
        holds && !packed.with_extension("lock").exists()
    }
}
