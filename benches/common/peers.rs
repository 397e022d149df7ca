//! The programs that batool is compared with. One that is missing is left out, loudly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Step;

const ROCFL: &str = "1.7.0";
const FACTGRAPH: &str = "factgraph==0.3.0";
const DUCKDB: &str = "duckdb==2.0.0";

/// Variables that make git independent of the machine's own configuration.
pub(crate) fn environment() -> Vec<(&'static str, &'static str)> {
    vec![
        ("GIT_AUTHOR_NAME", "bench"),
        ("GIT_AUTHOR_EMAIL", "bench@example.org"),
        ("GIT_COMMITTER_NAME", "bench"),
        ("GIT_COMMITTER_EMAIL", "bench@example.org"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "init.defaultBranch"),
        ("GIT_CONFIG_VALUE_0", "main"),
        ("GIT_CONFIG_KEY_1", "gc.auto"),
        ("GIT_CONFIG_VALUE_1", "0"),
    ]
}

/// The first line that a command prints, if it can be run.
pub(crate) fn version(program: &Path, arg: &str) -> Option<String> {
    let output = Command::new(program).arg(arg).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// Where peers are installed, if the user says so.
fn tools() -> Option<PathBuf> {
    std::env::var_os("BATOOL_BENCH_TOOLS").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// rocfl: from the PATH, from `BATOOL_BENCH_TOOLS`, or installed there.
pub(crate) fn rocfl() -> Option<PathBuf> {
    let found = PathBuf::from("rocfl");
    if version(&found, "--version").is_some() {
        return Some(found);
    }
    let Some(tools) = tools() else {
        eprintln!("SKIPPED: no rocfl on the PATH; set BATOOL_BENCH_TOOLS to a folder where it may be installed");
        return None;
    };
    let program = tools.join("bin/rocfl");
    if !program.is_file() {
        eprintln!("installing rocfl {ROCFL} with cargo …");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["install", "rocfl", "--version", ROCFL, "--no-default-features", "--locked", "--root"]);
        // Not into our own target folder: its profile is another.
        let status = cargo.arg(&tools).env("CARGO_TARGET_DIR", tools.join("target")).stdin(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: rocfl could not be installed");
            return None;
        }
    }
    Some(program)
}

/// A Python that has DuckDB, in a venv of its own in `BATOOL_BENCH_TOOLS`.
pub(crate) fn duckdb() -> Option<PathBuf> {
    let Some(tools) = tools() else {
        eprintln!("SKIPPED: no DuckDB; set BATOOL_BENCH_TOOLS to a folder where it may be installed");
        return None;
    };
    let venv = tools.join("duckdb");
    let python = venv.join("bin/python");
    let runs = |program: &Path, words: &[&str]| {
        let ended = Command::new(program).args(words).stderr(Stdio::null()).status();
        ended.is_ok_and(|status| status.success())
    };
    let is_there = || runs(&python, &["-c", "import duckdb"]);
    let made = is_there()
        || runs(Path::new("python3"), &["-m", "venv", &venv.to_string_lossy()])
            && runs(&python, &["-m", "pip", "install", "-q", DUCKDB])
            && is_there();
    if !made {
        eprintln!("SKIPPED: no venv with {DUCKDB} could be made");
    }
    made.then_some(python)
}

/// A Python that has factgraph: `BATOOL_BENCH_PYTHON`, or one made in `BATOOL_BENCH_TOOLS`.
pub(crate) fn python() -> Option<PathBuf> {
    let has_factgraph = |python: &Path| {
        let check = Command::new(python).args(["-c", "import factgraph.audit"]).stderr(Stdio::null()).status();
        check.is_ok_and(|status| status.success())
    };
    if let Some(python) = std::env::var_os("BATOOL_BENCH_PYTHON").map(PathBuf::from) {
        if has_factgraph(&python) {
            return Some(python);
        }
        eprintln!("SKIPPED: the Python of BATOOL_BENCH_PYTHON cannot import factgraph.audit");
        return None;
    }
    let Some(tools) = tools() else {
        eprintln!(
            "SKIPPED: no Python reader; set BATOOL_BENCH_PYTHON to a Python with {FACTGRAPH}, or BATOOL_BENCH_TOOLS"
        );
        return None;
    };
    let venv = tools.join("venv");
    let python = venv.join("bin/python");
    if !has_factgraph(&python) {
        eprintln!("making a venv with {FACTGRAPH} …");
        let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status();
        let pip = Command::new(&python).args(["-m", "pip", "install", "-q", FACTGRAPH]).status();
        if !(made.is_ok_and(|s| s.success()) && pip.is_ok_and(|s| s.success()) && has_factgraph(&python)) {
            eprintln!("SKIPPED: no venv with {FACTGRAPH} could be made");
            return None;
        }
    }
    Some(python)
}

/// Makes a bare batool archive, with the documented dialect taken as well if asked for; not measured.
pub(crate) fn batool_archive(path: &Path, documented: bool) {
    let batool = super::batool();
    let run = |dir: &Path, words: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(dir).envs(environment()).stdin(Stdio::null());
        let output = command.output().expect("git and batool can be started");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let bare = path.to_string_lossy();
    run(path, &[&batool, "archive", "init", "--bare", &bare]);
    if !documented {
        return;
    }
    let clone = path.join("batool-bench-clone");
    run(path, &["git", "clone", "-q", &bare, &clone.to_string_lossy()]);
    let config = clone.join("batool.toml");
    let text = fs::read_to_string(&config).expect("an archive has a configuration");
    let more = text.replace("dialects = [\"factgraph-0.3\"]", "dialects = [\"factgraph-0.3\", \"documented\"]");
    assert_ne!(text, more, "the configuration names its dialects");
    fs::write(config, more).expect("the clone can be written");
    run(&clone, &["git", "commit", "-q", "-a", "-m", "take the documented dialect"]);
    run(&clone, &["git", "push", "-q"]);
    fs::remove_dir_all(clone).expect("the clone can be removed");
}

/// Makes a git repository beside a work tree that lies elsewhere; not measured.
pub(crate) fn git_repository(path: &Path, fsync: bool) {
    let run = |words: &[&str]| {
        let status = Command::new("git").args(words).current_dir(path).envs(environment()).status();
        assert!(status.is_ok_and(|status| status.success()), "git {words:?}");
    };
    run(&["init", "-q", "--bare", "."]);
    run(&["config", "core.bare", "false"]);
    if fsync {
        run(&["config", "core.fsync", "all"]);
    }
}

/// A git command on a repository and a work tree.
pub(crate) fn git(repository: &Path, work: &Path, words: &[&str]) -> Step {
    Step::new(work, &["git", "--git-dir", &repository.to_string_lossy(), "--work-tree", "."])
        .args(words.iter().map(|&word| word.to_owned()))
}

/// The three commands by which rocfl takes a folder.
pub(crate) fn rocfl_add(rocfl: &Path, store: &Path, folder: &Path, id: &str) -> Vec<Step> {
    let step = |words: &[&str]| {
        Step::new(folder, &[&rocfl.to_string_lossy(), "-q", "-r", &store.to_string_lossy()])
            .args(words.iter().map(|&word| word.to_owned()))
    };
    let mut entries: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    entries.sort();
    vec![
        step(&["new", id]),
        step(&["cp", "-r", id]).args(entries).arg("--").arg("/"),
        step(&["commit", "-n", "bench", "-a", "mailto:bench@example.org", "-m", "add", id]),
    ]
}

/// Makes a rocfl store; not measured.
pub(crate) fn rocfl_store(rocfl: &Path, path: &Path) {
    let status = Command::new(rocfl)
        .args(["-q", "-r", ".", "init", "-l", "0002-flat-direct-storage-layout"])
        .current_dir(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "rocfl init");
}
