//! Whether a run of some name can stand beside those that are there. Each folder on the way is looked at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Base;
use super::base::is_run;
use super::layout::{RUNS, RunName};
use crate::error::{Error, Result};
use crate::git::{Id, Mode, Repo, TreeEntry};
use crate::path::collision_key;

/// A state, and what is known of its folders of runs.
pub(super) struct Room {
    tree: Id,
    folders: HashMap<Id, Folder>,
}

/// One folder: up to two entries for each collision key.
struct Folder(HashMap<String, Vec<TreeEntry>>);

impl Folder {
    fn read(repo: &Repo, id: Id) -> Result<Self> {
        let mut alike: HashMap<String, Vec<TreeEntry>> = HashMap::new();
        for entry in repo.read_tree(id)? {
            let entries = alike.entry(collision_key(&entry.name_lossy())).or_default();
            if entries.len() < 2 {
                entries.push(entry);
            }
        }
        Ok(Self(alike))
    }

    /// What has this name, or says which other name differs from it only by case or Unicode form.
    fn find(&self, name: &str) -> std::result::Result<Option<&TreeEntry>, String> {
        let alike = self.0.get(&collision_key(name)).map(Vec::as_slice).unwrap_or_default();
        match alike.iter().find(|other| other.name != name.as_bytes()) {
            Some(other) => Err(other.name_lossy().into_owned()),
            None => Ok(alike.first()),
        }
    }
}

impl Room {
    pub(super) fn of(base: &Base) -> Self {
        Self { tree: base.tree, folders: HashMap::new() }
    }

    /// Says why a run of this name cannot stand there.
    ///
    /// # Errors
    /// When the name clashes, or objects cannot be read.
    pub(super) fn make(&mut self, repo: &Repo, name: &RunName) -> Result<()> {
        let clash = |why: String| {
            Err(Error::new(format!("cannot add a run called {name}"))
                .because(why)
                .hint("choose another name with `--as NAME`"))
        };
        let mut at = match repo.entry_at(self.tree, RUNS.as_bytes())? {
            Some(entry) if entry.mode == Mode::Tree => entry.id,
            Some(_) => return clash(format!("{RUNS} is no folder in the archive")),
            None => return Ok(()),
        };
        let mut components = name.as_str().split('/').peekable();
        let mut above = String::new();
        while let Some(component) = components.next() {
            let folder = match self.folders.entry(at) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Folder::read(repo, at)?),
            };
            let entry = match folder.find(component) {
                Ok(Some(entry)) => entry,
                Ok(None) => return Ok(()),
                Err(other) => return clash(format!("{above}{other} differs from it only by case or Unicode form")),
            };
            if entry.mode != Mode::Tree {
                return clash(format!("{above}{component} is no folder in the archive"));
            }
            above.push_str(component);
            let is_last = components.peek().is_none();
            match (is_run(&repo.read_tree(entry.id)?), is_last) {
                (true, true) => return Ok(()),
                (true, false) => return clash(format!("{above} is a run, and runs do not hold other runs")),
                (false, true) => return clash(format!("{above} is a folder of other runs")),
                (false, false) => {}
            }
            above.push('/');
            at = entry.id;
        }
        Ok(())
    }
}
