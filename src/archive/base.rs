//! One state of an archive: a commit, its tree, and the configuration that holds there.

use super::layout::{CERTIFICATE, CONFIG, PACKAGE, RunName};
use super::policy::Config;
use super::room::Room;
use crate::error::{Error, Result};
use crate::git::{Id, Mode, Repo, TreeEntry};

/// Largest configuration file that is read.
const MAX_CONFIG: u64 = 1 << 20;

/// A commit of an archive, ready to be read or built upon.
#[derive(Debug, Clone)]
pub struct Base {
    /// The commit.
    pub commit: Id,
    /// Its tree.
    pub tree: Id,
    /// The configuration in it.
    pub config: Config,
    /// The blob of the configuration: equal ids, equal policies.
    pub(super) config_id: Id,
    /// The token of the configuration's bytes, as leaves of the log name it.
    pub(super) policy: String,
}

impl Base {
    /// Reads the state at a commit.
    ///
    /// # Errors
    /// When the commit holds no readable configuration.
    pub fn read(repo: &Repo, commit: Id) -> Result<Self> {
        Self::find(repo, commit)?.ok_or_else(|| Error::new(format!("commit {commit} has no {CONFIG}")))
    }

    /// Reads the state at a commit; nothing if it has no configuration, as it is no archive's then.
    pub(super) fn find(repo: &Repo, commit: Id) -> Result<Option<Self>> {
        let tree = repo.read_commit(commit)?.tree;
        Self::find_in(repo, commit, tree)
    }

    /// Reads the state that a tree holds, of a commit that is or will be.
    pub(super) fn of_tree(repo: &Repo, commit: Id, tree: Id) -> Result<Self> {
        Self::find_in(repo, commit, tree)?.ok_or_else(|| Error::new(format!("commit {commit} has no {CONFIG}")))
    }

    fn find_in(repo: &Repo, commit: Id, tree: Id) -> Result<Option<Self>> {
        let entry = repo.entry_at(tree, CONFIG.as_bytes())?.filter(|entry| entry.mode.is_file());
        let Some(entry) = entry else { return Ok(None) };
        let text = repo.read_blob(entry.id, MAX_CONFIG)?;
        let config = Config::parse(&text)?;
        Ok(Some(Self { commit, tree, config, config_id: entry.id, policy: super::token(&text) }))
    }

    /// The tree of a run's folder, if the run is there.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn run(&self, repo: &Repo, name: &RunName) -> Result<Option<Id>> {
        let entry = repo.entry_at(self.tree, name.folder().as_bytes())?;
        Ok(match entry {
            Some(entry) if entry.mode == Mode::Tree && is_run(&repo.read_tree(entry.id)?) => Some(entry.id),
            _ => None,
        })
    }

    /// Says why a run of this name cannot stand beside those that are there.
    ///
    /// # Errors
    /// When the name clashes, or objects cannot be read.
    pub(super) fn make_room(&self, repo: &Repo, name: &RunName) -> Result<()> {
        Room::of(self).make(repo, name)
    }
}

/// A folder is a run if it holds a package or a certificate.
pub(super) fn is_run(entries: &[TreeEntry]) -> bool {
    entries.iter().any(|entry| {
        (entry.name == PACKAGE.as_bytes() && entry.mode == Mode::Tree) || entry.name == CERTIFICATE.as_bytes()
    })
}
