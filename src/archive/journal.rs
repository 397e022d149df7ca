//! What makes an add with a work tree safe to kill: a queue of adders, and a note of what is under way.
//!
//! Branch, work tree and index cannot move in one instant. Before the first file is written, the journal says which
//! folders are coming; whoever next opens the archive finishes them if the branch (or the index) has them, and takes
//! them away if not. So too the tag of a baseline, which gets its name after the branch has moved. The queue is a lock
//! that the system lets go of when its holder dies, so a journal that can be read under it was left by the dead.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::Archive;
use super::baseline::Tagging;
use super::worktree::WorkTree;
use crate::error::{Doing, Error, Result};
use crate::git::{READY, Repo};

/// An adder asks for its turn this often, for a minute in all.
const TURN: Duration = Duration::from_millis(2);
const MOST_TURNS: u32 = 30_000;

const JOURNAL: &str = "batool-journal";
const INDEX_MARK: &str = "batool-index-mark";
const BRANCH_MARK: &str = "batool-branch-mark";
const TAG_MARK: &str = "batool-tag-mark";

/// A place at the head of the queue of adders; let go of when dropped.
pub(super) struct Queue {
    file: File,
    path: PathBuf,
    /// Tags that could not be made yet, whatever else is noted.
    owed: RefCell<Vec<String>>,
    /// The mark by which the index lock of an adder is known to be its own.
    pub(super) index_mark: PathBuf,
    /// The same for the lock of the branch.
    pub(super) branch_mark: PathBuf,
    /// And for the lock of a tag.
    pub(super) tag_mark: PathBuf,
}

impl Queue {
    /// Waits for those before us.
    ///
    /// # Errors
    /// When they take longer than a minute, or the file cannot be made.
    pub(super) fn wait(repo: &Repo) -> Result<Self> {
        for _ in 0..MOST_TURNS {
            if let Some(queue) = Self::attempt(repo)? {
                return Ok(queue);
            }
            thread::sleep(TURN);
        }
        Err(Error::new("cannot get a turn in the archive")
            .because("other batool commands have been adding for a minute")
            .hint("run the command again when they are done"))
    }

    /// Takes the head of the queue if it is free.
    pub(super) fn attempt(repo: &Repo) -> Result<Option<Self>> {
        let path = repo.git_dir().join(JOURNAL);
        let doing = || format!("cannot open {}", path.display());
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).doing(doing)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self {
                file,
                path,
                owed: RefCell::default(),
                index_mark: repo.git_dir().join(INDEX_MARK),
                branch_mark: repo.git_dir().join(BRANCH_MARK),
                tag_mark: repo.git_dir().join(TAG_MARK),
            })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(cause) => Err(cause).doing(|| format!("cannot lock {}", path.display())),
        }
    }

    /// Notes which folders of runs are coming and which files of the log change, beside the tags that are owed; flushed
    /// before it returns. Nothing means that nothing is under way.
    pub(super) fn note(&self, paths: &[String]) -> Result<()> {
        let doing = || format!("cannot write {}", self.path.display());
        let owed = self.owed.borrow();
        let text: String = owed.iter().chain(paths).map(|path| format!("{path}\n")).collect();
        let mut file = &self.file;
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes())).doing(doing)?;
        file.sync_all().doing(doing)
    }

    fn noted(&self) -> Result<Vec<String>> {
        let mut text = String::new();
        let mut file = &self.file;
        file.rewind()
            .and_then(|()| file.read_to_string(&mut text))
            .doing(|| format!("cannot read {}", self.path.display()))?;
        // A note that was cut short names folders of which nothing was written yet.
        Ok(text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect())
    }
}

/// Removes a lock that an adder left behind, and nobody else's: the mark is another name of the same file.
fn release(mark: &Path, locked: &Path) -> Result<()> {
    let mut lock = locked.as_os_str().to_owned();
    lock.push(".lock");
    let lock = Path::new(&lock);
    let same = match (fs::metadata(mark), fs::metadata(lock)) {
        (Ok(mark), Ok(lock)) => (mark.dev(), mark.ino()) == (lock.dev(), lock.ino()),
        _ => false,
    };
    if same {
        fs::remove_file(lock).doing(|| format!("cannot remove {}", lock.display()))?;
    }
    let _ = fs::remove_file(mark);
    Ok(())
}

/// Finishes or undoes what a kill interrupted. Does nothing while another command is at it, or where nothing is noted.
pub(super) fn recover(archive: &Archive) -> Result<()> {
    let repo = archive.repo();
    let is_quiet = fs::metadata(repo.git_dir().join(JOURNAL)).map_or(true, |journal| journal.len() == 0);
    if is_quiet && !repo.git_dir().join(BRANCH_MARK).exists() {
        return Ok(());
    }
    match Queue::attempt(repo) {
        Ok(Some(queue)) => repair(archive, &queue),
        // Who may only read can do without; who writes will be told by the queue itself.
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Finishes or undoes what the journal names.
pub(super) fn repair(archive: &Archive, queue: &Queue) -> Result<()> {
    let repo = archive.repo();
    let (tags, paths): (Vec<String>, Vec<String>) =
        queue.noted()?.into_iter().partition(|line| Tagging::noted(line).is_some());
    release(&queue.branch_mark, &repo.common_dir().join(archive.branch()))?;
    if let Some(work) = WorkTree::any(archive).filter(|_| !paths.is_empty()) {
        work.repair(queue, &paths).doing(|| "cannot finish an add that was interrupted".into())?;
    }
    // A hook may refuse a tag; that must not keep anybody from reading, and `archive verify` tells that it is missing.
    let mut left = Vec::new();
    for line in &tags {
        let Some(tag) = Tagging::noted(line) else { continue };
        release(&queue.tag_mark, &repo.common_dir().join(tag.name()))?;
        if tag.complete(archive, &queue.tag_mark).is_err() {
            left.push(line.clone());
        }
    }
    let is_settled = paths.is_empty() && tags == left;
    queue.owed.replace(left);
    if !is_settled {
        queue.note(&[])?;
    }
    release(&queue.index_mark, repo.index_path())?;
    let _ = fs::remove_file(repo.index_path().with_file_name(READY));
    Ok(())
}
