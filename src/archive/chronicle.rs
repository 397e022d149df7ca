//! What was added when: the commits of the archive, all of them or those that concern one run.

use super::Archive;
use super::layout::RUNS;
use crate::error::Result;
use crate::git::{Commit, Id, Mode, Repo};

/// One commit that added runs.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// The commit.
    pub commit: Id,
    /// Its author, `Name <mail> seconds zone`.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// The runs in its trailers.
    pub runs: Vec<String>,
}

const TRAILER: &str = "Batool-Run: ";

impl LogEntry {
    fn of(id: Id, commit: &Commit) -> Self {
        let message = String::from_utf8_lossy(&commit.message);
        Self {
            commit: id,
            author: String::from_utf8_lossy(&commit.author).into_owned(),
            subject: message.lines().next().unwrap_or_default().to_owned(),
            runs: message.lines().filter_map(|line| line.strip_prefix(TRAILER)).map(str::to_owned).collect(),
        }
    }

    /// Trailers are for readers; a run that its user committed has none.
    fn naming(mut self, name: &str) -> Self {
        if !self.runs.iter().any(|run| run == name) {
            self.runs.push(name.to_owned());
        }
        self
    }
}

impl Archive {
    /// The commits of the archive, newest first; with a name, those that this run came with or was changed in.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn log(&self, name: Option<&str>) -> Result<Vec<LogEntry>> {
        let mut log = Vec::new();
        let Some(name) = name else {
            self.history(self.tip()?.commit, &mut |id, commit| {
                log.push(LogEntry::of(id, commit));
                Ok(true)
            })?;
            return Ok(log);
        };
        let mut folder = Folder::new(self.repo(), name);
        // A commit is told once the one before it is known.
        let mut later: Option<(LogEntry, Option<Id>)> = None;
        self.history(self.tip()?.commit, &mut |id, commit| {
            let here = folder.at(commit.tree)?;
            log.extend(later.take().filter(|(_, there)| *there != here).map(|(entry, _)| entry.naming(name)));
            later = Some((LogEntry::of(id, commit), here));
            Ok(true)
        })?;
        log.extend(later.filter(|(_, here)| here.is_some()).map(|(entry, _)| entry.naming(name)));
        Ok(log)
    }

    /// The commit that a run came with; none if history does not show it.
    ///
    /// The newest one that says so and did so ends the search; where none does, the whole of history is looked through.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn added(&self, name: &str) -> Result<Option<LogEntry>> {
        let mut folder = Folder::new(self.repo(), name);
        let mut found = None;
        self.history(self.tip()?.commit, &mut |id, commit| {
            let entry = LogEntry::of(id, commit);
            if entry.runs.iter().any(|run| run == name) && folder.at(commit.tree)?.is_some() {
                let before = match commit.parents.first() {
                    Some(parent) if self.repo().has(*parent) => folder.at(self.repo().read_commit(*parent)?.tree)?,
                    _ => None,
                };
                found = before.is_none().then_some(entry);
            }
            Ok(found.is_none())
        })?;
        match found {
            Some(found) => Ok(Some(found)),
            None => Ok(self.log(Some(name))?.pop()),
        }
    }
}

/// The folder of a run in one tree after another; what is as it was the last time is not read again.
struct Folder<'a> {
    repo: &'a Repo,
    components: Vec<&'a str>,
    /// For each component the tree it was looked for in last, and what was found there.
    last: Vec<Option<(Id, Option<Id>)>>,
}

impl<'a> Folder<'a> {
    fn new(repo: &'a Repo, name: &'a str) -> Self {
        let components: Vec<&str> = std::iter::once(RUNS).chain(name.split('/')).collect();
        Self { repo, last: vec![None; components.len()], components }
    }

    fn at(&mut self, tree: Id) -> Result<Option<Id>> {
        let mut at = tree;
        for (component, last) in self.components.iter().zip(&mut self.last) {
            let found = match last {
                Some((known, found)) if *known == at => *found,
                _ => {
                    let entry = self.repo.entry_at(at, component.as_bytes())?;
                    entry.filter(|entry| entry.mode == Mode::Tree).map(|entry| entry.id)
                }
            };
            *last = Some((at, found));
            match found {
                Some(id) => at = id,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }
}
