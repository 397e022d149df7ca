//! Hooks, with real commits and real pushes: nothing unverifiable gets in, nothing that was in gets out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Package, Said, Sandbox, Snapshot, make_program, run, text};

/// A server with an archive that has one run, and a clone of it.
pub(crate) fn served(format: &str) -> (Sandbox, PathBuf, PathBuf) {
    let sandbox = Sandbox::new();
    let server = sandbox.archive("server.git", true, format);
    sandbox.add(&server, "first", &Package::documented("first", 1));
    sandbox.batool(&server, &["hook", "install", "--server"]).ends(0).says(&["pre-receive"]);
    let clone = clone(&sandbox, &server, "clone");
    (sandbox, server, clone)
}

pub(crate) fn clone(sandbox: &Sandbox, server: &Path, name: &str) -> PathBuf {
    let url = format!("file://{}", text(server));
    run(&mut sandbox.program("git", &sandbox.path(""), &["clone", "-q", &url, name])).ends(0);
    sandbox.path(name)
}

pub(crate) fn push(sandbox: &Sandbox, clone: &Path, refs: &[&str]) -> Said {
    run(&mut sandbox.program("git", clone, &[&["push", "-q", "origin"], refs].concat()))
}

/// A push is refused, says why, and leaves nothing.
#[track_caller]
pub(crate) fn refused(sandbox: &Sandbox, clone: &Path, server: &Path, refs: &[&str], words: &[&str]) {
    let before = Snapshot::of(server);
    let said = push(sandbox, clone, refs);
    assert_eq!(said.code, Some(1), "{said:?}");
    words.iter().for_each(|word| assert!(said.err.contains(word), "{word:?} is not in: {}", said.err));
    assert_eq!(before.differences(&Snapshot::of(server)), Vec::<String>::new());
}

#[test]
fn good_pushes_pass_and_bad_ones_leave_nothing() {
    for format in ["sha1", "sha256"] {
        let (sandbox, server, clone) = served(format);
        let good = sandbox.tip(&clone);
        let reset = || sandbox.git(&clone, &["reset", "-q", "--hard", &good]);
        // A changed byte.
        sandbox.edit(&clone, &[("runs/first/package/outputs/line ends and $Id$.bin", Some(b"other"))]);
        refused(&sandbox, &clone, &server, &["main"], &["R_HISTORY_CHANGED", "runs/first/package/outputs"]);
        // The same, undone by a commit on top.
        sandbox.git(&clone, &["revert", "--no-edit", "HEAD"]);
        refused(&sandbox, &clone, &server, &["main"], &["R_HISTORY_CHANGED"]);
        reset();
        // A run without a leaf, and one whose certificate is another's.
        let package = Package::rejected("y");
        let folder = sandbox.folder("y", &package);
        let certificate = sandbox.batool(&clone, &["verify", &folder, "--format", "json"]).out;
        let mut changes: Vec<(String, Vec<u8>)> =
            package.files.iter().map(|(path, bytes)| (format!("runs/y/package/{path}"), bytes.clone())).collect();
        changes.push(("runs/y/certificate.json".into(), certificate.into_bytes()));
        let changes: Vec<_> = changes.iter().map(|(path, bytes)| (path.as_str(), Some(bytes.as_slice()))).collect();
        sandbox.edit(&clone, &changes);
        refused(&sandbox, &clone, &server, &["main"], &["R_HISTORY_LOG", "0 leaves, and 1 were due"]);
        reset();
        // Evidence and something else in one commit.
        sandbox.edit(&clone, &[("README", Some(b"mine")), ("runs/first/more", Some(b"x"))]);
        refused(&sandbox, &clone, &server, &["main"], &["N_FOREIGN_PATH", "R_HISTORY_CHANGED"]);
        reset();
        // A policy is the server's to change.
        sandbox.policy(&clone, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
        refused(&sandbox, &clone, &server, &["main"], &["batool.toml", "batool.allowConfigChange"]);
        let lowered = sandbox.tip(&clone);
        sandbox.add(&clone, "unclear", &Package::undecidable("unclear"));
        sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
        // Not in the push that profits from it.
        refused(&sandbox, &clone, &server, &["main"], &["R_NOT_ACCEPTED", "by the policy of before the push"]);
        push(&sandbox, &clone, &[&format!("{lowered}:refs/heads/main")]).ends(0);
        // Nor in the next, unless whoever runs the server lowers its floor too.
        refused(
            &sandbox,
            &clone,
            &server,
            &["main"],
            &["R_NOT_ACCEPTED", "server's floor, the verdict is UNDECIDABLE"],
        );
        sandbox.git(&server, &["config", "batool.policy.accept", "UNDECIDABLE"]);
        push(&sandbox, &clone, &["main"]).ends(0);
        assert_eq!(sandbox.tip(&server), sandbox.tip(&clone));
        // What is no evidence passes in a commit of its own, and so do other branches and tags.
        sandbox.edit(&clone, &[("README", Some(b"mine"))]);
        sandbox.git(&clone, &["tag", "v1"]);
        sandbox.git(&clone, &["branch", "work", &good]);
        push(&sandbox, &clone, &["main", "v1", "work"]).ends(0);
        sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0);
        sandbox.fsck(&server);
    }
}

#[test]
fn rollbacks_deletions_and_rewritten_histories_are_refused() {
    let (sandbox, server, clone) = served("sha1");
    sandbox.add(&clone, "second", &Package::documented("second", 1));
    push(&sandbox, &clone, &["main"]).ends(0);
    // Without git's own settings it is for the hook to refuse.
    for key in ["receive.denyDeletes", "receive.denyNonFastForwards"] {
        sandbox.git(&server, &["config", key, "false"]);
    }
    sandbox.git(&server, &["config", "receive.denyDeleteCurrent", "ignore"]);
    refused(&sandbox, &clone, &server, &["+main~1:main"], &["does not continue"]);
    refused(&sandbox, &clone, &server, &[":main"], &["never deleted"]);
    let tree = sandbox.git(&clone, &["rev-parse", "main^{tree}"]);
    let rewritten = sandbox.git(&clone, &["commit-tree", "-m", "new past", &tree]);
    refused(&sandbox, &clone, &server, &[&format!("+{rewritten}:refs/heads/main")], &["does not continue"]);
    let merge = sandbox.git(&clone, &["commit-tree", "-m", "merge", "-p", "main", "-p", "main~1", &tree]);
    refused(&sandbox, &clone, &server, &[&format!("{merge}:refs/heads/main")], &["R_HISTORY_MERGE"]);
    sandbox.batool(&clone, &["baseline", "create", "v1", "second"]).ends(0);
    push(&sandbox, &clone, &["main", "baseline/v1"]).ends(0);
    sandbox.git(&clone, &["tag", "-f", "baseline/v1", "main~1"]);
    refused(&sandbox, &clone, &server, &["+baseline/v1"], &["a baseline's tag never moves"]);
    refused(&sandbox, &clone, &server, &[":refs/tags/baseline/v1"], &["a baseline's tag never moves"]);
    // Two who added on the same tip: the second has to add again.
    let other = self::clone(&sandbox, &server, "other");
    sandbox.add(&other, "third", &Package::documented("third", 1));
    push(&sandbox, &other, &["main"]).ends(0);
    sandbox.add(&clone, "fourth", &Package::documented("fourth", 1));
    refused(&sandbox, &clone, &server, &["+main"], &["does not continue"]);
    sandbox.git(&clone, &["fetch", "-q"]);
    let mine = sandbox.tip(&clone);
    sandbox.git(&clone, &["reset", "-q", "--hard", "origin/main"]);
    sandbox.batool(&clone, &["archive", "add", &format!("{mine}:runs/fourth/package"), "--as", "fourth"]).ends(0);
    push(&sandbox, &clone, &["main"]).ends(0);
    sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0);
}

#[test]
fn the_first_push_must_begin_with_an_archive() {
    let sandbox = Sandbox::new();
    let server = sandbox.path("empty.git");
    run(&mut sandbox.program("git", &sandbox.path(""), &["init", "-q", "--bare", "-b", "main", "empty.git"])).ends(0);
    sandbox.batool(&server, &["hook", "install", "--server"]).ends(0);
    let archive = sandbox.tree();
    let other = sandbox.path("other");
    run(&mut sandbox.program("git", &sandbox.path(""), &["init", "-q", "-b", "main", "other"])).ends(0);
    sandbox.git(&other, &["commit", "-q", "--allow-empty", "-m", "mine"]);
    for at in [&other, &archive] {
        sandbox.git(at, &["remote", "add", "origin", &text(&server)]);
    }
    refused(&sandbox, &other, &server, &["main"], &["R_HISTORY_START"]);
    sandbox.git(&archive, &["branch", "start", "main~1"]);
    push(&sandbox, &archive, &["start:main"]).ends(0);
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    // The sandbox's archive changed its policy in a commit after the first.
    refused(&sandbox, &archive, &server, &["main"], &["batool.allowConfigChange"]);
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    refused(&sandbox, &archive, &server, &["main"], &["R_NOT_ACCEPTED", "dialect documented"]);
    push(&sandbox, &archive, &["main~1:main"]).ends(0);
    sandbox.git(&server, &["config", "batool.policy.dialects", "factgraph-0.3, documented"]);
    push(&sandbox, &archive, &["main"]).ends(0);
    sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0);
}

#[test]
fn trees_that_hold_each_other_many_times_over_are_refused_in_time() {
    let (sandbox, server, clone) = served("sha1");
    let mktree = |text: &str| sandbox.feed(sandbox.program("git", &clone, &["mktree"]), text.as_bytes());
    let blob = sandbox.git(&clone, &["rev-parse", "main:batool.toml"]);
    let mut bomb = mktree(&format!("100644 blob {blob}\tx\n"));
    for _ in 0..12 {
        bomb = mktree(&(0..10).map(|n| format!("040000 tree {bomb}\td{n}\n")).collect::<String>());
    }
    let good = sandbox.tip(&clone);
    for place in ["runs/bomb", "log/bomb"] {
        let (above, name) = place.split_once('/').expect("it has two parts");
        let inner = sandbox.git(&clone, &["ls-tree", &format!("{good}:{above}")]);
        let inner = mktree(&format!("{inner}\n040000 tree {bomb}\t{name}\n"));
        let outer = sandbox.git(&clone, &["ls-tree", &good]);
        let outer: Vec<_> = outer.lines().filter(|line| !line.ends_with(&format!("\t{above}"))).collect();
        let tree = mktree(&format!("{}\n040000 tree {inner}\t{above}\n", outer.join("\n")));
        let commit = sandbox.git(&clone, &["commit-tree", "-p", &good, "-m", "bomb", &tree]);
        let started = std::time::Instant::now();
        refused(&sandbox, &clone, &server, &[&format!("{commit}:refs/heads/main")], &["R_HISTORY_CHANGED"]);
        assert!(started.elapsed().as_secs() < 120, "{place}");
    }
}

#[test]
fn update_does_the_same_a_reference() {
    let (sandbox, server, clone) = served("sha1");
    fs::remove_file(server.join("hooks/pre-receive")).expect("it is there");
    sandbox.batool(&server, &["hook", "install", "--server", "--update"]).ends(0).says(&["hooks/update"]);
    assert!(!server.join("hooks/pre-receive").exists());
    sandbox.add(&clone, "good", &Package::documented("good", 1));
    push(&sandbox, &clone, &["main"]).ends(0);
    let tip = sandbox.tip(&server);
    sandbox.edit(&clone, &[("runs/good/summary.txt", Some(b"fine\n"))]);
    let said = push(&sandbox, &clone, &["main"]);
    assert!(said.code == Some(1) && said.err.contains("R_HISTORY_CHANGED"), "{said:?}");
    assert_eq!(sandbox.tip(&server), tip);
}

#[test]
fn a_thousand_references_pass_in_one_push() {
    let (sandbox, server, clone) = served("sha1");
    let tip = sandbox.tip(&clone);
    let orders: String = (0..1000).map(|n| format!("create refs/tags/t{n} {tip}\n")).collect();
    sandbox.feed(sandbox.program("git", &clone, &["update-ref", "--stdin"]), orders.as_bytes());
    sandbox.add(&clone, "more", &Package::documented("more", 1));
    push(&sandbox, &clone, &["--tags", "main"]).ends(0);
    assert_eq!(sandbox.git(&server, &["tag"]).lines().count(), 1000);
    assert_eq!(sandbox.tip(&server), sandbox.tip(&clone));
}

/// A work tree with hooks, and one run in it.
fn guarded() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    sandbox.batool(&archive, &["hook", "install"]).ends(0).says(&["pre-commit", "pre-merge-commit"]);
    (sandbox, archive)
}

fn commit(sandbox: &Sandbox, at: &Path, args: &[&str]) -> Said {
    run(&mut sandbox.program("git", at, &[&["commit", "-q", "-m", "mine"], args].concat()))
}

#[test]
fn a_commit_is_judged_by_what_git_is_about_to_make() {
    let (sandbox, archive) = guarded();
    let tip = sandbox.tip(&archive);
    let path = "runs/x/package/outputs/line ends and $Id$.bin";
    let bad = |said: Said, words: &[&str]| {
        assert_eq!(said.code, Some(1), "{said:?}");
        words.iter().for_each(|word| assert!(said.err.contains(word), "{word:?} is not in: {}", said.err));
        assert_eq!(sandbox.tip(&archive), tip);
    };
    // Changed in the work tree only: none of the commit's business.
    fs::write(archive.join(path), "other").expect("there is room");
    fs::write(archive.join("README"), "mine").expect("there is room");
    sandbox.git(&archive, &["add", "README"]);
    let there = Snapshot::of(&archive.join(".git/refs"));
    bad(commit(&sandbox, &archive, &["-a"]), &["R_HISTORY_CHANGED", path, "N_FOREIGN_PATH", "hint: "]);
    bad(commit(&sandbox, &archive, &[path]), &["R_HISTORY_CHANGED"]);
    bad(commit(&sandbox, &archive, &["-i", path]), &["R_HISTORY_CHANGED"]);
    assert!(there == Snapshot::of(&archive.join(".git/refs")));
    // A run in stages: with its log it passes, without it does not.
    sandbox.git(&archive, &["checkout", "-q", "HEAD", "--", path]);
    sandbox.git(&archive, &["rm", "-q", "--cached", "README"]);
    let folder = sandbox.folder("y", &Package::documented("y", 1));
    sandbox.batool(&archive, &["archive", "add", &folder, "--stage"]).ends(0);
    bad(commit(&sandbox, &archive, &["runs/y"]), &["R_HISTORY_LOG", "0 leaves, and 1 were due"]);
    commit(&sandbox, &archive, &[]).ends(0);
    sandbox.git(&archive, &["add", "README"]);
    commit(&sandbox, &archive, &[]).ends(0);
    // Removals, hand-edited certificates and logs.
    let tip = sandbox.tip(&archive);
    for change in ["runs/x/certificate.json", "log/checkpoint", ".gitattributes"] {
        fs::write(archive.join(change), "{}\n").expect("there is room");
        assert_eq!(commit(&sandbox, &archive, &["-a"]).code, Some(1), "{change}");
        sandbox.git(&archive, &["reset", "-q", "--hard"]);
    }
    sandbox.git(&archive, &["rm", "-rq", "runs/x"]);
    assert_eq!(commit(&sandbox, &archive, &[]).code, Some(1));
    sandbox.git(&archive, &["reset", "-q", "--hard"]);
    assert_eq!(sandbox.tip(&archive), tip);
    // What went around one hook is seen by the next, and by whoever verifies.
    sandbox.git(&archive, &["rm", "-rq", "runs/x"]);
    let said = commit(&sandbox, &archive, &["--no-verify"]);
    assert!(said.code == Some(128) && said.err.contains("R_HISTORY_CHANGED"), "{said:?}");
    fs::remove_file(archive.join(".git/hooks/reference-transaction")).expect("it was installed");
    commit(&sandbox, &archive, &["--no-verify"]).ends(0);
    sandbox.batool(&archive, &["archive", "verify"]).ends(2).says(&["R_LEAF_WITHOUT_RUN"]);
}

#[test]
fn what_a_policy_refuses_cannot_be_staged_around_it() {
    let (sandbox, archive) = guarded();
    // Staged while the policy took it; committed when it does not any more.
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    let folder = sandbox.folder("unclear", &Package::undecidable("unclear"));
    sandbox.batool(&archive, &["archive", "add", &folder, "--stage"]).ends(0);
    let text = sandbox.git(&archive, &["show", "main~1:batool.toml"]) + "\n";
    fs::write(archive.join("batool.toml"), text).expect("there is room");
    let said = commit(&sandbox, &archive, &["-a"]);
    assert!(said.code == Some(1) && said.err.contains("R_HISTORY_CONFIG"), "{said:?}");
    commit(&sandbox, &archive, &["batool.toml"]).ends(0);
    let said = commit(&sandbox, &archive, &[]);
    assert!(said.code == Some(1) && said.err.contains("R_HISTORY_LOG"), "{said:?}");
}

#[test]
fn linked_work_trees_and_merges_are_judged_and_other_branches_are_the_users() {
    let (sandbox, archive) = guarded();
    sandbox.git(&archive, &["switch", "-q", "-c", "work"]);
    fs::remove_dir_all(archive.join("runs")).expect("it is there");
    commit(&sandbox, &archive, &["-a"]).ends(0);
    sandbox.git(&archive, &["stash", "list"]);
    let linked = sandbox.path("linked");
    sandbox.git(&archive, &["worktree", "add", "-q", &text(&linked), "main"]);
    fs::write(linked.join("runs/x/summary.txt"), "fine\n").expect("there is room");
    let tip = sandbox.tip(&archive);
    assert_eq!(commit(&sandbox, &linked, &["-a"]).code, Some(1));
    sandbox.git(&linked, &["checkout", "-q", "--", "."]);
    sandbox.add(&linked, "y", &Package::documented("y", 1));
    let said = run(&mut sandbox.program("git", &linked, &["merge", "-q", "--no-ff", "-m", "merge", "work"]));
    assert!(said.code != Some(0) && said.err.contains("R_HISTORY_MERGE"), "{said:?}");
    sandbox.git(&linked, &["merge", "--abort"]);
    assert_ne!(sandbox.tip(&archive), tip);
    sandbox.batool(&linked, &["archive", "verify", "--history"]).ends(0);
    for command in [&["gc", "-q"] as &[&str], &["pack-refs", "--all"], &["branch", "mine"], &["tag", "mine"]] {
        sandbox.git(&linked, command);
    }
    sandbox.add(&linked, "z", &Package::documented("z", 1));
    sandbox.batool(&linked, &["archive", "verify", "--history"]).ends(0);
}

#[test]
fn hooks_that_are_there_run_first_and_hooks_survive_a_moved_program() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.git(&archive, &["config", "core.hooksPath", "my-hooks"]);
    let hook = archive.join("my-hooks/pre-commit");
    make_program(&hook, "#!/bin/sh\necho mine >&2\n[ ! -e stop ]\n");
    sandbox.batool(&archive, &["hook", "status"]).ends(0).says(&["pre-commit         another hook"]);
    for _ in 0..2 {
        sandbox.batool(&archive, &["hook", "install"]).ends(0).says(&["my-hooks/pre-commit, after the hook"]);
    }
    let said = sandbox.batool(&archive, &["hook", "status", "--format", "json"]).ends(0);
    assert_eq!(said.json()["hooks"]["pre-commit"], "installed");
    assert_eq!(said.json()["hooks"]["pre-receive"], "not installed");
    let tip = sandbox.tip(&archive);
    fs::write(archive.join("stop"), "").expect("there is room");
    let said = run(&mut sandbox.program("git", &archive, &["commit", "-q", "--allow-empty", "-m", "x"]));
    assert!(said.code == Some(1) && said.err == "mine\n", "{said:?}");
    fs::remove_file(archive.join("stop")).expect("it is there");
    let said = run(&mut sandbox.program("git", &archive, &["commit", "-q", "--allow-empty", "-m", "x"])).ends(0);
    assert_eq!(said.err, "mine\n");
    assert_ne!(sandbox.tip(&archive), tip);
    // Where the program is gone the one on the path is asked; without any, nothing passes.
    sandbox.git(&archive, &["config", "batool.program", "/nowhere/batool"]);
    let said = run(&mut sandbox.program("git", &archive, &["commit", "-q", "--allow-empty", "-m", "x"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    let bin = sandbox.path("bin");
    fs::create_dir(&bin).expect("there is room");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_batool"), bin.join("batool")).expect("there is room");
    let path = format!("{}:{}", text(&bin), std::env::var("PATH").expect("there is one"));
    run(sandbox.program("git", &archive, &["commit", "-q", "--allow-empty", "-m", "x"]).env("PATH", path)).ends(0);
    sandbox.git(&archive, &["config", "batool.program", env!("CARGO_BIN_EXE_batool")]);
    // What batool does itself is asked of the hook that was there, through git.
    make_program(&archive.join("my-hooks/reference-transaction.before-batool"), "#!/bin/sh\ncat >> seen\n");
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    let tip = sandbox.tip(&archive);
    assert!(fs::read_to_string(archive.join("seen")).expect("it was asked").contains(&tip));
    fs::write(archive.join("my-hooks/pre-commit"), "#!/bin/sh\n").expect("there is room");
    sandbox.batool(&archive, &["hook", "install"]).fails(&["pre-commit.before-batool", "by hand"]);
}

#[test]
fn whatever_moves_the_branch_is_looked_at() {
    let (sandbox, archive) = guarded();
    sandbox.add(&archive, "w", &Package::documented("w", 1));
    sandbox.batool(&archive, &["baseline", "create", "v1", "w"]).ends(0);
    sandbox.add(&archive, "y", &Package::documented("y", 1));
    let tip = sandbox.tip(&archive);
    let refused = |args: &[&str]| {
        let said = run(&mut sandbox.program("git", &archive, args));
        assert!(said.code != Some(0) && said.err.contains("batool: refused"), "{said:?}");
        assert_eq!(sandbox.tip(&archive), tip, "{args:?}");
    };
    let packed = |sandbox: &Sandbox| sandbox.git(&archive, &["pack-refs", "--all"]);
    for is_packed in [false, true] {
        if is_packed {
            packed(&sandbox);
            assert!(!archive.join(".git/refs/heads/main").exists(), "git prunes what it has packed");
        }
        refused(&["reset", "-q", "--soft", "HEAD~1"]);
        refused(&["commit", "-q", "--amend", "-m", "better"]);
        refused(&["update-ref", "refs/heads/main", "main~1"]);
        refused(&["update-ref", "-d", "refs/heads/main"]);
        refused(&["branch", "-f", "-M", "main", "elsewhere"]);
        refused(&["revert", "--no-edit", "HEAD"]);
        run(&mut sandbox.program("git", &archive, &["revert", "--abort"]));
        sandbox.git(&archive, &["reset", "-q", "--hard"]);
    }
    refused(&["tag", "-f", "baseline/v1", "main~1"]);
    refused(&["tag", "-d", "baseline/v1"]);
    // The user's own goes on, and so does the archive.
    fs::write(archive.join("README"), "mine").expect("there is room");
    sandbox.git(&archive, &["add", "README"]);
    sandbox.git(&archive, &["stash", "-q"]);
    sandbox.git(&archive, &["stash", "pop", "-q"]);
    for command in [
        &["commit", "-q", "-m", "mine"] as &[&str],
        &["gc", "-q", "--prune=now"],
        &["branch", "mine"],
        &["tag", "mine"],
        &["branch", "-D", "mine"],
        &["switch", "-q", "-c", "work"],
        &["commit", "-q", "--allow-empty", "-m", "work"],
        &["reset", "-q", "--hard", "HEAD~1"],
        &["switch", "-q", "main"],
        &["fetch", "-q", ".", "work:copy"],
    ] {
        sandbox.git(&archive, command);
    }
    sandbox.add(&archive, "z", &Package::documented("z", 1));
    sandbox.clean(&archive);
    sandbox.batool(&archive, &["archive", "verify", "--history"]).ends(0);
}

#[test]
fn what_is_not_published_may_be_replaced() {
    let (sandbox, server, clone) = served("sha1");
    sandbox.batool(&clone, &["hook", "install"]).ends(0);
    sandbox.add(&clone, "pending", &Package::documented("pending", 1));
    sandbox.git(&clone, &["reset", "-q", "--hard", "origin/main"]);
    sandbox.add(&clone, "other", &Package::documented("other", 1));
    sandbox.git(&clone, &["commit", "-q", "--amend", "-m", "other words"]);
    let said = run(&mut sandbox.program("git", &clone, &["reset", "-q", "--hard", "origin/main~1"]));
    assert!(said.code != Some(0) && said.err.contains("would not continue what is published"), "{said:?}");
    sandbox.git(&clone, &["reset", "-q", "--hard"]);
    push(&sandbox, &clone, &["main"]).ends(0);
    assert_eq!(sandbox.tip(&server), sandbox.tip(&clone));
    sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0);
    // What others pushed comes in.
    let other = self::clone(&sandbox, &server, "other");
    sandbox.add(&other, "theirs", &Package::documented("theirs", 1));
    push(&sandbox, &other, &["main"]).ends(0);
    sandbox.git(&clone, &["pull", "-q", "--ff-only"]);
    sandbox.clean(&clone);
}
