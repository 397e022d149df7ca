//! The archive: packages and their certificates in an ordinary git repository.

mod add;
mod arrival;
mod base;
mod baseline;
mod bundle;
mod changes;
mod chronicle;
mod codes;
mod delivery;
mod doctor;
mod driver;
mod earlier;
mod fresh;
mod give;
mod grow;
pub mod guard;
mod journal;
mod known;
pub mod layout;
mod leaf;
mod lookup;
pub mod policy;
mod prove;
mod read;
mod recertify;
mod released;
mod remembered;
mod room;
mod seal;
mod step;
mod sync;
mod tlog;
mod verify;
mod worktree;

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;

use crate::digest::Digest;
use crate::error::{Doing, Error, Result};
use crate::git::{Identity, Kind, Mode, Moved, NewCommit, ObjectFormat, PackWriter, Repo, TreeEdit};
use crate::tlog::{Signer, VerifierKey};
use layout::{ATTRIBUTES, ATTRIBUTES_TEXT, CHECKPOINT, CONFIG, LOG};
use policy::Config;

pub use add::{AddOptions, Added, Addition, Outcome, Request};
pub use arrival::BaselineEntry;
pub use base::Base;
pub use baseline::{Baseline, BaselineRun, Candidate, Paired, pair_names};
pub use chronicle::LogEntry;
pub use codes::{ARCHIVE_CODES, ArchiveCode};
pub use doctor::Advice;
pub use earlier::Secret;
pub use fresh::Freshness;
pub use known::Standing;
pub use lookup::Lookup;
pub use prove::{Kept, ProofReport, Proofs, Published, check_proof};
pub use read::RunEntry;
pub use recertify::Recertification;
pub use remembered::Alarm;
pub use sync::{Pulled, Pushed};
pub use verify::{ArchiveReport, Judgements, RunReport, VerifyOptions};

/// An open archive.
pub struct Archive {
    repo: Repo,
    /// Full name of the branch.
    branch: String,
    /// What checkpoints are signed with.
    signer: Option<Signer>,
    /// The state that was read last: a commit never changes.
    newest: RefCell<Option<Base>>,
}

impl Archive {
    fn new(repo: Repo, branch: String) -> Self {
        Self { repo, branch, signer: None, newest: RefCell::new(None) }
    }

    /// The same archive to be read by another thread.
    fn for_a_thread(&self) -> Self {
        Self::new(self.repo.clone(), self.branch.clone())
    }

    /// Makes an archive: the first commit of an unborn branch, with the configuration and the attributes file.
    ///
    /// # Errors
    /// When the branch has commits already, or the disk refuses.
    pub fn init(path: &Path, bare: bool, format: ObjectFormat) -> Result<Self> {
        Self::init_as(path, bare, format, &random_origin()?, None)
    }

    /// As [`Archive::init`], of an origin that was made with [`random_origin`], with checkpoints signed by a key.
    ///
    /// # Errors
    /// As [`Archive::init`].
    pub fn init_as(
        path: &Path,
        bare: bool,
        format: ObjectFormat,
        origin: &str,
        log_key: Option<&VerifierKey>,
    ) -> Result<Self> {
        let doing = || format!("cannot make an archive at {}", path.display());
        if is_repository(path) {
            let repo = Repo::open(path).doing(doing)?;
            if repo.object_format() != format && format == ObjectFormat::Sha256 {
                return Err(Error::new(doing())
                    .because("the repository there has SHA-1 objects")
                    .hint("make a new one in an empty folder"));
            }
            return Self::begin(repo, origin, log_key).doing(doing);
        }
        let was_there = path.exists();
        let made = Repo::init(path, bare, format, "main").doing(doing)?;
        let git_dir = made.git_dir().to_owned();
        Self::begin(made, origin, log_key).doing(doing).inspect_err(|_| {
            // A repository without a commit is in the way of the next attempt.
            let _ = match (bare, was_there) {
                (true, true) => empty(path),
                (false, true) => fs::remove_dir_all(git_dir),
                (_, false) => fs::remove_dir_all(path),
            };
        })
    }

    /// Makes a repository with an unborn branch an archive. What can be refused is refused before anything is written.
    fn begin(repo: Repo, origin: &str, log_key: Option<&VerifierKey>) -> Result<Self> {
        let head = repo.head()?;
        let Some(branch) = head.branch.filter(|_| head.id.is_none()) else {
            return Err(Error::new("the current branch has commits already")
                .hint("an archive begins with a branch of its own: `git switch --orphan audits`"));
        };
        let who = repo.identity()?;
        let archive = Self::new(repo, branch);
        if let Some(work) = worktree::WorkTree::of(&archive)? {
            work.refuse_what_is_in_the_way([CONFIG, ATTRIBUTES, LOG])?;
        }
        let Self { repo, branch, .. } = archive;
        let short = branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned();
        let repo = repo.settle()?.configure(&[("batool.branch", &short)])?;
        let archive = Self::new(repo, branch);
        archive.first_commit(&Config::initial(&short, origin, log_key), &tlog::first_checkpoint(origin), &who)?;
        Ok(archive)
    }

    fn first_commit(&self, config: &str, checkpoint: &str, who: &Identity) -> Result<()> {
        let repo = &self.repo;
        let mut pack = PackWriter::new(repo);
        let files = [(CONFIG, config), (ATTRIBUTES, ATTRIBUTES_TEXT), (CHECKPOINT, checkpoint)];
        let mut tree = TreeEdit::on(repo, None)?;
        let mut blobs = Vec::new();
        for (path, text) in files {
            let id = pack.add(Kind::Blob, text.as_bytes())?;
            tree.put(path.as_bytes(), Mode::Blob, id)?;
            blobs.push((path.to_owned(), id));
        }
        let tree = tree.write(&mut pack)?;
        let message = "archive: init\n";
        let commit = NewCommit { tree, parents: &[], message, who }.write(repo, &mut pack)?;
        pack.finish()?;
        match repo.compare_and_swap(&self.branch, None, commit, message, &who.committer)? {
            Moved::Moved => {}
            Moved::Lost { .. } => return Err(Error::new("the branch was made by somebody else in the meantime")),
        }
        match worktree::WorkTree::of(self)? {
            Some(work) => work.place(&blobs),
            None => Ok(()),
        }
    }

    /// Opens the archive at a path: a bare repository, or the top of a work tree.
    ///
    /// # Errors
    /// When there is none, or it is one that cannot be used safely.
    pub fn open(path: &Path) -> Result<Self> {
        if !is_repository(path) {
            return Err(none_at(path, "there is no git repository"));
        }
        Self::of_repo(Repo::open(path), path)
    }

    /// Opens the archive around a folder.
    ///
    /// # Errors
    /// When there is none around it.
    pub fn discover(path: &Path) -> Result<Self> {
        if !is_in_repository(path) {
            return Err(none_at(path, "there is no git repository around it"));
        }
        Self::of_repo(Repo::discover(path), path)
    }

    /// An archive that is there and cannot be used is not to be confused with none.
    fn of_repo(repo: Result<Repo>, path: &Path) -> Result<Self> {
        let doing = || format!("cannot use the archive at {}", path.display());
        let repo = repo.doing(doing)?;
        let branch = match repo.config("batool.branch") {
            Some(branch) => format!("refs/heads/{branch}"),
            // A clone does not have the setting; its HEAD is the branch, unless somebody switched.
            None => {
                let Some(id) = repo.head().doing(doing)?.id else {
                    return Err(none_at(path, "the repository there has no commits"));
                };
                match Base::find(&repo, id).doing(doing)? {
                    Some(base) => format!("refs/heads/{}", base.config.archive.branch),
                    None => return Err(none_at(path, "the repository there has no batool.toml at its root")),
                }
            }
        };
        if repo.read_ref(&branch).doing(doing)?.is_none() {
            if repo.refs_below("refs/heads/").doing(doing)?.is_empty() {
                return Err(none_at(path, "the repository there has no commits"));
            }
            return Err(Error::new(doing())
                .because(format!("its branch {branch} is not there"))
                .hint("bring it back with `git branch NAME COMMIT`; `git fsck --lost-found` shows commits"));
        }
        let archive = Self::new(repo, branch);
        archive.tip().doing(doing)?;
        journal::recover(&archive).doing(doing)?;
        Ok(archive)
    }

    /// The repository.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// The full name of the archive's branch.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The newest state.
    ///
    /// # Errors
    /// When the branch is gone or its tip is no state of an archive.
    pub fn tip(&self) -> Result<Base> {
        let id = self
            .repo
            .read_ref(&self.branch)?
            .ok_or_else(|| Error::new(format!("the archive's branch {} is not there", self.branch)))?;
        let mut newest = self.newest.borrow_mut();
        match newest.as_ref().filter(|base| base.commit == id) {
            Some(base) => Ok(base.clone()),
            None => Ok(newest.insert(Base::read(&self.repo, id)?).clone()),
        }
    }

    /// The state at a revision.
    ///
    /// # Errors
    /// When there is no such revision, or it is no state of an archive.
    pub fn at(&self, rev: &str) -> Result<Base> {
        Base::read(&self.repo, self.repo.resolve_commit(rev)?)
    }
}

/// True if this is a bare repository, or the top of a work tree.
fn is_repository(path: &Path) -> bool {
    path.join(".git").exists() || (path.join("HEAD").is_file() && path.join("objects").is_dir())
}

/// True if a path lies in a repository, whether that can be used or not.
pub fn is_in_repository(path: &Path) -> bool {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.ancestors().any(is_repository)
}

/// Takes away everything in a folder, and leaves the folder.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn none_at(path: &Path, why: &str) -> Error {
    Error::new(format!("there is no archive at {}", path.display()))
        .because(why.to_owned())
        .hint("make one with `batool archive init DIR`, or name it with --archive DIR")
}

/// `batool/` and 32 hex digits that nobody can guess.
///
/// # Errors
/// When the system has no random bytes.
pub fn random_origin() -> Result<String> {
    Ok(format!("batool/{}", random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// A new key of this name, to sign checkpoints with.
///
/// # Errors
/// When the system has no random bytes, or the name cannot be a key's.
pub fn random_signer(name: &str) -> Result<Signer> {
    Signer::new(name, &random()?)
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|cause| Error::new("cannot get random bytes").because(cause.to_string()))?;
    Ok(bytes)
}

/// The token of a stored file: `sha256:` and its digest.
fn token(bytes: &[u8]) -> String {
    Digest::of(bytes).token()
}
