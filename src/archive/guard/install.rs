//! Putting hooks where git looks for them, beside those that are there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::floor;
use crate::archive::Base;
use crate::archive::policy::Policy;
use crate::error::{Doing, Error, Result};
use crate::git::Repo;

/// The script that every hook is.
const STUB: &str = include_str!("../../../hooks/stub");
/// By this line a hook is known as ours.
const MARK: &str = "# batool hook";
/// What a hook that was there before is called; the stub runs it first.
const BEFORE: &str = "before-batool";

const LOCAL: [&str; 3] = ["pre-commit", "pre-merge-commit", "reference-transaction"];
const ALL: [&str; 5] = ["pre-commit", "pre-merge-commit", "reference-transaction", "pre-receive", "update"];

/// What a server is set to, so that git itself refuses what no hook needs to look at.
const SERVER_SETTINGS: [(&str, &str); 4] = [
    ("receive.fsckObjects", "true"),
    ("receive.denyDeletes", "true"),
    ("receive.denyNonFastForwards", "true"),
    ("core.logAllRefUpdates", "always"),
];

/// A hook that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Where it is.
    pub path: PathBuf,
    /// A hook that was there runs before it.
    pub is_chained: bool,
}

/// What stands under a hook's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookState {
    /// Nothing.
    Absent,
    /// Ours, and git would run it.
    Effective,
    /// Ours, but git would not run it: it may not be executed.
    NotExecutable,
    /// Somebody else's.
    Foreign,
}

impl HookState {
    /// The state in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Absent => "not installed",
            Self::Effective => "installed",
            Self::NotExecutable => "installed, but git cannot run it: it is not executable",
            Self::Foreign => "another hook, which does not ask batool",
        }
    }
}

/// Where hooks are installed.
#[derive(Debug, Clone)]
pub enum Place {
    /// Where somebody works.
    Clone,
    /// Where others push to.
    Server(Server),
}

/// How a server guards itself.
#[derive(Debug, Clone, Default)]
pub struct Server {
    /// Its floor; without one the floor that it has stays, else it is the tip's policy, else the default one.
    pub policy: Option<Policy>,
    /// Largest push, in bytes; without one 4 GiB.
    pub max_push: Option<u64>,
    /// The host runs no `pre-receive`, only `update`.
    pub update_only: bool,
}

/// Writes the hooks of a clone, or of a server.
///
/// A hook that is there is kept and run first; one of ours is written anew.
///
/// # Errors
/// When the disk refuses, two hooks would have to be kept, or the floor that a server has cannot be read.
pub fn install(repo: Repo, program: &Path, place: &Place) -> Result<Vec<Installed>> {
    let folder = repo.hooks_dir();
    fs::create_dir_all(&folder).doing(|| format!("cannot make {}", folder.display()))?;
    let branch = guarded_branch(&repo)?;
    let stub = STUB.replace("branch=BRANCH", &format!("branch={}", quoted(branch.as_deref().unwrap_or_default())));
    let names: &[&str] = match place {
        Place::Clone => &LOCAL,
        Place::Server(server) if server.update_only => &["update"],
        Place::Server(_) => &["pre-receive"],
    };
    let floor = match place {
        Place::Clone => None,
        Place::Server(server) => Some(match (&server.policy, floor::read(&repo)) {
            (Some(policy), _) => policy.clone(),
            (None, found) => match found? {
                Some(there) => there,
                None => tips_policy(&repo, branch.as_deref())?.unwrap_or_default(),
            },
        }),
    };
    let mut installed = Vec::new();
    for name in names {
        let path = folder.join(name);
        let doing = || format!("cannot write {}", path.display());
        let kept = folder.join(format!("{name}.{BEFORE}"));
        if let HookState::Foreign = state(&path)? {
            if kept.exists() {
                return Err(Error::new(doing())
                    .because(format!("another hook is there, and {} as well", kept.display()))
                    .hint("merge the two by hand"));
            }
            fs::rename(&path, &kept).doing(doing)?;
        }
        let mut file = tempfile::Builder::new().prefix(".batool-").tempfile_in(&folder).doing(doing)?;
        io::Write::write_all(&mut file, stub.as_bytes()).doing(doing)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        file.as_file().set_permissions(mode).and_then(|()| file.as_file().sync_all()).doing(doing)?;
        file.persist(&path).doing(doing)?;
        installed.push(Installed { path, is_chained: kept.exists() });
    }
    let mut settings = vec![("batool.program", program.to_str().unwrap_or("batool"))];
    settings.extend(branch.as_deref().map(|branch| ("batool.branch", branch)));
    let mut own: Vec<(String, String)> = Vec::new();
    if let Place::Server(server) = place {
        settings.extend(SERVER_SETTINGS);
        own.push(("receive.maxInputSize".into(), server.max_push.unwrap_or(4 << 30).to_string()));
    }
    let members = floor.as_ref().map(floor::settings).unwrap_or_default().into_iter();
    own.extend(members.map(|(name, value)| (format!("batool.policy.{name}"), value)));
    settings.extend(own.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    repo.configure(&settings)?;
    Ok(installed)
}

/// The policy at the tip of the archive's branch, if there is one.
fn tips_policy(repo: &Repo, branch: Option<&str>) -> Result<Option<Policy>> {
    let Some(branch) = branch else { return Ok(None) };
    let tip = repo.read_ref(&format!("refs/heads/{branch}"))?;
    Ok(tip.map(|id| Base::find(repo, id)).transpose()?.flatten().map(|base| base.config.policy))
}

/// The server's floor, name and value of each member; nothing if there is none.
///
/// # Errors
/// When it cannot be read.
pub fn floor_of(repo: &Repo) -> Result<Option<Vec<(&'static str, String)>>> {
    Ok(floor::read(repo)?.as_ref().map(floor::settings))
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What stands under the name of each hook.
///
/// # Errors
/// When a file cannot be read.
pub fn status(repo: &Repo) -> Result<Vec<(&'static str, HookState)>> {
    let folder = repo.hooks_dir();
    ALL.into_iter().map(|name| Ok((name, state(&folder.join(name))?))).collect()
}

/// The branch that the archive's configuration names, or, where there is no archive yet, the one that git is on.
fn guarded_branch(repo: &Repo) -> Result<Option<String>> {
    if let Some(branch) = repo.own_setting("batool", "branch") {
        return Ok(Some(branch));
    }
    let head = repo.head()?;
    let base = head.id.map(|id| Base::find(repo, id)).transpose()?.flatten();
    let short = |branch: String| branch.strip_prefix("refs/heads/").map(str::to_owned);
    Ok(base.map(|base| base.config.archive.branch).or_else(|| head.branch.and_then(short)))
}

fn state(path: &Path) -> Result<HookState> {
    use std::os::unix::fs::PermissionsExt as _;
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HookState::Absent),
        Err(error) => Err(error).doing(|| format!("cannot read {}", path.display())),
        Ok(text) if !String::from_utf8_lossy(&text).lines().any(|line| line.starts_with(MARK)) => {
            Ok(HookState::Foreign)
        }
        Ok(_) => {
            let mode = fs::metadata(path).doing(|| format!("cannot look at {}", path.display()))?.permissions().mode();
            Ok(if mode & 0o111 == 0 { HookState::NotExecutable } else { HookState::Effective })
        }
    }
}
