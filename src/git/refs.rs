//! Branches: reading them, and moving one only from the value that was seen.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use gix::bstr::ByteSlice as _;
use gix::refs::file::transaction::prepare::{MustNotExist, ReferenceOutOfDate};
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};
use gix::refs::{FullName, Target};

use super::ask::ELSEWHERE;
use super::id::Id;
use super::identity::Person;
use super::packfile::sync_directory;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// How long another program may hold a lock before we give up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a lock of our own making is asked for in that time.
const TURN: Duration = Duration::from_millis(5);
const MOST_TURNS: u32 = 1000;
/// What a hook of ours says about itself.
const OUR_HOOK: &[u8] = b"# batool hook";

/// What `HEAD` points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch's full name, `refs/heads/main`; none if a commit is checked out by itself.
    pub branch: Option<String>,
    /// The commit; none while the branch is unborn.
    pub id: Option<Id>,
}

/// How a compare-and-swap ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The reference points to the new object, and that is flushed to disk.
    Moved,
    /// Somebody was faster; nothing was changed.
    Lost {
        /// What the reference points to now; none if it is gone.
        actual: Option<Id>,
    },
}

impl Repo {
    /// The object that a reference with this full name points to; none if there is no such reference.
    ///
    /// # Errors
    /// When the name is no reference's name, or the file cannot be read.
    pub fn read_ref(&self, name: &str) -> Result<Option<Id>> {
        let doing = || format!("cannot read {name}");
        let full = full_name(name)?;
        let Some(mut found) = self.gix.try_find_reference(&full).doing(doing)? else { return Ok(None) };
        while let Some(next) = found.follow() {
            match next {
                Ok(next) => found = next,
                Err(_) if found.target().try_name().is_some() => return Ok(None),
                Err(cause) => return Err(cause).doing(doing),
            }
        }
        Ok(found.target().try_id().map(|id| Id(id.to_owned())))
    }

    /// What `HEAD` points to.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn head(&self) -> Result<Head> {
        let head = self.gix.head().doing(|| "cannot read HEAD".into())?;
        Ok(Head {
            branch: head.referent_name().map(|name| name.as_bstr().to_str_lossy().into_owned()),
            id: head.id().map(|id| Id(id.detach())),
        })
    }

    /// Names and objects of all references below a prefix such as `refs/tags/baseline/`, sorted by name. Annotated
    /// tags are not peeled.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn refs_below(&self, prefix: &str) -> Result<Vec<(String, Id)>> {
        let doing = || format!("cannot list {prefix}");
        let platform = self.gix.references().doing(doing)?;
        let mut all = Vec::new();
        for reference in platform.prefixed(prefix).doing(doing)? {
            let reference = reference.doing(doing)?;
            if let Some(id) = reference.target().try_id() {
                all.push((reference.name().as_bstr().to_str_lossy().into_owned(), Id(id.to_owned())));
            }
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Moves a reference from `old` (none: it must not exist) to `new`, and flushes that to disk.
    ///
    /// `message` goes into the reflog. Where a `reference-transaction` hook that is not ours exists, git moves the
    /// reference, so that the hook is asked.
    ///
    /// # Errors
    /// When another program holds the lock too long, a hook refuses, or the disk does. A lost race is no error.
    pub fn compare_and_swap(&self, name: &str, old: Option<Id>, new: Id, message: &str, who: &Person) -> Result<Moved> {
        // Reflogs are read by the line.
        let message = message.lines().next().unwrap_or_default();
        if self.has_foreign_hook() {
            return self.ask_git_to_move(name, old, new, message, who);
        }
        let doing = || format!("cannot move {name}");
        let full = full_name(name)?;
        let expected =
            old.map_or(PreviousValue::MustNotExist, |old| PreviousValue::MustExistAndMatch(Target::Object(old.0)));
        let log = LogChange { mode: RefLog::AndReference, force_create_reflog: false, message: message.into() };
        let change = Change::Update { log, expected, new: Target::Object(new.0) };
        let edit = RefEdit { change, name: full.clone(), deref: false };
        let patience = gix::lock::acquire::Fail::AfterDurationWithBackoff(PATIENCE);
        let prepared = match self.gix.refs.transaction().prepare(Some(edit), patience, patience) {
            Ok(prepared) => prepared,
            Err(cause) => return self.lost_or_error(name, old, cause),
        };
        // gix lets "must not exist" pass if the reference exists with the very value that it is to have.
        if old.is_none()
            && let Some(there) = self.gix.refs.try_find(full.as_ref()).doing(doing)?
        {
            return Ok(Moved::Lost { actual: there.target.try_id().map(|id| Id(id.to_owned())) });
        }
        let path = self.ref_path(name);
        // Before it gets its name: else a power cut could leave an empty file under it.
        match File::open(with_lock_suffix(&path)).and_then(|file| file.sync_all()) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause).doing(doing),
            _ => {}
        }
        prepared.commit(who.signature()).doing(doing)?;
        self.note_in_head_log(name, old, new, message, who);
        self.flush_ref(name, old.is_none()).doing(|| format!("cannot flush {name} to disk"))?;
        Ok(Moved::Moved)
    }

    /// As [`Repo::compare_and_swap`] for a reference that exists, with a lock that is known after a kill, and an index
    /// that follows at once.
    ///
    /// The reference's lock is a hard link to the file `mark`: whoever knows the mark can tell that a lock that was left
    /// behind is not another program's. `follow` runs as soon as the reference has moved, before that is flushed to
    /// disk: `git commit` reads first `HEAD`, then the index, and only then takes the index's lock; the new `HEAD` with
    /// the old index would make it undo what has just been committed. Between two renames it finds no time for that.
    ///
    /// # Errors
    /// As [`Repo::compare_and_swap`], and what `follow` says: then the reference has moved all the same.
    pub fn compare_and_swap_marked(
        &self,
        name: &str,
        (old, new): (Id, Id),
        message: &str,
        who: &Person,
        mark: &Path,
        follow: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Moved> {
        // Reflogs are read by the line.
        let message = message.lines().next().unwrap_or_default();
        if self.has_foreign_hook() {
            let moved = self.ask_git_to_move(name, Some(old), new, message, who)?;
            if moved == Moved::Moved {
                follow()?;
            }
            return Ok(moved);
        }
        let doing = || format!("cannot move {name}");
        let full = full_name(name)?;
        let path = self.ref_path(name);
        // References that were packed may have left no directory.
        path.parent().map_or(Ok(()), fs::create_dir_all).doing(doing)?;
        let lock = RefLock::take(with_lock_suffix(&path), mark, new).doing(doing)?;
        let there = self.gix.refs.try_find(full.as_ref()).doing(doing)?;
        match there.map(|there| there.target) {
            Some(Target::Object(id)) if id == old.0 => {}
            Some(Target::Object(id)) => return Ok(Moved::Lost { actual: Some(Id(id)) }),
            Some(Target::Symbolic(to)) => return Err(only_points_to(name, &to)),
            None => return Ok(Moved::Lost { actual: None }),
        }
        let log = self.common_dir().join("logs").join(name);
        if log.exists() || self.wants_logs() {
            log_line(&log, old, new, message, who).doing(|| format!("cannot write {}", log.display()))?;
        }
        lock.commit(&path).doing(doing)?;
        let followed = follow();
        self.note_in_head_log(name, Some(old), new, message, who);
        self.flush_ref(name, false).doing(|| format!("cannot flush {name} to disk"))?;
        followed.map(|()| Moved::Moved)
    }

    /// Makes a tag that must not exist, with a lock that is known after a kill, as [`Repo::compare_and_swap_marked`] does.
    ///
    /// # Errors
    /// As [`Repo::compare_and_swap`].
    pub fn make_tag_marked(&self, name: &str, id: Id, message: &str, who: &Person, mark: &Path) -> Result<Moved> {
        if self.has_foreign_hook() {
            return self.ask_git_to_move(name, None, id, message, who);
        }
        let doing = || format!("cannot make {name}");
        let full = full_name(name)?;
        let path = self.ref_path(name);
        path.parent().map_or(Ok(()), fs::create_dir_all).doing(doing)?;
        let lock = RefLock::take(with_lock_suffix(&path), mark, id).doing(doing)?;
        if let Some(there) = self.gix.refs.try_find(full.as_ref()).doing(doing)? {
            return Ok(Moved::Lost { actual: there.target.try_id().map(|id| Id(id.to_owned())) });
        }
        // Only where git is told to log everything it logs tags.
        if self.config("core.logAllRefUpdates").as_deref() == Some("always") {
            let log = self.common_dir().join("logs").join(name);
            log_line(&log, id.format().null(), id, message, who).doing(|| format!("cannot write {}", log.display()))?;
        }
        lock.commit(&path).doing(doing)?;
        self.flush_ref(name, true).doing(|| format!("cannot flush {name} to disk"))?;
        Ok(Moved::Moved)
    }

    fn lost_or_error(&self, name: &str, old: Option<Id>, cause: gix::Error) -> Result<Moved> {
        let actual = cause
            .downcast_any_ref::<ReferenceOutOfDate>()
            .map(|stale| &stale.actual)
            .or_else(|| cause.downcast_any_ref::<MustNotExist>().map(|there| &there.actual));
        if let Some(actual) = actual {
            return match actual {
                Target::Object(id) => Ok(Moved::Lost { actual: Some(Id(*id)) }),
                Target::Symbolic(to) => Err(only_points_to(name, to)),
            };
        }
        let lock = with_lock_suffix(&self.ref_path(name));
        let packed = with_lock_suffix(&self.common_dir().join("packed-refs"));
        let error = Error::new(format!("cannot move {name}"));
        if let Some(held) = [lock, packed].into_iter().find(|lock| lock.exists()) {
            return Err(error
                .because(format!("another program holds {}", held.display()))
                .hint(format!("run the command again; if no git command is running, remove {}", held.display())));
        }
        // The reference that should have matched is gone.
        if old.is_some() && self.read_ref(name)?.is_none() {
            return Ok(Moved::Lost { actual: None });
        }
        Err(error.because(cause))
    }

    fn ref_path(&self, name: &str) -> PathBuf {
        let is_private = ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].iter().any(|own| name.starts_with(own));
        if is_private { self.git_dir().join(name) } else { self.common_dir().join(name) }
    }

    fn flush_ref(&self, name: &str, is_new: bool) -> io::Result<()> {
        let path = self.ref_path(name);
        // A new name may have come with new directories.
        let levels = if is_new { name.matches('/').count() } else { 1 };
        path.ancestors().skip(1).take(levels).try_for_each(sync_directory)
    }

    /// As git does when the branch that `HEAD` points to moves. For people only, hence no error.
    fn note_in_head_log(&self, name: &str, old: Option<Id>, new: Id, message: &str, who: &Person) {
        let points_here = fs::read(self.git_dir().join("HEAD"))
            .is_ok_and(|head| head.strip_prefix(b"ref: ").is_some_and(|rest| rest.trim_ascii() == name.as_bytes()));
        let path = self.git_dir().join("logs/HEAD");
        if points_here && old != Some(new) && (self.wants_logs() || path.exists()) {
            let _ = log_line(&path, old.unwrap_or(new.format().null()), new, message, who);
        }
    }

    fn wants_logs(&self) -> bool {
        match self.config("core.logAllRefUpdates").as_deref() {
            Some("always") => true,
            None => !self.is_bare(),
            Some(_) => self.config_bool("core.logAllRefUpdates").unwrap_or(false),
        }
    }

    fn has_foreign_hook(&self) -> bool {
        let hook = self.hooks_dir().join("reference-transaction");
        let is_ours = || fs::read(&hook).is_ok_and(|text| text.find(OUR_HOOK).is_some());
        // Ours asks the one that was there before; for what we do ourselves that one counts.
        is_program(&hook) && (!is_ours() || is_program(&hook.with_extension("before-batool")))
    }

    /// As [`Repo::compare_and_swap`], done by git.
    ///
    /// # Errors
    /// As there, and when git cannot be run.
    pub fn ask_git_to_move(&self, name: &str, old: Option<Id>, new: Id, message: &str, who: &Person) -> Result<Moved> {
        let doing = || format!("cannot move {name}");
        full_name(name)?;
        let old_or_null = old.unwrap_or(new.format().null());
        let mut git = Command::new("git");
        for variable in ELSEWHERE {
            git.env_remove(variable);
        }
        git.arg("--git-dir").arg(self.git_dir());
        git.args(["--no-replace-objects", "-c", "core.fsync=all", "-c", "core.filesRefLockTimeout=5000"]);
        git.args(["update-ref", "--create-reflog", "-m", message, "--stdin", "-z"]);
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        git.env("GIT_COMMITTER_NAME", lossy(&who.name)).env("GIT_COMMITTER_EMAIL", lossy(&who.email));
        git.env("GIT_COMMITTER_DATE", &who.time);
        git.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = git.spawn().doing(|| "cannot run git".into()).map_err(|error| {
            error.hint("git moves references here because of the hook reference-transaction; install git")
        })?;
        let order = format!("update {name}\0{new}\0{old_or_null}\0");
        child.stdin.take().expect("it is piped").write_all(order.as_bytes()).doing(doing)?;
        let output = child.wait_with_output().doing(doing)?;
        if output.status.success() {
            self.flush_ref(name, old.is_none()).doing(|| format!("cannot flush {name} to disk"))?;
            return Ok(Moved::Moved);
        }
        let actual = self.read_ref(name)?;
        if actual != old {
            return Ok(Moved::Lost { actual });
        }
        Err(Error::new(doing())
            .because(format!("git says: {}", lossy(&output.stderr).trim()))
            .hint("the hook reference-transaction may have refused"))
    }

    /// The other work tree that has this branch (a full name) checked out, if there is one: its files would seem
    /// changed if the branch moved.
    ///
    /// # Errors
    /// When the list of work trees cannot be read.
    pub fn checked_out_elsewhere(&self, branch: &str) -> Result<Option<PathBuf>> {
        let doing = || "cannot list the work trees".to_owned();
        let is_here = |git_dir: &Path| same_place(git_dir, self.git_dir());
        let has_branch = |git_dir: &Path| {
            fs::read(git_dir.join("HEAD"))
                .is_ok_and(|head| head.strip_prefix(b"ref: ").is_some_and(|at| at.trim_ascii() == branch.as_bytes()))
        };
        for tree in self.gix.worktrees().doing(doing)? {
            if !is_here(tree.git_dir()) && has_branch(tree.git_dir()) && !tree.is_prunable() {
                return Ok(Some(tree.base().unwrap_or_else(|_| tree.git_dir().to_owned())));
            }
        }
        let main = self.common_dir();
        if !is_here(main) && has_branch(main) {
            let main = self.gix.main_repo().doing(doing)?;
            return Ok(main.workdir().map(Path::to_owned));
        }
        Ok(None)
    }
}

/// The lock of a reference, holding its new value.
struct RefLock {
    lock: PathBuf,
    mark: PathBuf,
}

impl RefLock {
    /// Writes and flushes the new value before the lock gets its name: a power cut leaves no empty reference.
    fn take(lock: PathBuf, mark: &Path, new: Id) -> Result<Self> {
        let doing = || format!("cannot make {}", lock.display());
        let _ = fs::remove_file(mark);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(mark).doing(doing)?;
        // From here on dropping removes what was made.
        let mut taken = Self { lock: PathBuf::new(), mark: mark.to_owned() };
        file.write_all(format!("{new}\n").as_bytes()).and_then(|()| file.sync_all()).doing(doing)?;
        for _ in 0..MOST_TURNS {
            match fs::hard_link(mark, &lock) {
                Ok(()) => {
                    taken.lock = lock;
                    return Ok(taken);
                }
                Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(cause).doing(doing),
                Err(_) => thread::sleep(TURN),
            }
        }
        Err(Error::new(format!("another program holds {}", lock.display()))
            .hint(format!("run the command again; if no git command is running, remove {}", lock.display())))
    }

    fn commit(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.lock, path)?;
        // The lock's name is free, and may be another program's at once.
        self.lock = PathBuf::new();
        Ok(())
    }
}

impl Drop for RefLock {
    fn drop(&mut self) {
        if !self.lock.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.lock);
        }
        let _ = fs::remove_file(&self.mark);
    }
}

/// Adds a line to a reflog, as git writes it.
fn log_line(path: &Path, old: Id, new: Id, message: &str, who: &Person) -> io::Result<()> {
    let mut line = format!("{old} {new} ").into_bytes();
    line.extend_from_slice(&who.name);
    line.extend_from_slice(b" <");
    line.extend_from_slice(&who.email);
    line.extend_from_slice(format!("> {}\t{message}\n", who.time).as_bytes());
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(&line)
}

fn only_points_to(name: &str, to: &FullName) -> Error {
    Error::new(format!("cannot move {name}"))
        .because(format!("it only points to {}", to.as_bstr()))
        .hint("name the branch itself")
}

fn full_name(name: &str) -> Result<FullName> {
    if !name.starts_with("refs/") {
        return Err(Error::new(format!("cannot use {name:?} as a reference")).because("it does not begin with refs/"));
    }
    FullName::try_from(name).doing(|| format!("cannot use {name:?} as a reference"))
}

fn with_lock_suffix(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn same_place(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        path.is_file()
    }
}
