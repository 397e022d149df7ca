//! Baselines that are not published yet come along when others were faster: made anew, with their tags.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::hooks::{clone, served};
use crate::kill::{Dice, kill_all, kills};
use crate::support::{Package, Sandbox, Snapshot, git_dir, text};

/// A server, and two clones of it with the run r1.
fn two(bare: bool) -> (Sandbox, PathBuf, PathBuf, PathBuf) {
    let (sandbox, server, ann) = served("sha1");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    push(&sandbox, &ann);
    let bob = if bare {
        let url = format!("file://{}", text(&server));
        sandbox.git(&sandbox.path(""), &["clone", "-q", "--bare", &url, "bob"]);
        sandbox.path("bob")
    } else {
        let bob = clone(&sandbox, &server, "bob");
        sandbox.batool(&bob, &["hook", "install"]).ends(0);
        bob
    };
    (sandbox, server, ann, bob)
}

#[track_caller]
fn push(sandbox: &Sandbox, at: &Path) {
    sandbox.batool(at, &["archive", "push"]).ends(0);
}

#[track_caller]
fn create(sandbox: &Sandbox, at: &Path, args: &[&str]) {
    sandbox.batool(at, &[&["baseline", "create"], args].concat()).ends(0).says(&["made"]);
}

fn tag(sandbox: &Sandbox, at: &Path, name: &str) -> String {
    sandbox.git(at, &["rev-parse", &format!("refs/tags/baseline/{name}")])
}

/// Which commit the tag names, and which brought the file.
#[track_caller]
fn is_tagged(sandbox: &Sandbox, at: &Path, name: &str) {
    let named = sandbox.git(at, &["rev-parse", &format!("baseline/{name}^{{commit}}")]);
    let file = format!("baselines/{name}.json");
    assert_eq!(named, sandbox.git(at, &["log", "--format=%H", "--diff-filter=A", "main", "--", &file]));
}

#[test]
fn a_pending_baseline_comes_along_with_its_tag() {
    for bare in [false, true] {
        let (sandbox, server, ann, bob) = two(bare);
        sandbox.add(&ann, "r2", &Package::documented("r2", 1));
        push(&sandbox, &ann);
        sandbox.add(&bob, "mine", &Package::documented("mine", 1));
        create(&sandbox, &bob, &["v1", "r1", "mine"]);
        let (before, old) = (sandbox.git(&bob, &["rev-parse", "main:baselines"]), tag(&sandbox, &bob, "v1"));
        if !bare {
            sandbox.git(&bob, &["pack-refs", "--all"]);
        }
        push(&sandbox, &bob);
        assert_eq!(sandbox.git(&bob, &["rev-parse", "main:baselines"]), before, "it says the same");
        let new = tag(&sandbox, &bob, "v1");
        assert_ne!(new, old);
        assert_eq!((tag(&sandbox, &server, "v1"), sandbox.tip(&server)), (new.clone(), sandbox.tip(&bob)));
        sandbox.batool(&ann, &["archive", "pull"]).ends(0);
        for at in [&server, &ann, &bob] {
            is_tagged(&sandbox, at, "v1");
            sandbox.clean(at);
            sandbox.batool(at, &["archive", "verify", "--history"]).ends(0);
        }
        // What a kill leaves between branch and tag, put there by hand.
        let journal = git_dir(&bob).join("batool-journal");
        let left = |tip: &str| {
            sandbox.git(&bob, &["-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/main", tip]);
            sandbox.git(&bob, &["-c", "core.hooksPath=/dev/null", "update-ref", "refs/tags/baseline/v1", &old]);
            fs::write(&journal, format!("tag {new} refs/tags/baseline/v1 {old}\n")).expect("there is room");
            sandbox.batool(&bob, &["archive", "list"]).ends(0);
            assert_eq!(fs::metadata(&journal).expect("it is there").len(), 0);
            tag(&sandbox, &bob, "v1")
        };
        let tip = sandbox.tip(&bob);
        assert_eq!(left(&tip), new, "the branch has moved, and the tag follows");
        assert_eq!(left(&format!("{tip}~1")), old, "the branch has not");
    }
}

#[test]
fn a_baseline_names_its_runs_as_they_come_out_there() {
    let (sandbox, server, ann, bob) = two(false);
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    sandbox.add(&bob, "mine", &Package::documented("mine", 1));
    create(&sandbox, &bob, &["v1", "r1", "mine"]);
    let before = sandbox.git(&bob, &["show", "main:baselines/v1.json"]);
    // Under another policy the pending run gets another certificate.
    sandbox.policy(&ann, "strict = false", "strict = true");
    push(&sandbox, &ann);
    push(&sandbox, &bob);
    let after = sandbox.git(&bob, &["show", "main:baselines/v1.json"]);
    let certificate = |text: &str, n: usize| {
        let value: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        value["runs"][n]["certificate"].as_str().expect("it is text").to_owned()
    };
    assert_ne!(certificate(&after, 0), certificate(&before, 0), "mine");
    assert_eq!(certificate(&after, 1), certificate(&before, 1), "r1");
    for at in [&server, &bob] {
        is_tagged(&sandbox, at, "v1");
        sandbox.clean(at);
    }
}

#[test]
fn a_name_that_others_took_is_refused_and_nothing_changes() {
    let (sandbox, server, ann, bob) = two(false);
    for (name, runs) in [("v1", &["r1"][..]), ("v2", &["r1", "b"])] {
        sandbox.batool(&ann, &["archive", "pull"]).ends(0);
        create(&sandbox, &ann, &[name, "r1"]);
        push(&sandbox, &ann);
        let theirs = sandbox.tip(&server);
        // In one second the same commit would come out on both sides, if nothing came before it.
        if name == "v1" {
            sandbox.add(&bob, "b", &Package::documented("b", 1));
        }
        create(&sandbox, &bob, &[&[name], runs].concat());
        let (tip, ours, files) = (sandbox.tip(&bob), tag(&sandbox, &bob, name), Snapshot::of(&bob.join("baselines")));
        let said = sandbox.batool(&bob, &["archive", "push"]);
        said.fails(&[
            &format!("commit {tip} over"),
            &format!("baselines/{name}.json was made here, and in {theirs}"),
            "git tag -d",
        ]);
        assert_eq!((sandbox.tip(&bob), tag(&sandbox, &bob, name)), (tip, ours));
        assert!(files == Snapshot::of(&bob.join("baselines")));
        // Taken back, all goes on, and theirs is here.
        sandbox.git(&bob, &["tag", "-d", &format!("baseline/{name}")]);
        sandbox.git(&bob, &["reset", "-q", "--keep", "HEAD~1"]);
        push(&sandbox, &bob);
        assert_eq!(tag(&sandbox, &bob, name), tag(&sandbox, &ann, name));
        is_tagged(&sandbox, &bob, name);
        sandbox.clean(&bob);
    }
    create(&sandbox, &bob, &["v3", "r1", "b"]);
    push(&sandbox, &bob);
    sandbox.clean(&server);
}

#[test]
fn killed_pulls_leave_branch_and_tags_of_before_or_after() {
    let (sandbox, server, ann, bob) = two(false);
    let (mut dice, mut spread, mut killed) = (Dice(11), 300_000, 0);
    let most = kills(12);
    for n in 0..most {
        let name = format!("v{n:03}");
        sandbox.add(&ann, &format!("ann-{n}"), &Package::documented("a", 1));
        push(&sandbox, &ann);
        create(&sandbox, &bob, &[&name, "r1"]);
        let mut command = sandbox.command(&bob, &["archive", "pull"]);
        if kill_all(&mut command, Duration::from_micros(dice.below(spread))) {
            killed += 1;
        } else {
            spread = spread * 3 / 4 + 1000;
        }
        // Git's own locks are git's to leave behind.
        for below in
            ["refs/remotes", "refs/batool"].map(|below| git_dir(&bob).join(below)).iter().filter(|it| it.exists())
        {
            for (path, _) in Snapshot::of(below).files().filter(|(path, _)| path.ends_with(".lock")) {
                fs::remove_file(below.join(path)).expect("it is there");
            }
        }
        sandbox.batool(&bob, &["archive", "list"]).ends(0);
        is_tagged(&sandbox, &bob, &name);
        sandbox.clean(&bob);
        push(&sandbox, &bob);
        is_tagged(&sandbox, &server, &name);
        sandbox.batool(&ann, &["archive", "pull"]).ends(0);
    }
    sandbox.clean(&server);
    assert!(killed > 0, "none of {most} was killed in time");
}
