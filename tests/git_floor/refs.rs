//! Branches move as git moves them, and commits are whose git says.

use std::fs;
use std::process::Command;

use batool::git::{Moved, ObjectFormat, Repo};

use crate::support::*;

#[test]
fn a_lost_race_is_told_from_an_error() {
    for format in FORMATS {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        let repo = Repo::init(&place, true, format, "main").expect("made");
        add(&repo, &[("a", b"1")]).expect("added");
        let one = repo.read_ref("refs/heads/main").expect("read").expect("there");
        add(&repo, &[("a", b"2")]).expect("added");
        let two = repo.read_ref("refs/heads/main").expect("read").expect("there");
        let swap = |name: &str, old, new| repo.compare_and_swap(name, old, new, "m", &person()).expect("no error");
        assert_eq!(swap("refs/heads/main", Some(one), one), Moved::Lost { actual: Some(two) });
        assert_eq!(swap("refs/heads/main", None, one), Moved::Lost { actual: Some(two) });
        assert_eq!(swap("refs/heads/main", None, two), Moved::Lost { actual: Some(two) }, "even to the same value");
        assert_eq!(swap("refs/heads/gone", Some(one), two), Moved::Lost { actual: None });
        sandbox.git(&place, &["pack-refs", "--all"]);
        assert_eq!(swap("refs/heads/main", None, two), Moved::Lost { actual: Some(two) });
        assert_eq!(swap("refs/heads/main", Some(two), one), Moved::Moved);
        assert_eq!(sandbox.git(&place, &["rev-parse", "main"]), one.to_string());
        sandbox.fsck(&place);
    }
}

#[test]
fn a_lock_that_stays_is_named_with_what_to_do() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let lock = place.join("refs/heads/main.lock");
    fs::write(&lock, "").expect("written");
    let error = add(&repo, &[("a", b"1")]).expect_err("it is held");
    assert_eq!(error.doing(), "cannot move refs/heads/main");
    assert!(error.causes()[0].contains("main.lock"), "{error:?}");
    assert!(error.next_step().is_some_and(|hint| hint.contains("main.lock")));
}

#[test]
fn adds_from_many_threads_all_arrive() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let place = &place;
            scope.spawn(move || {
                let repo = Repo::open(place).expect("opened");
                for run in 0..10 {
                    let path = format!("runs/{thread}/{run}");
                    while add(&repo, &[(&path, path.as_bytes())]).expect("added") != Moved::Moved {}
                    repo.merge_small_packs();
                }
            });
        }
    });
    sandbox.fsck(&place);
    assert_eq!(sandbox.git(&place, &["rev-list", "--count", "main"]), "40");
    assert_eq!(sandbox.git(&place, &["ls-tree", "-r", "--name-only", "main"]).lines().count(), 40);
}

#[test]
fn git_moves_the_branch_where_a_hook_wants_to_be_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let seen = sandbox.path("seen");
    let hook = place.join("hooks/reference-transaction");
    let script = |text: &str| {
        fs::write(&hook, format!("#!/bin/sh\n{text}\n")).expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    };
    script(&format!("cat >> {}", seen.display()));
    assert_eq!(add(&repo, &[("a", b"1")]).expect("added"), Moved::Moved);
    assert!(fs::read_to_string(&seen).expect("the hook ran").contains("refs/heads/main"));
    let tip = repo.read_ref("refs/heads/main").expect("read").expect("there");
    let lost = repo.compare_and_swap("refs/heads/main", None, tip, "m", &person()).expect("no error");
    assert_eq!(lost, Moved::Lost { actual: Some(tip) });
    script("test \"$1\" != prepared");
    let error = add(&repo, &[("a", b"2")]).expect_err("refused");
    assert!(error.causes()[0].starts_with("git says: "), "{error:?}");
    script("# batool hook\nexit 1");
    assert_eq!(add(&repo, &[("a", b"2")]).expect("ours is not asked"), Moved::Moved);
    sandbox.fsck(&place);
}

#[test]
fn a_branch_checked_out_elsewhere_is_found() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    add(&repo, &[("a", b"1")]).expect("added");
    let other = sandbox.path("other");
    sandbox.git(&place, &["worktree", "add", "-q", "-b", "side", other.to_str().expect("plain")]);
    let at = |repo: &Repo, branch: &str| repo.checked_out_elsewhere(branch).expect("listed");
    assert!(at(&repo, "refs/heads/side").is_some_and(|path| path.ends_with("other")));
    assert_eq!(at(&repo, "refs/heads/main"), None);
    let repo = Repo::open(&other).expect("opened");
    assert!(at(&repo, "refs/heads/main").is_some_and(|path| path.ends_with("r")));
    assert_eq!(at(&repo, "refs/heads/side"), None);
}

#[test]
fn identities_are_those_of_git() {
    // The environment wins over the configuration, and a process cannot safely change its own: run again without it.
    let roles = ["AUTHOR", "COMMITTER"].into_iter();
    let names: Vec<String> =
        roles.flat_map(|role| ["NAME", "EMAIL", "DATE"].map(|part| format!("GIT_{role}_{part}"))).collect();
    if names.iter().any(|name| std::env::var_os(name).is_some()) {
        let mut again = Command::new(std::env::current_exe().expect("this test runs"));
        again.args(["--exact", "refs::identities_are_those_of_git"]);
        names.iter().for_each(|name| {
            again.env_remove(name);
        });
        assert!(again.status().expect("it runs").success());
        return;
    }
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    sandbox.git(&place, &["config", "user.name", " Some <One>. "]);
    sandbox.git(&place, &["config", "user.email", "one@example.com"]);
    let repo = Repo::open(repo.workdir().expect("one")).expect("opened");
    let who = repo.identity().expect("known");
    assert_eq!(who.author.name, b"Some One");
    assert_eq!(who.committer.email, b"one@example.com");
    assert!(!repo.signs_commits());
}

#[test]
fn signed_commits_are_those_that_git_verifies() {
    let sandbox = Sandbox::new();
    let key = sandbox.path("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    for format in FORMATS {
        let place = sandbox.path(format.name());
        let repo = Repo::init(&place, true, format, "main").expect("made");
        let public = fs::read_to_string(key.with_extension("pub")).expect("read");
        fs::write(sandbox.path("signers"), format!("a@example.com {public}")).expect("written");
        let (key, signers) = (key.display().to_string(), sandbox.path("signers").display().to_string());
        let settings = [
            ("commit.gpgsign", "true"),
            ("gpg.format", "ssh"),
            ("user.signingKey", &key),
            ("gpg.ssh.allowedSignersFile", &signers),
        ];
        let repo = repo.configure(&settings).expect("set");
        assert!(repo.signs_commits());
        add(&repo, &[("a", b"1")]).expect("added");
        sandbox.git(&place, &["verify-commit", "main"]);
        let tip = repo.resolve_commit("main").expect("found");
        assert!(repo.read_commit(tip).expect("read").is_signed);
        sandbox.fsck(&place);
        let repo = repo.configure(&[("user.signingKey", "/nowhere")]).expect("set");
        let error = add(&repo, &[("a", b"2")]).expect_err("no key");
        assert_eq!(error.doing(), "cannot sign a commit");
    }
}
