//! The tag of a baseline: made with the commit that it names, and given its name after the branch has moved.

use std::path::Path;

use crate::archive::Archive;
use crate::archive::layout::{BASELINE_TAGS, BaselineName};
use crate::error::{Error, Result};
use crate::git::{Id, Identity, Moved, NewTag, PackWriter, Person, Repo};

/// How a line of the journal about a tag begins.
const NOTE: &str = "tag ";

/// A tag that is stored and may not have its name yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct Tagging {
    name: String,
    id: Id,
    /// The tag of a commit that was made anew, in whose place this one comes.
    old: Option<Id>,
}

impl Tagging {
    /// The same in the place of another one, if there is one.
    pub(in crate::archive) fn in_place_of(self, old: Option<Id>) -> Self {
        Self { old, ..self }
    }

    /// Writes the tag of the commit that brings a baseline; signed if git is told to.
    pub(in crate::archive) fn write(
        repo: &Repo,
        pack: &mut PackWriter<'_>,
        baseline: &BaselineName,
        commit: Id,
        who: &Identity,
    ) -> Result<Self> {
        let name = baseline.tag();
        let short = name.strip_prefix("refs/tags/").unwrap_or(&name);
        let message = format!("baseline {baseline}\n");
        let id = NewTag { commit, name: short, message: &message, who: &who.committer }.write(repo, pack)?;
        Ok(Self { name, id, old: None })
    }

    /// What the journal says until the tag has its name.
    pub(in crate::archive) fn note(&self) -> String {
        let old = self.old.map_or_else(String::new, |old| format!(" {old}"));
        format!("{NOTE}{} {}{old}", self.id, self.name)
    }

    /// Reads a line of the journal; nothing if it is about something else.
    pub(in crate::archive) fn noted(line: &str) -> Option<Self> {
        let (id, name) = line.strip_prefix(NOTE)?.split_once(' ')?;
        let (name, old) = name.split_once(' ').map_or((name, None), |(name, old)| (name, Some(old)));
        let old = old.map(Id::from_hex).transpose().ok()?;
        let is_ours = name.strip_prefix(BASELINE_TAGS).is_some_and(|name| BaselineName::parse(name).is_ok());
        is_ours.then_some(Self { name: name.to_owned(), id: Id::from_hex(id).ok()?, old })
    }

    /// Its full name.
    pub(in crate::archive) fn name(&self) -> &str {
        &self.name
    }

    /// Gives the tag its name; by the mark a lock is known that a kill leaves behind.
    pub(in crate::archive) fn point(&self, repo: &Repo, who: &Person, mark: &Path) -> Result<()> {
        let there = repo.read_ref(&self.name)?.filter(|there| Some(*there) == self.old);
        let moved = match there {
            Some(old) => {
                let ids = (old, self.id);
                repo.compare_and_swap_marked(&self.name, ids, "baseline", who, mark, &mut || Ok(()))?
            }
            None => repo.make_tag_marked(&self.name, self.id, "baseline", who, mark)?,
        };
        match moved {
            Moved::Moved => Ok(()),
            Moved::Lost { actual } if actual == Some(self.id) => Ok(()),
            Moved::Lost { .. } => Err(Error::new(format!("cannot make {}", self.name))
                .because("somebody made a tag of that name in the meantime")
                .hint("`batool archive verify` tells whether it is the right one")),
        }
    }

    /// Gives the tag its name if the branch has the commit: a kill may have come between the two.
    pub(in crate::archive) fn complete(&self, archive: &Archive, mark: &Path) -> Result<()> {
        let repo = archive.repo();
        if !repo.has(self.id) || repo.read_ref(&self.name)?.is_some_and(|there| Some(there) != self.old) {
            return Ok(());
        }
        let Ok(commit) = archive.commit_of_tag(&self.name, self.id)? else { return Ok(()) };
        let mut is_there = false;
        archive.history(archive.tip()?.commit, &mut |id, _| {
            is_there = id == commit;
            Ok(!is_there)
        })?;
        // Who tidies up need not be somebody who could commit.
        let nobody = || Person { name: b"batool".to_vec(), email: Vec::new(), time: "0 +0000".to_owned() };
        let who = repo.identity().map_or_else(|_| nobody(), |who| who.committer);
        if is_there { self.point(repo, &who, mark) } else { Ok(()) }
    }
}
