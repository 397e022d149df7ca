//! What the doctor sees, and that it changes nothing.

use std::fs;

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
