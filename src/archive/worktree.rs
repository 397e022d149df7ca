//! Work tree and index of an archive that has them: they follow the branch, and nothing of the user's is touched.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::changes::files_between;
use super::delivery::{Folder, inside};
use super::journal::{self, Queue};
use super::layout::{BASELINES, LOG, RUNS};
use super::leaf::Leaf;
use super::seal::seal;
use super::tlog::{self, Log, LogFiles};
use super::{Archive, Base, read};
use crate::error::{Doing, Error, Result};
use crate::git::{Id, IndexLock, Kind, Mode, PackWriter, Published, Staged, TreeEntry};

/// A single file that changes, most often of the log: what is staged under its name, and what will be.
pub(super) struct LogChange {
    path: String,
    now: Option<Id>,
    then: Option<Id>,
}

/// How a move of the whole branch is noted: old and new commit follow.
const MOVE: &str = "move ";

/// What stands under a name in the work tree.
#[derive(PartialEq, Eq)]
enum Standing {
    Nothing,
    File(Id),
    Other,
}

/// The work tree in which the archive's branch is checked out.
pub(super) struct WorkTree<'a> {
    archive: &'a Archive,
    top: PathBuf,
}

/// Folders that stand in the work tree while the branch is about to move.
pub(super) struct Placing<'w> {
    work: &'w WorkTree<'w>,
    queue: &'w Queue,
    log: Vec<LogChange>,
    index: Option<IndexLock>,
    published: Option<Published>,
    is_written: bool,
    is_done: bool,
}

impl<'a> WorkTree<'a> {
    /// The work tree, if there is one and it shows the archive's branch.
    ///
    /// # Errors
    /// When the branch is checked out in another work tree, which would fall behind.
    pub(super) fn of(archive: &'a Archive) -> Result<Option<Self>> {
        let repo = archive.repo();
        if let Some(elsewhere) = repo.checked_out_elsewhere(archive.branch())? {
            return Err(Error::new(format!("cannot move {}", archive.branch()))
                .because(format!("it is checked out in {}", elsewhere.display()))
                .hint("run the command there"));
        }
        if repo.head()?.branch.as_deref() == Some(archive.branch()) { Ok(Self::any(archive)) } else { Ok(None) }
    }

    /// The work tree, whatever it shows.
    pub(super) fn any(archive: &'a Archive) -> Option<Self> {
        archive.repo().workdir().map(|top| Self { archive, top: top.to_owned() })
    }

    /// What becomes of the log here when it is to be `log` after these changes to the tip's: it is continued by the
    /// leaves of runs that are staged, and by those of `more`.
    pub(super) fn log_to_come(
        &self,
        tip: &Base,
        mut log: Log,
        changes: &[(String, Option<Id>)],
        more: Vec<Leaf>,
        pack: &mut PackWriter<'_>,
    ) -> Result<Vec<LogChange>> {
        let repo = self.archive.repo();
        let staged = repo.index()?;
        let mut committed = tlog::files_in(repo, tip.tree)?;
        let mut leaves = tlog::staged_leaves(repo, &committed, &staged)?;
        leaves.extend(more);
        tlog::apply(&mut committed, changes);
        if !leaves.is_empty() {
            let files = seal(log.append(&leaves)?, self.archive.signer_for(tip)?);
            tlog::apply(&mut committed, &tlog::store(files, pack)?);
        }
        let now = tlog::files_staged(&staged);
        let mut paths: Vec<&String> = now.keys().chain(committed.keys()).collect();
        paths.sort_unstable();
        paths.dedup();
        let changes = paths.into_iter().map(|path| LogChange {
            path: path.clone(),
            now: now.get(path).copied(),
            then: committed.get(path).copied(),
        });
        Ok(changes.filter(|change| change.now != change.then).collect())
    }

    /// Makes sure that nothing is in the way of these folders and of the log, locks the index and notes what is coming,
    /// after `notes` of what else is.
    ///
    /// # Errors
    /// When something of the user's stands in the way, or another program holds the index; nothing is changed then.
    pub(super) fn begin(
        &'a self,
        queue: &'a Queue,
        folders: &[Folder],
        log: Vec<LogChange>,
        notes: &[String],
    ) -> Result<Placing<'a>> {
        let to_come = notes.iter().cloned().chain(folders.iter().map(|(folder, _)| folder.clone()));
        let note: Vec<_> = to_come.chain(log.iter().map(|change| change.path.clone())).collect();
        self.begin_noted(queue, folders, log, &note)
    }

    fn begin_noted(
        &'a self,
        queue: &'a Queue,
        folders: &[Folder],
        log: Vec<LogChange>,
        note: &[String],
    ) -> Result<Placing<'a>> {
        self.refuse_what_is_in_the_way(folders.iter().map(|(folder, _)| folder.as_str()))?;
        log.iter().try_for_each(|change| self.refuse_a_changed_file(change))?;
        queue.note(note)?;
        let mut placing =
            Placing { work: self, queue, log, index: None, published: None, is_written: false, is_done: false };
        let mut index = IndexLock::take(self.archive.repo(), Some(&queue.index_mark))?;
        index.remove(placing.log.iter().filter(|change| change.then.is_none()).map(|change| change.path.as_bytes()));
        let changed = placing.log.iter().filter_map(|change| Some((change.path.as_bytes(), change.then?)));
        index.add(changed)?;
        for (folder, files) in folders {
            let paths: Vec<String> = files.iter().map(|(file, _)| inside(folder, file)).collect();
            index.add(paths.iter().zip(files).map(|(path, (_, id))| (path.as_bytes(), *id)))?;
        }
        placing.index = Some(index);
        Ok(placing)
    }

    /// Refuses to write where the user has something.
    pub(super) fn refuse_what_is_in_the_way<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Result<()> {
        let staged = self.archive.repo().index()?;
        for path in paths {
            let in_the_way = |what: &str| {
                Err(Error::new(format!("cannot write {path} in the work tree"))
                    .because(what.to_owned())
                    .hint(format!("move {path} away, or take it out of the index; nothing was changed")))
            };
            self.check_parents(Path::new(path))?;
            if fs::symlink_metadata(self.top.join(path)).is_ok() {
                return in_the_way("something stands there already");
            }
            if staged.entries().iter().any(|entry| entry.path == path.as_bytes())
                || staged.below(path.as_bytes()).next().is_some()
            {
                return in_the_way("something of this name is staged");
            }
        }
        Ok(())
    }

    /// Refuses to write over a file of the log that the user has changed.
    fn refuse_a_changed_file(&self, change: &LogChange) -> Result<()> {
        self.check_parents(Path::new(&change.path))?;
        match self.standing(&change.path)? {
            Standing::Nothing => return Ok(()),
            Standing::File(id) if [change.now, change.then].contains(&Some(id)) => return Ok(()),
            Standing::File(_) | Standing::Other => {}
        }
        Err(Error::new(format!("cannot write {} in the work tree", change.path))
            .because("it was changed there")
            .hint(format!("git restore {}; nothing was changed", change.path)))
    }

    /// What stands under a name of the log.
    fn standing(&self, path: &str) -> Result<Standing> {
        let place = self.top.join(path);
        match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Standing::Nothing),
            Err(error) => Err(error).doing(|| format!("cannot look at {}", place.display())),
            Ok(found) if !found.is_file() || found.len() > tlog::MAX_FILE => Ok(Standing::Other),
            Ok(_) => {
                let bytes = fs::read(&place).doing(|| format!("cannot read {}", place.display()))?;
                self.archive.repo().object_format().id_of(Kind::Blob, &bytes).map(Standing::File)
            }
        }
    }

    /// Makes files of the log what they shall be.
    fn write_log<'p>(&self, changes: impl Iterator<Item = (&'p str, Option<Id>)>) -> Result<()> {
        let (kept, gone): (Vec<_>, Vec<_>) = changes.partition(|(_, id)| id.is_some());
        for (path, _) in gone {
            self.remove(path)?;
        }
        for (path, id) in kept {
            self.remove(path)?;
            self.write(path, id.expect("it is kept"))?;
        }
        Ok(())
    }

    /// As [`WorkTree::begin`] for a branch that moves as a whole: every file that differs follows. `notes` say what else
    /// is coming.
    ///
    /// # Errors
    /// When the user has changed or staged one of them, or one is no plain file; nothing is changed then.
    pub(super) fn begin_move(
        &'a self,
        queue: &'a Queue,
        old: &Base,
        new: &Base,
        notes: &[String],
    ) -> Result<Placing<'a>> {
        let repo = self.archive.repo();
        let staged = repo.index()?;
        let mut changes = Vec::new();
        for (path, was, is) in files_between(repo, Some(old.tree), Some(new.tree))? {
            let cannot =
                |why: &str| Error::new(format!("cannot write {path} in the work tree")).because(why.to_owned());
            let is_plain = |entry: &Option<TreeEntry>| entry.as_ref().is_none_or(|entry| entry.mode == Mode::Blob);
            if !is_plain(&was) || !is_plain(&is) || path.contains('\u{fffd}') {
                return Err(cannot("it is no plain file")
                    .hint("`git switch --detach` first, and back to the branch after; then git writes the work tree"));
            }
            let (was, is) = (was.map(|entry| entry.id), is.map(|entry| entry.id));
            if staged.find(path.as_bytes()) != was {
                return Err(cannot("something else is staged there").hint("commit it, or `git restore --staged` it"));
            }
            changes.push(LogChange { path, now: was, then: is });
        }
        let moved = format!("{MOVE}{} {}", old.commit, new.commit);
        self.begin_noted(queue, &[], changes, &[notes, &[moved]].concat())
    }

    /// Files that differ between the two states of a move that was noted, as the branch has them now.
    fn moved(&self, paths: &[String], tip: &Base) -> Result<Vec<(String, Option<Id>)>> {
        let repo = self.archive.repo();
        let mut files = Vec::new();
        for ids in paths.iter().filter_map(|line| line.strip_prefix(MOVE)) {
            let Some((old, new)) = ids.split_once(' ') else { continue };
            let tree = |id: &str| Ok::<_, Error>(repo.read_commit(Id::from_hex(id)?)?.tree);
            for (path, ..) in files_between(repo, Some(tree(old)?), Some(tree(new)?))? {
                let entry = repo.entry_at(tip.tree, path.as_bytes())?.filter(|entry| entry.mode == Mode::Blob);
                files.push((path, entry.map(|entry| entry.id)));
            }
        }
        Ok(files)
    }

    /// No folder above a path may be a link: it could lead out of the work tree.
    fn check_parents(&self, path: &Path) -> Result<()> {
        let mut place = self.top.clone();
        for component in path.parent().into_iter().flat_map(Path::components) {
            let Component::Normal(name) = component else {
                return Err(Error::new(format!("{} leaves the work tree", path.display())));
            };
            place.push(name);
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    return Err(Error::new(format!("cannot write {}", path.display()))
                        .because(format!("{} is no folder", place.display()))
                        .hint("move it away; nothing was changed"));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error).doing(|| format!("cannot look at {}", place.display())),
            }
        }
        Ok(())
    }

    /// Writes one file from its blob; a file of the right size is taken for it.
    fn write(&self, path: &str, id: Id) -> Result<()> {
        let place = self.top.join(path);
        let doing = || format!("cannot write {}", place.display());
        self.check_parents(Path::new(path))?;
        fs::create_dir_all(place.parent().unwrap_or(&self.top)).doing(doing)?;
        let mut bytes = self.archive.repo().blob_reader(id)?;
        let mut file: File = OpenOptions::new().write(true).create_new(true).open(&place).doing(doing)?;
        io::copy(&mut bytes, &mut file).doing(doing)?;
        Ok(())
    }

    /// Puts single files at the top, for the first commit.
    pub(super) fn place(&self, files: &[(String, Id)]) -> Result<()> {
        let mut index = IndexLock::take(self.archive.repo(), None)?;
        for (path, id) in files {
            self.write(path, *id)?;
        }
        index.add(files.iter().map(|(path, id)| (path.as_bytes(), *id)))?;
        index.commit()
    }

    /// Finishes folders that the branch has, leaves those that are staged, takes the others away. Where somebody
    /// switched to another branch since, nothing is to be finished. The log follows the branch and what is staged.
    ///
    /// A lock of the index that the dead left behind is taken over, not let go of: `git commit -a` would take files that
    /// are half changed for the user's work.
    pub(super) fn repair(&self, queue: &Queue, paths: &[String]) -> Result<()> {
        let repo = self.archive.repo();
        let tip = self.archive.tip()?;
        let is_shown = repo.head()?.branch.as_deref() == Some(self.archive.branch());
        let staged = repo.index()?;
        let mut is_settled = true;
        // What goes, folders or files, and what is written again from its start.
        let (mut gone, mut kept): (Vec<String>, Vec<(String, Id)>) = (Vec::new(), Vec::new());
        let is_below = |path: &&String, top: &str| path.split_once('/').is_some_and(|(first, _)| first == top);
        for folder in paths.iter().filter(|path| is_below(path, RUNS) || is_below(path, BASELINES)) {
            let wanted = if is_shown { repo.entry_at(tip.tree, folder.as_bytes())? } else { None };
            match wanted {
                Some(entry) => {
                    is_settled = false;
                    gone.push(folder.clone());
                    match entry.mode {
                        Mode::Tree => {
                            read::walk_files(repo, entry.id, folder, &mut |path, id| kept.push((path.to_owned(), id)))?;
                        }
                        _ => kept.push((folder.clone(), entry.id)),
                    }
                }
                None if staged.below(folder.as_bytes()).next().is_some() => {}
                None => gone.push(folder.clone()),
            }
        }
        if is_shown {
            let files = self.log_to_be(&tip, &staged)?;
            let of_log = paths.iter().filter(|path| is_below(path, LOG));
            let of_log = of_log.map(|path| (path.clone(), files.get(path).copied()));
            for (path, wanted) in of_log.chain(self.moved(paths, &tip)?) {
                let path = &path;
                let is_right = self.standing(path)? == wanted.map_or(Standing::Nothing, Standing::File);
                if is_right && staged.find(path.as_bytes()) == wanted {
                    continue;
                }
                is_settled = false;
                gone.push(path.clone());
                kept.extend(wanted.map(|id| (path.clone(), id)));
            }
        }
        let unstaged: Vec<&String> = gone.iter().filter(|path| kept.iter().all(|(other, _)| other != *path)).collect();
        let lock = if is_settled { None } else { Some(IndexLock::take(repo, Some(&queue.index_mark))?) };
        gone.iter().try_for_each(|path| self.remove(path))?;
        kept.iter().try_for_each(|(path, id)| self.write(path, *id))?;
        let Some(mut index) = lock else { return Ok(()) };
        index.remove(unstaged.iter().map(|path| path.as_bytes()));
        index.add(kept.iter().map(|(path, id)| (path.as_bytes(), *id)))?;
        index.commit()
    }

    /// The log's files as the tip and what is staged make them.
    fn log_to_be(&self, tip: &Base, staged: &Staged) -> Result<LogFiles> {
        let repo = self.archive.repo();
        let mut files = tlog::files_in(repo, tip.tree)?;
        let leaves = tlog::staged_leaves(repo, &files, staged)?;
        if !leaves.is_empty() {
            let mut pack = PackWriter::new(repo);
            // Without the key what is staged becomes unsigned, and the guard before the commit says so.
            let signer = self.archive.signer_for(tip).ok().flatten();
            let grown = seal(Log::at(repo, tip)?.append(&leaves)?, signer);
            tlog::apply(&mut files, &tlog::store(grown, &mut pack)?);
            pack.finish()?;
        }
        Ok(files)
    }

    /// Removes a folder or file that we wrote, and folders above it that are empty then.
    fn remove(&self, folder: &str) -> Result<()> {
        self.check_parents(Path::new(folder))?;
        let place = self.top.join(folder);
        let is_folder = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
        match if is_folder { fs::remove_dir_all(&place) } else { fs::remove_file(&place) } {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).doing(|| format!("cannot remove {}", place.display()));
            }
            _ => {}
        }
        let mut above = Path::new(folder).parent();
        while let Some(parent) = above.filter(|parent| !parent.as_os_str().is_empty()) {
            if fs::remove_dir(self.top.join(parent)).is_err() {
                break;
            }
            above = parent.parent();
        }
        Ok(())
    }
}

impl Placing<'_> {
    /// Writes the folders and makes the new index ready, so that only the branch and one rename are missing. Their
    /// blobs must be visible by now.
    ///
    /// # Errors
    /// When the disk refuses; dropping this takes away what was written.
    pub(super) fn write(&mut self, folders: &[Folder], staging: bool) -> Result<()> {
        if self.is_written {
            return Ok(());
        }
        for (folder, files) in folders {
            for (file, id) in files {
                self.work.write(&inside(folder, file), *id)?;
            }
        }
        self.work.write_log(self.log.iter().map(|change| (change.path.as_str(), change.then)))?;
        if let Some(index) = self.index.as_mut().filter(|_| !staging) {
            index.prepare()?;
        }
        self.is_written = true;
        Ok(())
    }

    /// The branch has moved: the index follows, at once.
    pub(super) fn follow(&mut self) -> Result<()> {
        if let Some(index) = self.index.take() {
            self.published = Some(index.publish()?);
        }
        Ok(())
    }

    /// All is in place, or only staging was asked for: it is flushed, and nothing is under way any more.
    pub(super) fn finish(mut self) -> Result<()> {
        self.follow()?;
        if let Some(published) = self.published.take() {
            published.flush()?;
        }
        self.is_done = true;
        self.queue.note(&[])
    }
}

impl Drop for Placing<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            if self.index.is_some() {
                // As long as the index is locked: to `git commit -a` the log would seem changed by the user.
                let _ = self.work.write_log(self.log.iter().map(|change| (change.path.as_str(), change.now)));
            }
            self.index = None;
            self.published = None;
            // If this fails as well, the next command finds the journal.
            let _ = journal::repair(self.work.archive, self.queue);
        }
    }
}
