//! Bundles: a repository in one file, made and taken apart by git.

use std::path::Path;
use std::process::{Command, Output};

use super::ask::ELSEWHERE;
use super::id::{Id, ObjectFormat};
use super::repo::Repo;
use crate::error::{Doing as _, Error, Result};

impl Repo {
    /// Writes these references and all that they reach into a bundle at `to`, in place of what is there.
    ///
    /// # Errors
    /// When git is not there, or does not want to.
    pub fn bundle(&self, references: &[String], to: &Path) -> Result<()> {
        let mut git = git();
        git.arg("--git-dir").arg(self.git_dir()).args(["bundle", "create", "--quiet"]);
        git.arg(absolute(to)?).args(references);
        said(git.output(), "cannot make a bundle").map(drop)
    }

    /// Makes a bare repository at `into` out of a bundle with one branch.
    ///
    /// # Errors
    /// When the file is no bundle, holds no branch or several, or is not complete.
    pub fn unbundle(file: &Path, into: &Path) -> Result<Self> {
        let doing = "cannot read the bundle";
        let file = absolute(file)?;
        let listed = said(git().args(["bundle", "list-heads"]).arg(&file).output(), doing)?;
        let branches: Vec<(&str, &str)> = listed
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(id, name)| Some((id, name.strip_prefix("refs/heads/")?)))
            .collect();
        let [(id, branch)] = branches.as_slice() else {
            return Err(Error::new(doing)
                .because(format!("it holds {} branches, and an archive has one", branches.len()))
                .hint("make it with `batool archive bundle`"));
        };
        let format = if id.len() == 64 { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 };
        let id = Id::from_hex(id)?;
        let made = Self::init(into, true, format, branch);
        let repo = made.map_err(|error| error.hint("make it with `batool archive bundle`"))?;
        let mut fetch = git();
        fetch.arg("--git-dir").arg(repo.git_dir()).args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "fetch.fsckObjects=true",
        ]);
        fetch.args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--"]).arg(&file);
        fetch.arg(format!("refs/heads/{branch}:refs/heads/{branch}"));
        said(fetch.output(), doing)?;
        let repo = Self::open(into)?;
        match repo.read_ref(&format!("refs/heads/{branch}"))? {
            Some(found) if found == id => Ok(repo),
            _ => Err(Error::new(doing).because(format!("its branch {branch} is not what it says"))),
        }
    }
}

fn absolute(path: &Path) -> Result<std::path::PathBuf> {
    std::path::absolute(path).doing(|| format!("cannot find {}", path.display()))
}

/// Git, without what the environment says of another repository.
fn git() -> Command {
    let mut git = Command::new("git");
    for variable in ELSEWHERE {
        git.env_remove(variable);
    }
    git.arg("--no-replace-objects");
    git
}

fn said(output: std::io::Result<Output>, doing: &str) -> Result<String> {
    let output =
        output.doing(|| "cannot run git".into()).map_err(|error| error.hint("bundles are made by git; install it"))?;
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(lossy(&output.stdout));
    }
    Err(Error::new(doing)
        .because(format!("git says: {}", lossy(&output.stderr)))
        .hint("`git bundle verify FILE` tells more"))
}
