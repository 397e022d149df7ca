//! Where objects lie: loose or in which pack, without gix's own look-up, which holds whole objects in memory.

use std::cell::{OnceCell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
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
    main: PathBuf,
    state: RefCell<Option<State>>,
}

struct State {
    directories: Vec<Directory>,
    packs: Vec<Pack>,
    fresh: BTreeSet<PathBuf>,
}

/// A directory of objects.
struct Directory {
    path: PathBuf,
    /// What it holds by names of two characters, as folders of loose objects have; none if that cannot be listed.
    names: Option<BTreeSet<OsString>>,
}

impl Directory {
    fn new(path: PathBuf) -> Self {
        let names = fs::read_dir(&path).ok();
        let short = |entry: fs::DirEntry| Some(entry.file_name()).filter(|name| name.len() == 2);
        let names = names.map(|entries| entries.flatten().filter_map(short).collect());
        Self { path, names }
    }

    /// Where a loose object would be; none if there is no folder for it.
    fn place(&self, id: &Id) -> Option<PathBuf> {
        let hex = id.to_string();
        let (folder, name) = hex.split_at(2);
        let is_there = self.names.as_ref().is_none_or(|names| names.contains(OsStr::new(folder)));
        is_there.then(|| self.path.join(folder).join(name))
    }
}

struct Pack {
    path: PathBuf,
    /// Its index, once something was looked for in it; none if it went meanwhile, or cannot be read.
    index: OnceCell<Option<index::File>>,
    /// The pack itself, once something was read from it.
    file: Option<Arc<File>>,
}

impl Pack {
    fn new(path: PathBuf) -> Self {
        Self { path, index: OnceCell::new(), file: None }
    }

    /// From which byte on an object stands in it.
    fn offset(&self, id: &Id) -> Option<u64> {
        let open = || index::File::at(self.path.with_extension("idx"), id.0.kind()).ok();
        let index = self.index.get_or_init(open).as_ref()?;
        index.lookup(id.0).map(|entry| index.pack_offset_at_index(entry))
    }

    /// Git throws away what a cruft pack holds once it is old enough.
    fn is_cruft(&self) -> bool {
        self.path.with_extension("mtimes").exists()
    }
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
        Self { main, state: RefCell::new(None) }
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
        let Ok(Some(Place::Loose(_, path) | Place::Packed(_, _, path))) = state.find(id) else { return false };
        if state.fresh.contains(&path) {
            return true;
        }
        if state.packs.iter().any(|pack| pack.path == path && pack.is_cruft()) {
            return false;
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
        state.packs.push(Pack::new(path.to_owned()));
    }

    fn load(&self, main: &Path) -> State {
        let mut directories = vec![main.to_owned()];
        if let Ok(cwd) = std::env::current_dir() {
            directories.extend(gix::odb::alternate::resolve(main.to_owned(), &cwd).unwrap_or_default());
        }
        let mut packs = Vec::new();
        for directory in &directories {
            let Ok(entries) = fs::read_dir(directory.join("pack")) else { continue };
            for entry in entries.flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "idx") {
                    let found = entry.metadata();
                    let (size, time) = found.map_or((0, None), |found| (found.len(), found.modified().ok()));
                    packs.push((size, time, path.with_extension("pack")));
                }
            }
        }
        // The tip came last; an archive's policy came first, with little else; and the rest lies where most lies.
        packs.sort_by_key(|(size, ..)| Reverse(*size));
        let last = packs.len().min(1);
        packs.rotate_right(last);
        if let Some(newest) = (0..packs.len()).max_by_key(|at| packs[*at].1) {
            packs[..=newest].rotate_right(1);
        }
        let packs = packs.into_iter().map(|(_, _, path)| Pack::new(path)).collect();
        let directories = directories.into_iter().map(Directory::new).collect();
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
            let Some(offset) = self.packs[at].offset(id) else { continue };
            let file = match &self.packs[at].file {
                Some(file) => file.clone(),
                None => match File::open(&self.packs[at].path) {
                    Ok(file) => self.hold(at, file),
                    Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                    Err(cause) => return Err(cause),
                },
            };
            let place = Place::Packed(file, offset, self.packs[at].path.clone());
            self.packs.swap(0, at);
            return Ok(Some(place));
        }
        for path in self.directories.iter().filter_map(|directory| directory.place(id)) {
            match File::open(&path) {
                Ok(file) => return Ok(Some(Place::Loose(file, path))),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                Err(cause) => return Err(cause),
            }
        }
        Ok(None)
    }
}
