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

/// One folder: its entries by name, and up to two names for each collision key.
struct Folder {
    entries: HashMap<Vec<u8>, TreeEntry>,
    alike: HashMap<String, Vec<Vec<u8>>>,
}

impl Folder {
    fn read(repo: &Repo, id: Id) -> Result<Self> {
        let mut folder = Self { entries: HashMap::new(), alike: HashMap::new() };
        for entry in repo.read_tree(id)? {
            let names = folder.alike.entry(collision_key(&String::from_utf8_lossy(&entry.name))).or_default();
            if names.len() < 2 {
                names.push(entry.name.clone());
            }
            folder.entries.insert(entry.name.clone(), entry);
        }
        Ok(folder)
    }

    /// Another name that differs from this one only by case or Unicode form.
    fn nearly(&self, name: &str) -> Option<String> {
        let names = self.alike.get(&collision_key(name))?;
        names
            .iter()
            .find(|other| other.as_slice() != name.as_bytes())
            .map(|other| String::from_utf8_lossy(other).into())
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
            if let Some(other) = folder.nearly(component) {
                return clash(format!("{above}{other} differs from it only by case or Unicode form"));
            }
            let Some(entry) = folder.entries.get(component.as_bytes()) else { return Ok(()) };
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
