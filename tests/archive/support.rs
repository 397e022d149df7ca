//! A place of its own for each test: the real program, real git, and an environment with nothing of the user's.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) use crate::packages::Package;
pub(crate) use crate::shared::shared;

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
    command: String,
}

impl Said {
    fn of(command: &Command, output: Output) -> Self {
        Self {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            command: format!("{:?}", command.get_args().collect::<Vec<_>>()),
        }
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n--- stdout\n{}--- stderr\n{}", self.command, self.out, self.err);
        self
    }

    /// A failure tells what, why and what next, and no answer.
    #[track_caller]
    pub(crate) fn fails(self, words: &[&str]) -> Self {
        let said = self.ends(74);
        assert!(said.err.starts_with("error: ") && said.err.contains("\n  hint: "), "{}", said.err);
        assert_eq!(said.out, "", "no answer stands beside an error");
        words.iter().for_each(|word| assert!(said.err.contains(word), "{word:?} is not in: {}", said.err));
        said
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        words.iter().for_each(|word| assert!(self.out.contains(word), "{word:?} is not in: {}", self.out));
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

pub(crate) fn run(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    Said::of(command, output)
}

/// The forms of an archive that differ in what an add has to do.
pub(crate) const FORMS: [(bool, &str); 4] = [(true, "sha1"), (false, "sha1"), (true, "sha256"), (false, "sha256")];

pub(crate) struct Sandbox {
    place: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { place: tempfile::tempdir().expect("there is room") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn scrub(&self, command: &mut Command) {
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("there is one")).env("HOME", self.place.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C.UTF-8");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "A U Thor").env(format!("GIT_{role}_EMAIL"), "a@example.com");
        }
    }

    /// A program with this environment, at a place.
    pub(crate) fn program(&self, program: &str, at: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(at);
        self.scrub(&mut command);
        command
    }

    pub(crate) fn command(&self, at: &Path, args: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_batool"), at, args)
    }

    pub(crate) fn batool(&self, at: &Path, args: &[&str]) -> Said {
        run(&mut self.command(at, args))
    }

    #[track_caller]
    pub(crate) fn git(&self, at: &Path, args: &[&str]) -> String {
        let said = run(&mut self.program("git", at, args)).ends(0);
        said.out.trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn git_bytes(&self, at: &Path, args: &[&str]) -> Vec<u8> {
        let output = self.program("git", at, args).output().expect("git runs");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// A program that is given bytes; its answer without the last newline.
    #[track_caller]
    pub(crate) fn feed(&self, mut command: Command, bytes: &[u8]) -> String {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program runs");
        child.stdin.take().expect("it is piped").write_all(bytes).expect("it listens");
        let said = Said::of(&command, child.wait_with_output().expect("it ends")).ends(0);
        said.out.trim_end().to_owned()
    }

    /// An archive that takes the documented dialect.
    pub(crate) fn archive(&self, name: &str, bare: bool, format: &str) -> PathBuf {
        let at = self.path(name);
        let mut args = vec!["archive", "init", "--object-format", format, name];
        args.extend(bare.then_some("--bare"));
        self.batool(self.place.path(), &args).ends(0);
        self.policy(&at, r#"dialects = ["factgraph-0.3"]"#, r#"dialects = ["factgraph-0.3", "documented"]"#);
        at
    }

    pub(crate) fn bare(&self) -> PathBuf {
        self.archive("bare.git", true, "sha1")
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.archive("tree", false, "sha1")
    }

    /// Changes a line of batool.toml, in a commit of git's.
    pub(crate) fn policy(&self, archive: &Path, from: &str, to: &str) {
        let text = self.git(archive, &["show", "main:batool.toml"]) + "\n";
        let new = text.replace(from, to);
        assert_ne!(text, new, "{from} stands in the policy");
        self.edit(archive, &[("batool.toml", Some(new.as_bytes()))]);
    }

    /// Commits changes of files (none: take it away) with git's plumbing; a work tree follows.
    pub(crate) fn edit(&self, archive: &Path, changes: &[(&str, Option<&[u8]>)]) {
        let index = self.path("edit.index");
        let git = |args: &[&str]| {
            let mut git = self.program("git", archive, args);
            git.env("GIT_INDEX_FILE", &index);
            git
        };
        let _ = fs::remove_file(&index);
        run(&mut git(&["read-tree", "main"])).ends(0);
        for (path, bytes) in changes {
            match bytes {
                Some(bytes) => {
                    let blob = self.feed(git(&["hash-object", "-w", "--stdin"]), bytes);
                    run(&mut git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")])).ends(0);
                }
                None => {
                    run(&mut git(&["rm", "--cached", "-rqf", "--", path])).ends(0);
                }
            }
        }
        let tree = run(&mut git(&["write-tree"])).ends(0).out.trim().to_owned();
        let commit = self.git(archive, &["commit-tree", "-p", "main", "-m", "by hand", &tree]);
        self.git(archive, &["update-ref", "refs/heads/main", &commit]);
        if archive.join(".git").exists() {
            self.git(archive, &["reset", "--hard", "-q"]);
        }
    }

    /// A folder with this package.
    pub(crate) fn folder(&self, name: &str, package: &Package) -> String {
        let at = self.path(name);
        let _ = fs::remove_dir_all(&at);
        package.folder(&at);
        text(&at)
    }

    /// Adds a package under a name.
    #[track_caller]
    pub(crate) fn add(&self, archive: &Path, name: &str, package: &Package) -> Said {
        let folder = self.folder("given", package);
        self.batool(archive, &["archive", "add", &folder, "--as", name]).ends(0)
    }

    pub(crate) fn tip(&self, archive: &Path) -> String {
        self.git(archive, &["rev-parse", "refs/heads/main"])
    }

    /// Git finds nothing wrong with the repository.
    #[track_caller]
    pub(crate) fn fsck(&self, archive: &Path) {
        let said = run(&mut self.program("git", archive, &["fsck", "--strict", "--full", "--no-dangling"])).ends(0);
        let talk = said.out + &said.err;
        let complaints: Vec<_> = talk.lines().filter(|line| !line.starts_with("notice:")).collect();
        assert!(complaints.is_empty(), "{talk}");
    }

    /// Nothing is wrong with the repository, the work tree and the archive.
    #[track_caller]
    pub(crate) fn clean(&self, archive: &Path) {
        self.clean_on(archive, "main");
    }

    #[track_caller]
    pub(crate) fn clean_on(&self, archive: &Path, branch: &str) {
        assert!(!git_dir(archive).join("refs/heads").join(branch).with_extension("lock").exists());
        self.fsck(archive);
        if archive.join(".git").exists() {
            assert_eq!(self.git(archive, &["status", "--porcelain"]), "");
        }
        self.batool(archive, &["archive", "verify"]).ends(0).says(&["Verdict: VERIFIED"]);
    }

    /// The archive gives back a package byte for byte, by every way git has.
    #[track_caller]
    pub(crate) fn gives_back(&self, archive: &Path, name: &str, package: &Package) {
        let below = format!("runs/{name}/package/");
        let mut archived =
            tar::Archive::new(std::io::Cursor::new(self.git_bytes(archive, &["archive", "main", &below])));
        let mut files = BTreeMap::new();
        for entry in archived.entries().expect("git archive makes tar files") {
            let mut entry = entry.expect("git archive makes tar files");
            let path = String::from_utf8(entry.path_bytes().into_owned()).expect("names are UTF-8");
            if let Some(path) = path.strip_prefix(&below).filter(|path| !path.ends_with('/') && !path.is_empty()) {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut entry, &mut bytes).expect("git archive makes tar files");
                files.insert(path.to_owned(), bytes);
            }
        }
        assert_eq!(files, package.files);
        let (path, bytes) = package.files.iter().next_back().expect("a package has files");
        assert_eq!(&self.git_bytes(archive, &["show", &format!("main:{below}{path}")]), bytes);
        if archive.join(".git").exists() {
            let there = Snapshot::of(&archive.join(&below));
            assert_eq!(
                there.files().map(|(path, _)| path).collect::<Vec<_>>(),
                package.files.keys().collect::<Vec<_>>()
            );
            package.files.iter().for_each(|(path, bytes)| {
                assert_eq!(&fs::read(archive.join(&below).join(path)).expect("it is there"), bytes, "{path}");
            });
        }
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("it is ours").to_owned()
}

/// The git directory of an archive.
pub(crate) fn git_dir(archive: &Path) -> PathBuf {
    let inside = archive.join(".git");
    if inside.exists() { inside } else { archive.to_owned() }
}

/// Everything below a folder: path, kind and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<String, (u32, Vec<u8>)>);

impl Snapshot {
    pub(crate) fn of(folder: &Path) -> Self {
        let mut all = BTreeMap::new();
        let mut open = vec![folder.to_owned()];
        while let Some(folder_here) = open.pop() {
            for entry in fs::read_dir(&folder_here).expect("it is a folder") {
                let path = entry.expect("it can be listed").path();
                let found = path.symlink_metadata().expect("it is there");
                let name = text(path.strip_prefix(folder).expect("it lies below"));
                let bytes = if found.is_dir() {
                    open.push(path);
                    Vec::new()
                } else if found.is_symlink() {
                    text(&fs::read_link(&path).expect("it is a link")).into_bytes()
                } else {
                    fs::read(&path).expect("it can be read")
                };
                all.insert(name, (found.mode(), bytes));
            }
        }
        Self(all)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.0.iter().filter(|(_, (mode, _))| mode & 0o170_000 == 0o100_000).map(|(path, (_, bytes))| (path, bytes))
    }

    /// What is here and not there, or other there.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut names: Vec<_> = self.0.iter().filter(|(path, it)| other.0.get(*path) != Some(*it)).collect();
        names.extend(other.0.iter().filter(|(path, _)| !self.0.contains_key(*path)));
        names.into_iter().map(|(path, _)| path.clone()).collect()
    }
}

#[track_caller]
pub(crate) fn unchanged(folder: &Path, before: &Snapshot) {
    assert_eq!(before.differences(&Snapshot::of(folder)), Vec::<String>::new());
}

pub(crate) fn make_program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
    fs::write(path, script).expect("there is room");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}
