//! The index: what is staged, and changing it without touching what is the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use gix::index::entry::{Flags, Mode as IndexMode, Stage, Stat};

use super::id::{Id, Mode};
use super::packfile::{cannot, sync_directory};
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// What the new index is called before it is the index. One that a kill left behind is replaced.
pub const READY: &str = "batool-index-ready";

/// One entry of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedEntry {
    /// The path from the top of the work tree, `/`-separated.
    pub path: Vec<u8>,
    /// What it is; never a tree.
    pub mode: Mode,
    /// The blob's id.
    pub id: Id,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub stage: u8,
}

/// What is staged, sorted by path. Entries of `git add --intent-to-add` are left out: a commit would not have them.
#[derive(Debug, Clone, Default)]
pub struct Staged {
    entries: Vec<StagedEntry>,
}

impl Staged {
    /// What is staged under this path; nothing if nothing is, or it stands in conflict.
    pub fn find(&self, path: &[u8]) -> Option<Id> {
        let start = self.entries.partition_point(|entry| entry.path.as_slice() < path);
        let entry = self.entries.get(start).filter(|entry| entry.path == path && entry.stage == 0)?;
        Some(entry.id)
    }

    /// All entries.
    pub fn entries(&self) -> &[StagedEntry] {
        &self.entries
    }

    /// The entries below a directory, `runs/x` say; all of them for an empty path.
    pub fn below<'s>(&'s self, directory: &'s [u8]) -> impl Iterator<Item = &'s StagedEntry> {
        let start = self.entries.partition_point(|entry| entry.path.as_slice() < directory);
        let inside = move |path: &[u8]| {
            directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with(b"/"))
        };
        let rest = self.entries[start..].iter().take_while(move |entry| entry.path.starts_with(directory));
        rest.filter(move |entry| inside(&entry.path))
    }

    /// The paths that stand in conflict, each once.
    pub fn unmerged(&self) -> Vec<&[u8]> {
        let mut paths: Vec<_> =
            self.entries.iter().filter(|entry| entry.stage != 0).map(|entry| entry.path.as_slice()).collect();
        paths.dedup();
        paths
    }
}

impl Repo {
    /// What is staged; nothing if there is no index.
    ///
    /// # Errors
    /// When the index is damaged or sparse.
    pub fn index(&self) -> Result<Staged> {
        let index = read(self)?;
        let entries = index.entries().iter().filter(|entry| !entry.flags.contains(Flags::INTENT_TO_ADD));
        let entries = entries
            .map(|entry| {
                let path = entry.path(&index).to_vec();
                let mode = match entry.mode {
                    IndexMode::FILE => Mode::Blob,
                    IndexMode::FILE_EXECUTABLE => Mode::Executable,
                    IndexMode::SYMLINK => Mode::Link,
                    IndexMode::COMMIT => Mode::Submodule,
                    other => {
                        let text = format!("{} has the mode {:o}", String::from_utf8_lossy(&path), other.bits());
                        return Err(Error::new("cannot read the index").because(text));
                    }
                };
                Ok(StagedEntry { path, mode, id: Id(entry.id), stage: entry.stage_raw() as u8 })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Staged { entries })
    }
}

fn read(repo: &Repo) -> Result<gix::index::File> {
    let path = repo.index_path();
    let format = repo.object_format().kind();
    let index = gix::index::File::at_or_default(path, format, false, gix::index::decode::Options::default())
        .doing(|| format!("cannot read {}", path.display()))?;
    if index.is_sparse() || index.entries().iter().any(|entry| entry.mode.is_sparse()) {
        return Err(Error::new(format!("cannot read {}", path.display()))
            .because("it is a sparse index, which names directories instead of files")
            .hint("git sparse-checkout disable"));
    }
    Ok(index)
}

/// True if both are names of one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |path: &Path| fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
    place(one).is_ok_and(|one| place(other).is_ok_and(|other| one == other))
}

/// The index, locked against git and everybody else.
///
/// Dropping it without [`IndexLock::commit`] lets go and leaves the index as it was.
pub struct IndexLock {
    index: gix::index::File,
    path: PathBuf,
    lock: PathBuf,
    /// Another name of the lock's file, by which its owner is known after a kill.
    mark: Option<PathBuf>,
    /// One more name of the lock's file, once the new index is in it: the one that becomes the index.
    ready: Option<PathBuf>,
    workdir: PathBuf,
    file: Option<File>,
    /// What changes are to come: path to blob, or to nothing.
    changes: BTreeMap<Vec<u8>, Option<Id>>,
    is_prepared: bool,
}

impl IndexLock {
    /// Takes `index.lock` and reads the index.
    ///
    /// With a mark, the lock is a hard link to a file of that name: after a kill, whoever knows the mark can tell that
    /// the lock is not another program's, and takes it over.
    ///
    /// # Errors
    /// When another program holds the lock, there is no work tree, or the index cannot be read.
    pub fn take(repo: &Repo, mark: Option<&Path>) -> Result<Self> {
        let path = repo.index_path().to_owned();
        let Some(workdir) = repo.workdir().map(Path::to_owned) else {
            return Err(Error::new("cannot change the index").because("a bare repository has no work tree"));
        };
        let mut lock = path.clone().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let opened = match mark {
            None => OpenOptions::new().write(true).create_new(true).open(&lock),
            Some(mark) => {
                let is_left_behind = is_same_file(mark, &lock);
                // Never truncate: after a kill an old mark may be another name of the index itself.
                let _ = fs::remove_file(mark);
                let marked = OpenOptions::new().write(true).create_new(true).open(mark);
                marked.and_then(|file| {
                    if is_left_behind {
                        let next = path.with_file_name(READY);
                        let _ = fs::remove_file(&next);
                        fs::hard_link(mark, &next).and_then(|()| fs::rename(&next, &lock))?;
                    } else {
                        fs::hard_link(mark, &lock)?;
                    }
                    Ok(file)
                })
            }
        };
        let file = opened.map_err(|cause| {
            if let Some(mark) = mark {
                let _ = fs::remove_file(mark);
            }
            if cause.kind() == io::ErrorKind::AlreadyExists {
                return Error::new("cannot change the index")
                    .because(format!("another program holds {}", lock.display()))
                    .hint("run the command again when git and editors are done");
            }
            cannot(format!("cannot make {}", lock.display()), cause)
        })?;
        // From here on dropping removes the lock.
        let empty = gix::index::File::from_state(gix::index::State::new(repo.object_format().kind()), &path);
        let changes = BTreeMap::new();
        let mark = mark.map(Path::to_owned);
        let mut taken = Self {
            index: empty,
            path,
            lock,
            mark,
            ready: None,
            workdir,
            file: Some(file),
            changes,
            is_prepared: false,
        };
        taken.index = read(repo)?;
        Ok(taken)
    }

    /// Where the lock is, for a journal.
    pub fn lock_path(&self) -> &Path {
        &self.lock
    }

    /// Stages regular files (mode 100644): the path from the top of the work tree, and the blob. Size and times come from the file
    /// in the work tree when the new index is made; where there is none, git will call it deleted.
    ///
    /// # Errors
    /// When the path stands in conflict, or a file stands where a directory is needed or the other way round.
    pub fn add<'p>(&mut self, entries: impl IntoIterator<Item = (&'p [u8], Id)>) -> Result<()> {
        for (path, id) in entries {
            self.refuse_clash(path)?;
            self.changes.insert(path.to_vec(), Some(id));
        }
        Ok(())
    }

    /// Takes paths out of the index; such as are not there do no harm.
    pub fn remove<'p>(&mut self, paths: impl IntoIterator<Item = &'p [u8]>) {
        self.changes.extend(paths.into_iter().map(|path| (path.to_vec(), None)));
    }

    fn refuse_clash(&self, path: &[u8]) -> Result<()> {
        let fail = |text: &str| {
            Err(Error::new(format!("cannot stage {}", String::from_utf8_lossy(path))).because(text.to_owned()))
        };
        if [Stage::Base, Stage::Ours, Stage::Theirs]
            .iter()
            .any(|stage| self.index.entry_by_path_and_stage(path.into(), *stage).is_some())
        {
            return fail("it stands in conflict");
        }
        if self.index.path_is_directory(path.into()) {
            return fail("a directory of this name is staged");
        }
        let mut ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        if ends.any(|end| self.index.entry_by_path(path[..end].into()).is_some()) {
            return fail("a file is staged where a directory is needed");
        }
        Ok(())
    }

    /// Writes the new index into the lock and flushes it: afterwards only a rename is missing. Changes that come later
    /// are not in it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn prepare(&mut self) -> Result<()> {
        if self.is_prepared {
            return Ok(());
        }
        let changes = std::mem::take(&mut self.changes);
        let replaced = changes.keys().map(Vec::as_slice).collect::<BTreeSet<_>>();
        self.index.remove_entries(|_, path, _| replaced.contains(AsRef::<[u8]>::as_ref(path)));
        self.forget_uncertain_sizes();
        for (path, id) in &changes {
            let Some(id) = id else { continue };
            let stat = self.stat(path)?;
            self.index.dangerously_push_entry(stat, id.0, Flags::empty(), IndexMode::FILE, path.as_slice().into());
        }
        self.index.sort_entries();
        if let Some(trees) = self.index.tree_mut() {
            changes.keys().for_each(|path| forget_trees(trees, path));
        }
        self.index.remove_resolve_undo();
        let doing = || format!("cannot write {}", self.lock.display());
        let file = self.file.take().ok_or_else(|| Error::new(doing()).because("writing it failed before"))?;
        let mut out = BufWriter::with_capacity(64 << 10, file);
        self.index.write_to(&mut out, gix::index::write::Options::default()).doing(doing)?;
        let file = out.into_inner().map_err(|cause| cannot(doing(), cause.into_error()))?;
        file.sync_all().map_err(|cause| cannot(doing(), cause))?;
        let ready = self.path.with_file_name(READY);
        let _ = fs::remove_file(&ready);
        fs::hard_link(&self.lock, &ready).map_err(|cause| cannot(format!("cannot make {}", ready.display()), cause))?;
        self.ready = Some(ready);
        self.is_prepared = true;
        Ok(())
    }

    /// Puts the new index in place of the old one, lets go, and flushes that to disk.
    ///
    /// # Errors
    /// When the disk refuses; then the index is as it was.
    pub fn commit(self) -> Result<()> {
        self.publish()?.flush()
    }

    /// Puts the new index in place of the old one and holds the lock.
    ///
    /// Git reads the index before it takes the lock. Whoever has read the old one finds the lock taken.
    ///
    /// # Errors
    /// When the disk refuses; then the index is as it was.
    pub fn publish(mut self) -> Result<Published> {
        self.prepare()?;
        let doing = || format!("cannot write {}", self.path.display());
        let ready = self.ready.as_ref().ok_or_else(|| Error::new(doing()))?;
        fs::rename(ready, &self.path).map_err(|cause| cannot(doing(), cause))?;
        self.ready = None;
        Ok(Published(self))
    }

    /// A file that changed in the second in which the old index was written may have changed after it was staged. Git
    /// looks at such files again because of the index's time, which is new now; a size of 0 makes it look as well.
    fn forget_uncertain_sizes(&mut self) {
        let written = fs::metadata(&self.path).and_then(|metadata| metadata.modified());
        let Ok(written) = written.map(|time| time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default()) else {
            return;
        };
        for entry in self.index.entries_mut() {
            if u64::from(entry.stat.mtime.secs) >= written.as_secs() {
                entry.stat.size = 0;
            }
        }
    }

    fn stat(&self, path: &[u8]) -> Result<Stat> {
        let doing = || format!("cannot look at {}", String::from_utf8_lossy(path));
        let relative = gix::path::from_byte_slice(path).doing(doing)?;
        match gix::index::fs::Metadata::from_path_no_follow(&self.workdir.join(relative)) {
            Ok(found) if found.is_file() => Stat::from_fs(&found).doing(doing),
            // Zeros make git look for itself.
            Ok(_) => Ok(Stat::default()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Stat::default()),
            Err(cause) => Err(cannot(doing(), cause)),
        }
    }
}

/// Git takes the trees that an index holds for true; those above this path are not any more.
fn forget_trees(trees: &mut gix::index::extension::Tree, path: &[u8]) {
    let mut above = trees;
    let mut rest = path;
    loop {
        above.num_entries = None;
        let Some(slash) = rest.iter().position(|byte| *byte == b'/') else { return };
        let Some(next) = above.children.iter_mut().find(|tree| tree.name[..] == rest[..slash]) else { return };
        above = next;
        rest = &rest[slash + 1..];
    }
}

/// A new index that everybody sees, still locked; whether it outlasts a power cut is another matter until it is flushed.
#[must_use]
pub struct Published(IndexLock);

impl Published {
    /// Flushes the new index's name to disk and lets go of the lock.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(self) -> Result<()> {
        let path = &self.0.path;
        let directory = path.parent().expect("an index lies in a directory");
        sync_directory(directory).map_err(|cause| cannot(format!("cannot flush {}", path.display()), cause))
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if let Some(ready) = self.ready.take() {
            let _ = fs::remove_file(ready);
        }
        let _ = fs::remove_file(&self.lock);
        if let Some(mark) = self.mark.take() {
            let _ = fs::remove_file(mark);
        }
    }
}
