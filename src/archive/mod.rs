//! The archive: packages and their certificates in an ordinary git repository.

mod add;
mod base;
mod codes;
mod journal;
pub mod layout;
pub mod policy;
mod read;
mod verify;
mod worktree;

use std::path::Path;

use crate::digest::Digest;
use crate::error::{Doing, Error, Result};
use crate::git::{Kind, Mode, Moved, NewCommit, ObjectFormat, PackWriter, Repo, TreeEdit};
use layout::{ATTRIBUTES, ATTRIBUTES_TEXT, CONFIG};
use policy::Config;

pub use add::{AddOptions, Added, Addition, Outcome, Request};
pub use base::Base;
pub use codes::{ARCHIVE_CODES, ArchiveCode};
pub use read::{LogEntry, RunEntry};
pub use verify::{ArchiveReport, RunReport};

/// An open archive.
pub struct Archive {
    repo: Repo,
    /// Full name of the branch.
    branch: String,
}

impl Archive {
    /// Makes an archive: the first commit of an unborn branch, with the configuration and the attributes file.
    ///
    /// # Errors
    /// When the branch has commits already, or the disk refuses.
    pub fn init(path: &Path, bare: bool, format: ObjectFormat) -> Result<Self> {
        let doing = || format!("cannot make an archive at {}", path.display());
        let is_repository =
            path.join(".git").exists() || (path.join("HEAD").is_file() && path.join("objects").is_dir());
        let repo = if is_repository {
            let repo = Repo::open(path).doing(doing)?;
            if repo.object_format() != format && format == ObjectFormat::Sha256 {
                return Err(Error::new(doing())
                    .because("the repository there has SHA-1 objects")
                    .hint("make a new one in an empty folder"));
            }
            repo.settle().doing(doing)?
        } else {
            Repo::init(path, bare, format, "main").doing(doing)?
        };
        let head = repo.head()?;
        let Some(branch) = head.branch.filter(|_| head.id.is_none()) else {
            return Err(Error::new(doing())
                .because("the current branch has commits already")
                .hint("an archive begins with a branch of its own: `git switch --orphan audits`"));
        };
        let short = branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned();
        let repo = repo.configure(&[("batool.branch", &short)]).doing(doing)?;
        let archive = Self { repo, branch };
        let config = Config::initial(&short, &random_origin()?);
        archive.first_commit(&config).doing(doing)?;
        Ok(archive)
    }

    fn first_commit(&self, config: &str) -> Result<()> {
        let repo = &self.repo;
        let who = repo.identity()?;
        let mut pack = PackWriter::new(repo);
        let files = [(CONFIG, config), (ATTRIBUTES, ATTRIBUTES_TEXT)];
        let mut tree = TreeEdit::on(repo, None)?;
        let mut blobs = Vec::new();
        for (path, text) in files {
            let id = pack.add(Kind::Blob, text.as_bytes())?;
            tree.put(path.as_bytes(), Mode::Blob, id)?;
            blobs.push((path.to_owned(), id));
        }
        let tree = tree.write(&mut pack)?;
        let message = "archive: init\n";
        let commit = NewCommit { tree, parents: &[], message, who: &who }.write(repo, &mut pack)?;
        pack.finish()?;
        let with_tree = worktree::WorkTree::of(self)?;
        if let Some(work) = &with_tree {
            work.refuse_what_is_in_the_way(files.map(|(path, _)| path))?;
        }
        match repo.compare_and_swap(&self.branch, None, commit, message, &who.committer)? {
            Moved::Moved => {}
            Moved::Lost { .. } => return Err(Error::new("the branch was made by somebody else in the meantime")),
        }
        match with_tree {
            Some(work) => work.place(&blobs),
            None => Ok(()),
        }
    }

    /// Opens the archive at a path: a bare repository, or the top of a work tree.
    ///
    /// # Errors
    /// When there is none, or it is one that cannot be used safely.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of_repo(Repo::open(path).map_err(|error| none_at(path, error))?).map_err(|error| none_at(path, error))
    }

    /// Opens the archive around a folder.
    ///
    /// # Errors
    /// When there is none around it.
    pub fn discover(path: &Path) -> Result<Self> {
        Self::of_repo(Repo::discover(path).map_err(|error| none_at(path, error))?).map_err(|error| none_at(path, error))
    }

    fn of_repo(repo: Repo) -> Result<Self> {
        let branch = match repo.config("batool.branch") {
            Some(branch) => format!("refs/heads/{branch}"),
            // A clone does not have the setting; its HEAD is the branch, unless somebody switched.
            None => {
                let id = repo.head()?.id.ok_or_else(|| Error::new("the repository has no commits"))?;
                let config = Base::read(&repo, id)?.config;
                format!("refs/heads/{}", config.archive.branch)
            }
        };
        let archive = Self { repo, branch };
        archive.tip()?;
        journal::recover(&archive)?;
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
        Base::read(&self.repo, id)
    }

    /// The state at a revision.
    ///
    /// # Errors
    /// When there is no such revision, or it is no state of an archive.
    pub fn at(&self, rev: &str) -> Result<Base> {
        Base::read(&self.repo, self.repo.resolve_commit(rev)?)
    }
}

fn none_at(path: &Path, error: Error) -> Error {
    Error::new(format!("there is no archive at {}", path.display()))
        .because(error)
        .hint("make one with `batool archive init DIR`, or name it with --archive DIR")
}

/// `batool/` and 32 hex digits that nobody can guess.
fn random_origin() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|cause| Error::new("cannot get random bytes").because(cause.to_string()))?;
    Ok(format!("batool/{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// The token of a stored file: `sha256:` and its digest.
fn token(bytes: &[u8]) -> String {
    Digest::of(bytes).token()
}
