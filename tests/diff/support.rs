//! Places to work in, the program, and its answers as data.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::shared;

/// What the program said and how it ended.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

/// A folder that is gone after the test.
pub(crate) struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A copy of a package of the project under a name of its own.
    pub(crate) fn copy(&self, fixture: &str, name: &str) -> PathBuf {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages").join(fixture);
        shared::copy(&from, &self.path(name));
        self.path(name)
    }

    /// Runs the program inside the folder.
    pub(crate) fn batool(&self, args: &[&str]) -> Said {
        self.batool_with(args, &[])
    }

    /// The same in surroundings of its own.
    pub(crate) fn batool_with(&self, args: &[&str], vars: &[(&str, &str)]) -> Said {
        let output = self.command(args).envs(vars.iter().copied()).output().expect("the program runs");
        Said {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }

    /// The program, to be run inside the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batool"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null()).env_remove("BATOOL_ARCHIVE");
        for (name, value) in [("NAME", "Ann"), ("EMAIL", "ann@example.org")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    /// The lines of `diff --format json`.
    pub(crate) fn lines(&self, a: &str, b: &str, more: &[&str]) -> Vec<Value> {
        let args: Vec<&str> = ["diff", a, b, "--format", "json"].iter().chain(more).copied().collect();
        let said = self.batool(&args);
        assert_eq!(said.code, Some(0), "{}", said.err);
        said.out.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
    }
}

/// Lines of one kind.
pub(crate) fn of<'l>(lines: &'l [Value], kind: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["line"] == kind).collect()
}

/// The counts of one kind of records: added, removed, changed, renamed, reordered, unchanged.
pub(crate) fn totals(lines: &[Value], ledger: &str) -> [u64; 6] {
    let totals = of(lines, "total");
    let found = totals.iter().find(|line| line["ledger"] == ledger);
    let found = found.unwrap_or_else(|| panic!("there is no {ledger}"));
    ["added", "removed", "changed", "renamed", "reordered", "unchanged"]
        .map(|name| found[name].as_u64().expect("a count"))
}

/// Names and sizes of the topics of the review level.
pub(crate) fn topics(lines: &[Value]) -> Vec<(String, usize)> {
    let topics = of(lines, "review").into_iter();
    let size = |line: &Value| line["items"].as_array().map_or(0, Vec::len);
    topics.map(|line| (line["topic"].as_str().unwrap_or_default().to_owned(), size(line))).collect()
}

/// Replaces a text that stands in a file; as often as it stands there.
#[track_caller]
pub(crate) fn edit(package: &Path, file: &str, from: &str, to: &str) {
    let path = package.join(file);
    let text = fs::read_to_string(&path).expect("the file can be read");
    assert!(text.contains(from), "{from} is not in {file}");
    fs::write(path, text.replace(from, to)).expect("there is room");
}

/// Compares an answer with a file of the project; `BATOOL_BLESS=1` writes it.
#[track_caller]
pub(crate) fn golden(name: &str, said: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BATOOL_BLESS").is_some() {
        fs::write(&path, said).expect("the file can be written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(there.as_str(), said);
    assert!(there == said, "{name} is another answer; read it and run with BATOOL_BLESS=1\n{}", diff.unified_diff());
}
