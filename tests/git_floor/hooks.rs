//! What git shows a hook.

use std::fs;
use std::io::Read as _;

use batool::git::{ObjectFormat, Repo};

use crate::support::*;

/// Run by git as a hook, through [`hooks_see_what_git_shows_them`].
#[test]
#[ignore = "a hook, not a test"]
fn looks_from_a_hook() {
    let repo = Repo::discover_from_environment().expect("opened");
    let mut lines = String::new();
    std::io::stdin().read_to_string(&mut lines).expect("read");
    let mut seen = String::new();
    for line in lines.lines() {
        let id = batool::git::Id::from_hex(line.split(' ').nth(1).expect("a new value")).expect("an id");
        let commit = repo.read_commit(id).expect("what is pushed can be read");
        let file = repo.entry_at(commit.tree, b"d/f").expect("read").expect("there");
        let mut text = String::new();
        repo.blob_reader(file.id).expect("opened").read_to_string(&mut text).expect("read");
        seen.push_str(&text);
    }
    if !repo.is_bare() {
        for entry in repo.index().expect("read").entries() {
            seen.push_str(&format!("{} ", String::from_utf8_lossy(&entry.path)));
        }
    }
    fs::write(std::env::var_os("SEEN").expect("set"), seen).expect("written");
}

#[test]
fn hooks_see_what_git_shows_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let server = sandbox.path("server");
    let place = sandbox.path("r");
    Repo::init(&server, true, ObjectFormat::Sha1, "main").expect("made");
    Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    let program = std::env::current_exe().expect("known");
    let script = format!("#!/bin/sh\nexec {} --exact hooks::looks_from_a_hook --ignored --quiet\n", program.display());
    for hook in [server.join("hooks/pre-receive"), place.join(".git/hooks/pre-commit")] {
        fs::write(&hook, &script).expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    }
    let seen = sandbox.path("seen");
    let git = |args: &[&str]| {
        let output = sandbox.command(&place, args).env("SEEN", &seen).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    fs::create_dir(place.join("d")).expect("made");
    fs::write(place.join("d/f"), "pushed").expect("written");
    fs::write(place.join("other"), "other").expect("written");
    git(&["add", "."]);
    git(&["commit", "-qm", "one", "d/f"]);
    assert_eq!(fs::read_to_string(&seen).expect("the hook ran"), "d/f ", "a commit of one path shows that alone");
    git(&["push", "-q", server.to_str().expect("plain"), "main"]);
    assert_eq!(fs::read_to_string(&seen).expect("the hook ran"), "pushed");
}
