//! Work tree and index of an archive that has them: they follow the branch, and nothing of the user's is touched.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::journal::{self, Queue};
use super::{Archive, read};
use crate::error::{Doing, Error, Result};
use crate::git::{Id, IndexLock, Published};

/// A folder that is coming, with its files relative to it.
type Folder = (String, Vec<(String, Id)>);

/// The work tree in which the archive's branch is checked out.
pub(super) struct WorkTree<'a> {
    archive: &'a Archive,
    top: PathBuf,
}

/// Folders that stand in the work tree while the branch is about to move.
pub(super) struct Placing<'w> {
    work: &'w WorkTree<'w>,
    queue: &'w Queue,
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

    /// Makes sure that nothing is in the way of these folders, locks the index and notes what is coming.
    ///
    /// # Errors
    /// When something of the user's stands in the way, or another program holds the index; nothing is changed then.
    pub(super) fn begin(&'a self, queue: &'a Queue, folders: &[Folder]) -> Result<Placing<'a>> {
        self.refuse_what_is_in_the_way(folders.iter().map(|(folder, _)| folder.as_str()))?;
        queue.note(&folders.iter().map(|(folder, _)| folder.clone()).collect::<Vec<_>>())?;
        let mut placing =
            Placing { work: self, queue, index: None, published: None, is_written: false, is_done: false };
        let mut index = IndexLock::take(self.archive.repo(), Some(&queue.index_mark))?;
        for (folder, files) in folders {
            let paths: Vec<String> = files.iter().map(|(path, _)| format!("{folder}/{path}")).collect();
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
    /// switched to another branch since, nothing is to be finished.
    pub(super) fn repair(&self, queue: &Queue, folders: &[String]) -> Result<()> {
        let repo = self.archive.repo();
        let tip = self.archive.tip()?;
        let is_shown = repo.head()?.branch.as_deref() == Some(self.archive.branch());
        let staged = repo.index()?;
        for folder in folders {
            if !folder.starts_with("runs/") {
                continue;
            }
            let wanted = if is_shown { repo.entry_at(tip.tree, folder.as_bytes())? } else { None };
            match wanted {
                Some(entry) => {
                    let mut files = Vec::new();
                    read::walk_files(repo, entry.id, folder, &mut |path, id| files.push((path.to_owned(), id)))?;
                    // What a kill cut short is written again from its start.
                    self.remove(folder)?;
                    for (path, id) in &files {
                        self.write(path, *id)?;
                    }
                    let mut index = IndexLock::take(repo, Some(&queue.index_mark))?;
                    index.add(files.iter().map(|(path, id)| (path.as_bytes(), *id)))?;
                    index.commit()?;
                }
                None if staged.below(folder.as_bytes()).next().is_some() => {}
                None => self.remove(folder)?,
            }
        }
        Ok(())
    }

    /// Removes a folder that we wrote, and folders above it that are empty then.
    fn remove(&self, folder: &str) -> Result<()> {
        self.check_parents(Path::new(folder))?;
        let place = self.top.join(folder);
        match fs::remove_dir_all(&place) {
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
            for (path, id) in files {
                self.work.write(&format!("{folder}/{path}"), *id)?;
            }
        }
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
            self.index = None;
            self.published = None;
            // If this fails as well, the next command finds the journal.
            let _ = journal::repair(self.work.archive, self.queue);
        }
    }
}
