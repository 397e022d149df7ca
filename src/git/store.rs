//! Where objects lie: loose or in which pack, without gix's own look-up, which holds whole objects in memory.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use gix::odb::pack::index;

use super::id::Id;

/// Packs that are kept open at a time.
const MOST_OPEN: usize = 32;

/// The object directories of a repository: its own and those it borrows from.
pub(super) struct PackStore {
    format: gix::hash::Kind,
    main: PathBuf,
    state: RefCell<Option<State>>,
}

struct State {
    directories: Vec<PathBuf>,
    packs: Vec<Pack>,
    fresh: BTreeSet<PathBuf>,
}

struct Pack {
    path: PathBuf,
    index: index::File,
    /// The pack itself, once something was read from it.
    file: Option<Arc<File>>,
    /// Git throws away what a cruft pack holds once it is old enough.
    is_cruft: bool,
}

/// Where an object lies.
pub(super) enum Place {
    /// In a file of its own.
    Loose(File, PathBuf),
    /// In this pack, from this byte on.
    Packed(Arc<File>, u64, PathBuf),
}

impl PackStore {
    pub(super) fn new(gix: &gix::Repository) -> Self {
        let main = gix.objects.store_ref().path().to_owned();
        Self { format: gix.object_hash(), main, state: RefCell::new(None) }
    }

    /// Opens what holds the object; looks at the disk again before it says that nothing does.
    pub(super) fn find(&self, id: &Id) -> io::Result<Option<Place>> {
        let mut guard = self.state.borrow_mut();
        let is_new = guard.is_none();
        let state = guard.get_or_insert_with(|| self.load(&self.main));
        if let Some(place) = state.find(id)? {
            return Ok(Some(place));
        }
        if is_new {
            return Ok(None);
        }
        let fresh = std::mem::take(&mut state.fresh);
        *state = State { fresh, ..self.load(&self.main) };
        state.find(id)
    }

    /// True if the object is here, and marked as just used so that a concurrent `git gc` leaves it alone.
    ///
    /// Does not look for packs that came since: then an object is written once more, which harms nobody.
    pub(super) fn keeps(&self, id: &Id) -> bool {
        let mut guard = self.state.borrow_mut();
        let state = guard.get_or_insert_with(|| self.load(&self.main));
        let path = match state.find(id) {
            Ok(Some(Place::Loose(_, path))) => path,
            Ok(Some(Place::Packed(_, _, path))) => {
                if state.packs.iter().any(|pack| pack.is_cruft && pack.path == path) {
                    return false;
                }
                path
            }
            Ok(None) | Err(_) => return false,
        };
        if state.fresh.contains(&path) {
            return true;
        }
        let touched = File::open(&path).and_then(|file| file.set_modified(SystemTime::now())).is_ok();
        if touched {
            state.fresh.insert(path);
        }
        touched
    }

    /// Takes note of a pack that was just written.
    pub(super) fn learn(&self, path: &Path) {
        let mut guard = self.state.borrow_mut();
        // Who has not looked yet will find it.
        let Some(state) = guard.as_mut() else { return };
        if let Ok(index) = index::File::at(path.with_extension("idx"), self.format) {
            state.packs.push(Pack { path: path.to_owned(), index, file: None, is_cruft: false });
        }
    }

    fn load(&self, main: &Path) -> State {
        let mut directories = vec![main.to_owned()];
        if let Ok(cwd) = std::env::current_dir() {
            directories.extend(gix::odb::alternate::resolve(main.to_owned(), &cwd).unwrap_or_default());
        }
        let mut packs = Vec::new();
        for directory in &directories {
            let Ok(entries) = fs::read_dir(directory.join("pack")) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.extension().is_none_or(|extension| extension != "idx") {
                    continue;
                }
                // A pack that vanishes meanwhile was merged into another one; gix answers for what is found nowhere.
                let Ok(index) = index::File::at(&path, self.format) else { continue };
                let is_cruft = path.with_extension("mtimes").exists();
                packs.push(Pack { path: path.with_extension("pack"), index, file: None, is_cruft });
            }
        }
        State { directories, packs, fresh: BTreeSet::new() }
    }
}

impl State {
    /// Keeps a pack's file open; those of others go when there are too many.
    fn hold(&mut self, at: usize, file: File) -> Arc<File> {
        if self.packs.iter().filter(|pack| pack.file.is_some()).count() >= MOST_OPEN {
            self.packs.iter_mut().for_each(|pack| pack.file = None);
        }
        let file = Arc::new(file);
        self.packs[at].file = Some(file.clone());
        file
    }

    fn find(&mut self, id: &Id) -> io::Result<Option<Place>> {
        for at in 0..self.packs.len() {
            let Some(entry) = self.packs[at].index.lookup(id.0) else { continue };
            let file = match &self.packs[at].file {
                Some(file) => file.clone(),
                None => match File::open(&self.packs[at].path) {
                    Ok(file) => self.hold(at, file),
                    Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                    Err(cause) => return Err(cause),
                },
            };
            let pack = &self.packs[at];
            let place = Place::Packed(file, pack.index.pack_offset_at_index(entry), pack.path.clone());
            self.packs.swap(0, at);
            return Ok(Some(place));
        }
        let hex = id.to_string();
        for directory in &self.directories {
            let path = directory.join(&hex[..2]).join(&hex[2..]);
            match File::open(&path) {
                Ok(file) => return Ok(Some(Place::Loose(file, path))),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                Err(cause) => return Err(cause),
            }
        }
        Ok(None)
    }
}
