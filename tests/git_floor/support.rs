//! A place for repositories, with a git that has nobody's settings.

use std::path::{Path, PathBuf};
use std::process::Command;

use batool::git::{Identity, Kind, Mode, Moved, NewCommit, ObjectFormat, PackWriter, Person, Repo, TreeEdit};

pub(crate) const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

pub(crate) struct Sandbox {
    place: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { place: tempfile::tempdir().expect("a directory") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn command(&self, at: &Path, args: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.arg("-C").arg(at).args(args).env_clear();
        git.env("PATH", std::env::var_os("PATH").expect("there is one")).env("HOME", self.place.path());
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "A U Thor").env(format!("GIT_{role}_EMAIL"), "a@example.com");
            git.env(format!("GIT_{role}_DATE"), "1700000000 +0000");
        }
        git
    }

    #[track_caller]
    pub(crate) fn git(&self, at: &Path, args: &[&str]) -> String {
        let output = self.command(at, args).output().expect("git runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "git {args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text.trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn fsck(&self, at: &Path) {
        let output = self.command(at, &["fsck", "--strict", "--full", "--no-dangling"]).output().expect("git runs");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let complaints = text.lines().filter(|line| !line.starts_with("notice:")).collect::<Vec<_>>();
        assert!(output.status.success() && complaints.is_empty(), "fsck: {text}");
    }
}

pub(crate) fn person() -> Person {
    Person { name: b"A U Thor".into(), email: b"a@example.com".into(), time: "1700000000 +0000".into() }
}

pub(crate) fn identity() -> Identity {
    Identity { author: person(), committer: person() }
}

/// Puts blobs into the tree of `main` and moves it, as an add does.
pub(crate) fn add(repo: &Repo, files: &[(&str, &[u8])]) -> Result<Moved, batool::error::Error> {
    let old = repo.read_ref("refs/heads/main")?;
    let base = old.map(|id| repo.read_commit(id)).transpose()?.map(|commit| commit.tree);
    let mut pack = PackWriter::new(repo);
    let mut tree = TreeEdit::on(repo, base)?;
    for (path, bytes) in files {
        let id = pack.add(Kind::Blob, bytes)?;
        tree.put(path.as_bytes(), Mode::Blob, id)?;
    }
    let tree = tree.write(&mut pack)?;
    let parents = old.into_iter().collect::<Vec<_>>();
    let who = identity();
    let commit = NewCommit { tree, parents: &parents, message: "archive: add\n\nBatool-Run: x\n", who: &who };
    let commit = commit.write(repo, &mut pack)?;
    pack.finish()?;
    repo.compare_and_swap("refs/heads/main", old, commit, "add", &who.committer)
}

/// Deterministic bytes that hardly compress.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
