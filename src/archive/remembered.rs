//! What was seen published, kept for each remote in the git directory: a remote whose log is shorter or other than it
//! was is told, with both checkpoints.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Archive;
use super::layout::CHECKPOINT;
use super::prove::not_continued;
use super::tlog::{MAX_FILE, leaves_in};
use crate::error::{Doing, Error, Result};
use crate::git::Id;
use crate::tlog::Checkpoint;

/// Where checkpoints are kept, in the git directory.
const FOLDER: &str = "batool-remembered";

/// A remote that does not continue what was seen of it.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Its remote-tracking reference.
    pub reference: String,
    /// Why not, and both checkpoints.
    pub text: String,
    /// What to do.
    pub hint: String,
}

impl Alarm {
    /// The alarm as an error: what should be done next rests on what is published.
    pub(super) fn error(self, doing: &str) -> Error {
        Error::new(doing).because(self.text).hint(self.hint)
    }
}

impl Archive {
    /// Compares what each remote has, as far as git has fetched it, with what was seen of it before, and remembers it
    /// where it continues that.
    ///
    /// # Errors
    /// When references or objects cannot be read.
    pub fn alarms(&self) -> Result<Vec<Alarm>> {
        let mut alarms = Vec::new();
        for remote in self.repo().remotes() {
            match self.repo().read_ref(&self.tracking(&remote))? {
                None => alarms.extend(self.alarm_of_nothing(&remote)),
                Some(id) => match self.alarm(&remote, id)? {
                    Some(alarm) => alarms.push(alarm),
                    None => self.remember(&remote, id)?,
                },
            }
        }
        Ok(alarms)
    }

    /// A remote whose branch is gone, if anything of it was seen before.
    pub(super) fn alarm_of_nothing(&self, remote: &str) -> Option<Alarm> {
        let file = self.remembered(remote);
        let before = fs::read(&file).ok()?;
        let before = Checkpoint::parse(&before).map_or_else(|_| "something unreadable".to_owned(), |kept| told(&kept));
        let text = format!("{remote} has no {} any more; seen before: {before}", self.branch());
        Some(Alarm { reference: self.tracking(remote), text, hint: hint(remote, &file) })
    }

    /// Compares one remote, by a commit that it has, and remembers nothing.
    pub(super) fn alarm(&self, remote: &str, id: Id) -> Result<Option<Alarm>> {
        let repo = self.repo();
        let file = self.remembered(remote);
        let alarm = |text: String| Alarm { reference: self.tracking(remote), text, hint: hint(remote, &file) };
        let before = match fs::read(&file).ok().map(|text| Checkpoint::parse(&text)) {
            Some(Err(_)) => {
                let text = format!("what was seen of {remote} before cannot be read any more: {}", file.display());
                return Ok(Some(alarm(text)));
            }
            before => before.transpose()?,
        };
        let tree = repo.read_commit(id)?.tree;
        let now = Checkpoint::parse(&self.note_at(tree)?).ok();
        let why = match (&before, &now) {
            (None, None) => return Ok(None),
            (Some(before), Some(now)) if before == now => return Ok(None),
            (Some(before), Some(now)) => not_continued(before, &now.origin, &leaves_in(repo, tree)?),
            (Some(_), None) => Some(("", "it is no archive's any more".to_owned())),
            (None, Some(_)) => None,
        };
        let (Some(before), Some((_, why))) = (before, why) else { return Ok(None) };
        let now = now.as_ref().map_or_else(|| "none".to_owned(), told);
        let before = told(&before);
        Ok(Some(alarm(format!(
            "{remote} does not continue what was seen of it: {why}; seen before: {before}; now, in {id}: {now}"
        ))))
    }
}

fn told(checkpoint: &Checkpoint) -> String {
    checkpoint.to_text().trim().replace('\n', " ")
}

fn hint(remote: &str, file: &Path) -> String {
    format!("published runs do not go away: ask whoever runs {remote}; if it is meant, remove {}", file.display())
}

impl Archive {
    /// Remembers what a remote has. The remote-tracking reference must have it already: what is remembered is never
    /// ahead of that, or a kill in between would seem a rollback.
    pub(super) fn remember(&self, remote: &str, id: Id) -> Result<()> {
        let note = self.note_at(self.repo().read_commit(id)?.tree)?;
        let file = self.remembered(remote);
        if !note.is_empty() && fs::read(&file).ok().as_deref() != Some(&note) {
            // Whoever may only read can do without.
            let _ = keep(&file, &note);
        }
        Ok(())
    }

    fn remembered(&self, remote: &str) -> PathBuf {
        self.repo().common_dir().join(FOLDER).join(remote).join(self.short_branch())
    }

    fn note_at(&self, tree: Id) -> Result<Vec<u8>> {
        let entry = self.repo().entry_at(tree, CHECKPOINT.as_bytes())?.filter(|entry| entry.mode.is_file());
        Ok(entry.map(|entry| self.repo().read_blob(entry.id, MAX_FILE)).transpose()?.unwrap_or_default())
    }
}

/// Keeps a checkpoint, whole or not at all.
fn keep(file: &PathBuf, note: &[u8]) -> Result<()> {
    let doing = || format!("cannot write {}", file.display());
    let folder = file.parent().ok_or_else(|| Error::new(doing()))?;
    fs::create_dir_all(folder).doing(doing)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder).doing(doing)?;
    beside.write_all(note).and_then(|()| beside.as_file().sync_all()).doing(doing)?;
    beside.persist(file).doing(doing).map(drop)
}
