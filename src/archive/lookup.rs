//! Looking up many runs of one state: each folder on the way is read once, however many names lead through it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::base::is_run;
use super::layout::{RUNS, RunName};
use super::{Archive, Base, RunEntry};
use crate::error::{Error, Result};
use crate::git::{Id, Mode, Repo};

/// The runs of one state, and what is known of its folders.
pub struct Lookup<'a> {
    repo: &'a Repo,
    commit: Id,
    tree: Id,
    /// The folders in each folder, by name.
    folders: HashMap<Id, HashMap<Vec<u8>, Id>>,
}

impl Archive {
    /// Looks runs of a state up by their names.
    pub fn lookup(&self, base: &Base) -> Lookup<'_> {
        Lookup { repo: self.repo(), commit: base.commit, tree: base.tree, folders: HashMap::new() }
    }

    /// The run of this name in a state.
    ///
    /// # Errors
    /// When there is none, or objects cannot be read.
    pub fn run(&self, base: &Base, name: &str) -> Result<RunEntry> {
        self.lookup(base).run(name)
    }

    /// The runs of a state whose names `is_wanted` takes.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn runs_like(&self, base: &Base, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<RunEntry>> {
        Ok(self.runs(base)?.into_iter().filter(|run| is_wanted(run.name.as_str())).collect())
    }
}

impl Lookup<'_> {
    /// The run of this name.
    ///
    /// # Errors
    /// When there is none, or objects cannot be read.
    pub fn run(&mut self, name: &str) -> Result<RunEntry> {
        let found = match RunName::parse(name) {
            Ok(name) => self.tree_of(&name)?.map(|tree| RunEntry { name, tree }),
            Err(_) => None,
        };
        found.ok_or_else(|| {
            Error::new(format!("there is no run called {name} at {}", self.commit))
                .hint("`batool archive list` shows all runs")
        })
    }

    fn tree_of(&mut self, name: &RunName) -> Result<Option<Id>> {
        let mut at = self.tree;
        for component in [RUNS].into_iter().chain(name.as_str().split('/')) {
            let folders = match self.folders.entry(at) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let entries = self.repo.read_tree(at)?.into_iter().filter(|entry| entry.mode == Mode::Tree);
                    new.insert(entries.map(|entry| (entry.name, entry.id)).collect())
                }
            };
            match folders.get(component.as_bytes()) {
                Some(id) => at = *id,
                None => return Ok(None),
            }
        }
        Ok(is_run(&self.repo.read_tree(at)?).then_some(at))
    }
}
