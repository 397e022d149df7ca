//! What git is asked to do: talk to other repositories.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;

use super::id::Id;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// So much of what git says is kept.
const MOST_TALK: usize = 64 << 10;
/// What these say was meant for another repository, or led here already.
pub(super) const ELSEWHERE: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

/// Who is shown what git says while it works.
pub type Talk<'t> = dyn FnMut(&[u8]) + 't;

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The other side took it.
    Taken,
    /// The other side has something that is not here.
    Behind,
    /// The other side refused it; what it said.
    Refused(String),
}

impl Repo {
    /// Brings a reference of a remote here under another name, whatever that was, and all below a prefix under another one, which
    /// then holds nothing else. Gives the object; none if the remote has no such reference.
    ///
    /// # Errors
    /// When the remote cannot be reached.
    pub fn fetch(&self, remote: &str, (from, to): (&str, &str), (below, above): (&str, &str)) -> Result<Option<Id>> {
        let mut git = self.git()?;
        git.args([
            "fetch",
            "--quiet",
            "--no-tags",
            "--prune",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
            "--refmap=",
            "--",
            remote,
        ]);
        git.arg(format!("+{from}:{to}")).arg(format!("+{below}*:{above}*"));
        let (done, said, _) = converse(git, &mut |_| {})?;
        if !done && said.contains("couldn't find remote ref") {
            return Ok(None);
        }
        if !done {
            return Err(Error::new(format!("cannot fetch from {remote}"))
                .because(format!("git says: {}", said.trim().replace('\n', "; ")))
                .hint(if said.contains(".lock'") {
                    "`batool doctor` names locks that were left behind, and the commands that remove them"
                } else {
                    "`git fetch` by itself may tell more"
                }));
        }
        // What was written a moment ago is not in what was read when the repository was opened.
        self.read_ref(to)
    }

    /// Sends a commit as a reference of a remote, with some tags, all or none of it and nothing by force.
    ///
    /// # Errors
    /// When the remote cannot be reached.
    pub fn push(&self, remote: &str, (commit, to): (Id, &str), tags: &[String], talk: &mut Talk<'_>) -> Result<Sent> {
        let mut git = self.git()?;
        git.args(["push", "--porcelain", "--atomic", "--no-follow-tags", "--recurse-submodules=no", "--", remote]);
        git.arg(format!("{commit}:{to}")).args(tags.iter().map(|tag| format!("{tag}:{tag}")));
        let (done, said, answer) = converse(git, talk)?;
        if done {
            return Ok(Sent::Taken);
        }
        let refused: Vec<&str> = answer.lines().filter(|line| line.starts_with('!')).collect();
        let is = |words: &[&str]| refused.iter().any(|line| words.iter().any(|word| line.contains(word)));
        if refused.is_empty() {
            return Err(Error::new(format!("cannot push to {remote}"))
                .because(format!("git says: {}", said.trim().replace('\n', "; ")))
                .hint("`git push` by itself may tell more"));
        }
        if is(&["hook declined"]) {
            return Ok(Sent::Refused(said));
        }
        if is(&[
            "(fetch first)",
            "(non-fast-forward)",
            "failed to update ref",
            "cannot lock ref",
            "incorrect old value",
        ]) {
            return Ok(Sent::Behind);
        }
        Ok(Sent::Refused(format!("{}\n{said}", refused.join("\n"))))
    }

    /// Git, for this repository and no other.
    fn git(&self) -> Result<Command> {
        let git_dir = std::path::absolute(self.git_dir()).doing(|| "cannot find the git directory".into())?;
        let mut git = Command::new("git");
        for variable in ELSEWHERE {
            git.env_remove(variable);
        }
        // Its words are looked at.
        git.env("LC_ALL", "C").arg("--git-dir").arg(git_dir).args([
            "--no-replace-objects",
            "-c",
            "maintenance.auto=false",
        ]);
        git.args(["-c", "gc.auto=0"]).current_dir(self.workdir().unwrap_or(self.git_dir()));
        git.stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(git)
    }
}

/// Runs git: whether it ended well, the end of its talk, and its answer.
fn converse(mut git: Command, talk: &mut Talk<'_>) -> Result<(bool, String, String)> {
    let doing = || "cannot run git".to_owned();
    let mut child =
        git.spawn().doing(doing).map_err(|error| error.hint("git talks to other repositories; install git"))?;
    let mut answer = child.stdout.take().expect("it is piped");
    let answer = thread::spawn(move || {
        let mut text = Vec::new();
        answer.read_to_end(&mut text).map(|_| text)
    });
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    let mut out = child.stderr.take().expect("it is piped");
    loop {
        let n = out.read(&mut buffer).doing(doing)?;
        if n == 0 {
            break;
        }
        talk(&buffer[..n]);
        said.extend_from_slice(&buffer[..n]);
        let excess = said.len().saturating_sub(MOST_TALK);
        said.drain(..excess);
    }
    let answer = answer.join().map_err(|_| Error::new(doing()))?.doing(doing)?;
    let done = child.wait().doing(doing)?.success();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((done, text(&said), text(&answer)))
}
