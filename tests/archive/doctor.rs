//! What the doctor sees, and that it changes nothing.

use std::fs;
use std::process::Command;

use crate::hooks::served;
use crate::support::{Package, Sandbox, Snapshot, text, unchanged};

#[test]
fn the_doctor_sees_what_weakens_the_guards() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    let before = Snapshot::of(&archive);
    let said = sandbox.batool(&archive, &["doctor"]).ends(0);
    said.says(&[
        "ok   git: git version",
        "ok   history: all of it is here",
        "!!   hooks: pre-commit: not installed",
        "batool hook install",
    ]);
    unchanged(&archive, &before);
    sandbox.batool(&archive, &["hook", "install"]).ends(0);
    sandbox.git(&archive, &["config", "core.fsync", "all"]);
    let said = sandbox.batool(&archive, &["doctor", "--format", "json"]).ends(0);
    assert_eq!(said.json()["fine"], true, "{}", said.out);
    let url = format!("file://{}", text(&archive));
    sandbox.git(&archive, &["clone", "-q", "--depth", "1", &url, &text(&sandbox.path("clone"))]);
    sandbox.batool(&sandbox.path("clone"), &["doctor"]).ends(0).says(&["!!   history: this clone is shallow"]);
    sandbox.git(&archive, &["config", "core.autocrlf", "true"]);
    fs::write(archive.join(".git/packed-refs.lock"), "").expect("there is room");
    let said = sandbox.batool(&archive, &["doctor"]).ends(0);
    let said =
        said.says(&["!!   line ends: core.autocrlf is true", "!!   locks:", "packed-refs.lock is there", "rm '"]);
    assert!(!said.out.contains("hooks: pre-commit: not"));
}

#[test]
fn a_lock_that_git_left_where_batool_fetches_is_named_with_what_removes_it() {
    let (sandbox, server, clone) = served("sha1");
    let lock = clone.join(".git/refs/batool/seen/origin/main.lock");
    fs::create_dir_all(lock.parent().expect("there is one")).expect("there is room");
    fs::write(&lock, "").expect("there is room");
    sandbox.add(&server, "later", &Package::documented("later", 1));
    sandbox.batool(&clone, &["archive", "pull"]).fails(&["cannot fetch from origin", "batool doctor"]);
    let said = sandbox.batool(&clone, &["doctor", "--format", "json"]).ends(0).json();
    let advice = said["looks"].as_array().expect("a list").iter().find(|one| one["topic"] == "locks").expect("told");
    let hint = advice["hint"].as_str().expect("told");
    let (_, command) = hint.split_once(": ").expect("a condition and a command");
    assert!(Command::new("sh").args(["-c", command]).status().expect("it runs").success(), "{command}");
    sandbox.batool(&clone, &["archive", "pull"]).ends(0);
    assert_eq!(sandbox.tip(&clone), sandbox.tip(&server));
}
