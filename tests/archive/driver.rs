//! Git itself shows records: `git log -p`, `git diff` and `git difftool` in an archive.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Sandbox, run};

const LEDGER: &str = "package/audit/accept_write_ledger.jsonl";

/// Two runs in an archive with a work tree; the second is of another time and order, and has another approver.
fn archive(sandbox: &Sandbox, more: &[&str]) -> PathBuf {
    let at = sandbox.path("audits");
    sandbox.batool(&sandbox.path("."), &[&["archive", "init", "audits"], more].concat()).ends(0);
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/ok-full").display().to_string();
    sandbox.batool(&at, &["archive", "add", &full, "--as", "monday"]).ends(0);
    // What no add would take, a commit of git's brings.
    let ledger = fs::read_to_string(at.join("runs/monday").join(LEDGER)).expect("it can be read");
    let mut rows: Vec<String> = ledger.lines().map(|row| row.replace("\"asrt_id\":\"", "\"asrt_id\":\"x")).collect();
    rows[0] = rows[0].replace("\"approved_by\":\"ann\"", "\"approved_by\":\"bob\"");
    rows.reverse();
    let rows = rows.join("\n") + "\n";
    sandbox.edit(&at, &[(&format!("runs/tuesday/{LEDGER}"), Some(rows.as_bytes()))]);
    at
}

/// The lines that were added or taken away.
fn changed(diff: &str) -> Vec<&str> {
    let is_change = |line: &&str| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---");
    diff.lines().filter(is_change).collect()
}

#[test]
fn git_diff_shows_what_a_record_says_and_no_ids_or_order() {
    let sandbox = Sandbox::new();
    let at = archive(&sandbox, &[]);
    let [a, b] = ["monday", "tuesday"].map(|run| format!("main:runs/{run}/{LEDGER}"));
    let diff = sandbox.git(&at, &["diff", &a, &b]);
    assert_eq!(changed(&diff), ["-  /approved_by: \"ann\"", "+  /approved_by: \"bob\""], "{diff}");
    assert!(diff.contains("@@ accept_write_ledger pump:safe of Pump "), "{diff}");
    // Lines as they stand are one switch away.
    assert_eq!(changed(&sandbox.git(&at, &["diff", "--no-textconv", &a, &b])).len(), 10);
}

#[test]
fn git_log_shows_each_record_that_came() {
    let sandbox = Sandbox::new();
    let at = archive(&sandbox, &[]);
    let log = sandbox.git(&at, &["log", "-p", "--", "runs/monday/**/*.jsonl"]);
    assert!(
        log.contains("+accept_write_ledger pump:safe of Pump c43h6lmf… sha256:203dfdf5…\n+  /approved_by: \"ann\"\n"),
        "{log}"
    );
    assert!(log.contains("+decision_log ") && !log.contains("+{\""), "{log}");
}

#[test]
fn git_difftool_compares_record_by_record() {
    let sandbox = Sandbox::new();
    let at = archive(&sandbox, &[]);
    let [a, b] = ["monday", "tuesday"].map(|run| format!("main:runs/{run}/{LEDGER}"));
    let said = sandbox.git(&at, &["difftool", "-y", "--tool=batool", &a, &b]);
    assert!(said.contains("- /approved_by: \"ann\"\n+ /approved_by: \"bob\""), "{said}");
    assert!(said.contains("a was not verified"), "{said}");
    let first = format!("runs/monday/{LEDGER}");
    let came = sandbox.git(&at, &["difftool", "-y", "--tool=batool", "HEAD~2", "HEAD~1", "--", &first]);
    assert!(came.contains("@@ accept_write_ledger: added ") && !came.contains("dialects"), "{came}");
}

#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let sandbox = Sandbox::new();
    let at = archive(&sandbox, &[]);
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diff.md")).expect("it is there");
    let (_, section) = page.split_once("## In git\n").expect("there is a section about git");
    let commands: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert_eq!(commands.len(), 4);
    let mut said = Vec::new();
    for command in commands {
        said.push(run(&mut sandbox.program("sh", &at, &["-c", command])).ends(0).out);
    }
    assert!(said[0].contains("+accept_write_ledger pump:safe of "), "{}", said[0]);
    let (_, hunk) = said[1].split_once("\n@@").expect("there is a hunk");
    assert!(section.contains(hunk), "{hunk}");
    assert_eq!(changed(&said[2]).len(), 10, "{}", said[2]);
    assert!(said[3].contains("@@ accept_write_ledger: changed pump:safe of "), "{}", said[3]);
}

#[test]
fn git_is_left_alone_where_that_is_asked_for_and_without_the_program() {
    let sandbox = Sandbox::new();
    let at = archive(&sandbox, &["--no-diff-driver"]);
    let one = format!("main:runs/monday/{LEDGER}");
    let two = format!("main:runs/tuesday/{LEDGER}");
    let as_they_stand = sandbox.git(&at, &["diff", &one, &two]);
    assert_eq!(changed(&as_they_stand).len(), 10, "{as_they_stand}");
    let set = sandbox.program("git", &at, &["config", "get", "diff.batool.textconv"]).output().expect("git runs");
    assert_eq!(set.status.code(), Some(1));

    let other = Sandbox::new();
    let at = archive(&other, &[]);
    other.git(&at, &["config", "batool.program", "/nowhere/batool"]);
    run(&mut other.program("git", &at, &["diff", &one, &two])).ends(0).says(&["+{\"approved_by\":"]);
}
