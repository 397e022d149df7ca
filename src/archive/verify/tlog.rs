//! The log: its files must be what its leaves give, and every leaf must have its run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Check;
use crate::archive::codes::{LEAF_WITHOUT_RUN, LOG_MISMATCH, SIGNATURE};
use crate::archive::layout::{CHECKPOINT, LOG, RunName};
use crate::archive::leaf::Leaf;
use crate::archive::policy::Policy;
use crate::archive::prove::{Kept, not_continued};
use crate::archive::read::{RunEntry, walk};
use crate::archive::seal::unlike;
use crate::archive::tlog::{Log, MAX_FILE, bundles};
use crate::error::Result;
use crate::finding::Place;
use crate::git::{Id, Kind, Mode};
use crate::tlog::{Checkpoint, leaves_of_bundle};

/// The leaves of the tip's log.
#[derive(Default, Clone)]
pub(super) struct Leaves {
    /// All of them, byte for byte.
    pub(super) bytes: Vec<Vec<u8>>,
    /// Those that could be read, by what they are about.
    by_path: BTreeMap<String, Leaf>,
    /// Every file of the log could be read.
    pub(super) is_read: bool,
}

impl Leaves {
    /// Leaves that are known to be those of a sound log.
    pub(super) fn of(leaves: impl IntoIterator<Item = Leaf>) -> Self {
        let by_path = leaves.into_iter().map(|leaf| (leaf.path(), leaf)).collect();
        Self { bytes: Vec::new(), by_path, is_read: true }
    }

    /// How many runs were added.
    pub(super) fn runs(&self) -> usize {
        self.by_path.values().filter(|leaf| matches!(leaf, Leaf::Run { .. })).count()
    }

    /// The leaf of what stands at a path of the archive.
    pub(super) fn at(&self, path: &str) -> Option<&Leaf> {
        self.by_path.get(path)
    }
}

impl Check<'_> {
    /// The leaf of a run.
    pub(super) fn leaf_of(&self, name: &RunName) -> Option<&Leaf> {
        self.leaves.at(&name.folder())
    }

    /// Reads the log and makes it anew from its leaves.
    pub(super) fn log(&mut self) -> Result<()> {
        let read = self.read_log();
        let is_read = self.unless_damaged(LOG, read)?.is_some();
        Arc::make_mut(&mut self.leaves).is_read = is_read;
        Ok(())
    }

    fn read_log(&mut self) -> Result<()> {
        let repo = self.archive.repo();
        let mut files: BTreeMap<String, Id> = BTreeMap::new();
        let mut odd = Vec::new();
        match repo.entry_at(self.base.tree, LOG.as_bytes())? {
            Some(entry) if entry.mode == Mode::Tree => walk(repo, entry.id, LOG, &mut |path, mode, id| {
                files.insert(path.to_owned(), id);
                odd.extend((mode != Mode::Blob).then(|| path.to_owned()));
            })?,
            Some(_) => odd.push(LOG.to_owned()),
            None => {}
        }
        for path in odd {
            self.say(LOG_MISMATCH, Place::file(path), || "is no plain file".into());
        }
        self.read_leaves(&files)?;
        let mut log = Log::empty(&self.base.config.archive.origin);
        let wanted = log.extend(self.leaves.bytes.iter().map(Vec::as_slice))?;
        for (path, bytes) in wanted {
            let Some(bytes) = bytes else { continue };
            let there = files.remove(&path);
            if path == CHECKPOINT {
                self.checkpoint(there, &log.checkpoint())?;
                continue;
            }
            if there == Some(repo.object_format().id_of(Kind::Blob, &bytes)?) {
                continue;
            }
            let what = if there.is_some() { "is not what the leaves of the log give" } else { "is not there" };
            self.say(LOG_MISMATCH, Place::file(path), || what.into());
        }
        for path in files.into_keys() {
            self.say(LOG_MISMATCH, Place::file(path), || "does not belong to a log of this size".into());
        }
        Ok(())
    }

    fn read_leaves(&mut self, files: &BTreeMap<String, Id>) -> Result<()> {
        for (path, id) in bundles(files) {
            let bundle = self.archive.repo().read_blob(id, MAX_FILE)?;
            let Some(leaves) = leaves_of_bundle(&bundle) else {
                self.say(LOG_MISMATCH, Place::file(path.as_str()), || "ends within a leaf".into());
                continue;
            };
            for bytes in leaves {
                let known = Arc::make_mut(&mut self.leaves);
                known.bytes.push(bytes.to_vec());
                let number = known.bytes.len() as u64;
                let place = || Place::row(path.as_str(), number);
                match Leaf::parse(bytes) {
                    Some(leaf) => {
                        if let Some(other) = known.by_path.insert(leaf.path(), leaf) {
                            self.say(LOG_MISMATCH, place(), || format!("is a second leaf of {}", other.path()));
                        }
                    }
                    None => self.say(LOG_MISMATCH, place(), || "is no leaf that this version knows".into()),
                }
            }
        }
        Ok(())
    }

    /// The checkpoint, which is signed if the policy of the last add asked for that.
    fn checkpoint(&mut self, there: Option<Id>, wanted: &Checkpoint) -> Result<()> {
        let text = there.map(|id| self.archive.repo().read_blob(id, MAX_FILE)).transpose()?;
        let last = self.leaves.bytes.last().and_then(|bytes| Leaf::parse(bytes));
        let policy = last.map_or_else(|| Ok(Some(Policy::default())), |leaf| self.known_policy(&leaf))?;
        let is_it = |text: &[u8]| Checkpoint::parse(text).is_ok_and(|it| it == *wanted);
        let (code, form) = match (text.as_deref(), policy) {
            // The run that was added under a policy that is not known is told by itself.
            (Some(text), None) if is_it(text) => return Ok(()),
            (Some(text), Some(policy)) => match unlike(text, wanted, &policy) {
                None => return Ok(()),
                Some(why) => why,
            },
            _ => (LOG_MISMATCH, String::new()),
        };
        let why = match text.map(|text| Checkpoint::parse(&text)) {
            None => "is not there".to_owned(),
            Some(Err(error)) => format!("is no checkpoint: {}", error.causes().join(": ")),
            Some(Ok(it)) if it.origin != wanted.origin => {
                format!("is that of {}, and the archive is {}", it.origin, wanted.origin)
            }
            Some(Ok(it)) if it.size != wanted.size => {
                format!("says {} leaves, and there are {}", it.size, wanted.size)
            }
            Some(Ok(it)) if it.root != wanted.root => "has another root than the leaves give".to_owned(),
            Some(Ok(_)) => {
                self.say(code, Place::file(CHECKPOINT), || form);
                return Ok(());
            }
        };
        self.say(LOG_MISMATCH, Place::file(CHECKPOINT), || why);
        Ok(())
    }

    /// The log must continue a checkpoint that somebody kept; else this says since when it cannot have done.
    pub(super) fn continues(&mut self, kept: &Kept) -> Result<()> {
        if let Some(why) = &kept.unsigned {
            self.say(SIGNATURE, Place::file(CHECKPOINT), || format!("the one that was kept {why}"));
        }
        let kept = &kept.checkpoint;
        let origin = &self.base.config.archive.origin;
        let Some((code, why)) = not_continued(kept, origin, &self.leaves.bytes) else { return Ok(()) };
        let mut since = None;
        self.archive.history(self.base.commit, &mut |id, commit| {
            let entry = self.archive.repo().entry_at(commit.tree, CHECKPOINT.as_bytes())?;
            let text = entry.map(|entry| self.archive.repo().read_blob(entry.id, MAX_FILE)).transpose()?;
            let size = text.and_then(|text| Checkpoint::parse(&text).ok()).map_or(0, |checkpoint| checkpoint.size);
            let is_long_enough = size >= kept.size;
            if is_long_enough {
                since = Some(id);
            }
            Ok(is_long_enough)
        })?;
        let since = since.map_or_else(String::new, |id| format!("; they were so in commit {id} already"));
        self.say(code, Place::file(CHECKPOINT), || format!("does not continue the one that was kept: {why}{since}"));
        Ok(())
    }

    /// Leaves without what they are about.
    pub(super) fn vanished(&mut self, runs: &[RunEntry]) -> Result<()> {
        let repo = self.archive.repo();
        let there: std::collections::HashSet<String> = runs.iter().map(|run| run.name.folder()).collect();
        let mut gone = Vec::new();
        for (path, leaf) in &self.leaves.by_path {
            let is_there = match leaf {
                Leaf::Run { .. } => there.contains(path),
                Leaf::Certificate { .. } | Leaf::Baseline { .. } => {
                    repo.entry_at(self.base.tree, path.as_bytes())?.is_some()
                }
            };
            if !is_there {
                gone.push(path.clone());
            }
        }
        for path in gone {
            self.say(LEAF_WITHOUT_RUN, Place::file(path), || "was added, and is not there".into());
        }
        Ok(())
    }
}
