//! An archive with a work tree belongs to its user: what is theirs stays as it is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{Package, Sandbox, Snapshot, git_dir, make_program, run, text, unchanged};

/// A work tree in which the user is in the middle of something.
fn busy(sandbox: &Sandbox) -> std::path::PathBuf {
    let archive = sandbox.tree();
    for (name, content) in [("README", "one\n"), ("notes/a", "a\n"), ("gone", "x\n"), ("unstaged-gone", "x\n")] {
        let path = archive.join(name);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
        fs::write(path, content).expect("there is room");
    }
    sandbox.git(&archive, &["add", "."]);
    sandbox.git(&archive, &["commit", "-q", "-m", "mine"]);
    fs::write(archive.join("README"), "two\n").expect("there is room");
    fs::write(archive.join("notes/new"), "new\n").expect("there is room");
    fs::write(archive.join("notes/later"), "later\n").expect("there is room");
    fs::write(archive.join("untracked"), "untracked\n").expect("there is room");
    sandbox.git(&archive, &["add", "notes/new"]);
    sandbox.git(&archive, &["add", "-N", "notes/later"]);
    sandbox.git(&archive, &["rm", "-q", "gone"]);
    fs::remove_file(archive.join("unstaged-gone")).expect("it is there");
    archive
}

const BUSY: &str = " M README\nD  gone\n A notes/later\nA  notes/new\n D unstaged-gone\n?? untracked";

fn status(sandbox: &Sandbox, at: &Path) -> String {
    let said = run(&mut sandbox.program("git", at, &["status", "--porcelain"])).ends(0);
    said.out.trim_end().to_owned()
}

#[test]
fn what_the_user_staged_and_changed_stays_as_it_was() {
    let sandbox = Sandbox::new();
    let archive = busy(&sandbox);
    assert_eq!(status(&sandbox, &archive), BUSY);
    let staged = sandbox.git(&archive, &["ls-files", "--stage", "-t", "--", ":!runs", ":!log"]);
    let package = Package::documented("x", 3);
    for name in ["x", "deep/er/y"] {
        sandbox.add(&archive, name, &package);
        assert_eq!(status(&sandbox, &archive), BUSY);
        assert_eq!(sandbox.git(&archive, &["ls-files", "--stage", "-t", "--", ":!runs", ":!log"]), staged);
        sandbox.gives_back(&archive, name, &package);
    }
    assert_eq!(sandbox.git(&archive, &["show", "main:README"]), "one");
    assert_eq!(sandbox.git(&archive, &["ls-tree", "--name-only", "main", "untracked", "notes/new"]), "");
    let folder = sandbox.folder("staged", &package);
    sandbox.batool(&archive, &["archive", "add", &folder, "--stage"]).ends(0);
    let status = status(&sandbox, &archive);
    let theirs: Vec<_> =
        status.lines().filter(|line| !line.contains("runs/staged/") && !line.contains(" log/")).collect();
    assert_eq!(theirs.join("\n"), BUSY);
    sandbox.fsck(&archive);
    // Their own commit goes on where they were.
    sandbox.git(&archive, &["commit", "-q", "-m", "theirs", "notes/new", "gone"]);
    sandbox.batool(&archive, &["archive", "verify"]).ends(0);
}

#[test]
fn what_changed_in_the_very_second_of_the_add_is_still_seen_by_git() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    fs::write(archive.join("README"), "one\n").expect("there is room");
    sandbox.git(&archive, &["add", "README"]);
    sandbox.git(&archive, &["commit", "-q", "-m", "mine"]);
    // Same size, and within the granularity of clocks.
    sandbox.git(&archive, &["add", "README"]);
    fs::write(archive.join("README"), "two\n").expect("there is room");
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    assert_eq!(status(&sandbox, &archive), " M README");
}

#[test]
fn what_stands_in_the_way_is_not_touched() {
    type Obstacle = fn(&Path);
    let obstacles: [(&str, Obstacle); 6] = [
        ("a file for the run", |top| {
            fs::create_dir_all(top.join("runs")).expect("there is room");
            fs::write(top.join("runs/x"), "mine").expect("there is room");
        }),
        ("a folder for the run", |top| fs::create_dir_all(top.join("runs/x/mine")).expect("there is room")),
        ("a file inside the run", |top| {
            fs::create_dir_all(top.join("runs/x/package")).expect("there is room");
            fs::write(top.join("runs/x/package/manifest.json"), "mine").expect("there is room");
        }),
        ("a file for the folder of runs", |top| fs::write(top.join("runs"), "mine").expect("there is room")),
        ("a link that leads out", |top| symlink("../elsewhere", top.join("runs")).expect("there is room")),
        ("a link that leads nowhere", |top| {
            fs::create_dir_all(top.join("runs")).expect("there is room");
            symlink("nowhere", top.join("runs/x")).expect("there is room");
        }),
    ];
    for (what, put) in obstacles {
        let sandbox = Sandbox::new();
        let archive = sandbox.tree();
        fs::create_dir_all(sandbox.path("elsewhere/kept")).expect("there is room");
        put(&archive);
        let folder = sandbox.folder("x", &Package::documented("x", 1));
        let (before, elsewhere) = (Snapshot::of(&archive), Snapshot::of(&sandbox.path("elsewhere")));
        for extra in [&[] as &[&str], &["--stage"]] {
            let args = [&["archive", "add", &folder], extra].concat();
            sandbox.batool(&archive, &args).fails(&["runs"]);
            let mut differences = before.differences(&Snapshot::of(&archive));
            // The queue of adders is a file of its own, and empty.
            differences.retain(|path| path != ".git/batool-journal");
            assert_eq!(differences, Vec::<String>::new(), "{what}");
            assert_eq!(fs::metadata(git_dir(&archive).join("batool-journal")).expect("it is there").len(), 0);
            unchanged(&sandbox.path("elsewhere"), &elsewhere);
        }
    }
}

#[test]
fn what_is_staged_in_the_way_is_not_touched() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    fs::create_dir_all(archive.join("runs")).expect("there is room");
    fs::write(archive.join("runs/x"), "mine").expect("there is room");
    sandbox.git(&archive, &["add", "runs/x"]);
    fs::remove_dir_all(archive.join("runs")).expect("it is there");
    let folder = sandbox.folder("y", &Package::documented("x", 1));
    let before = status(&sandbox, &archive);
    sandbox.batool(&archive, &["archive", "add", &folder, "--as", "x"]).fails(&["runs/x"]);
    sandbox.batool(&archive, &["archive", "add", &folder, "--as", "x/y"]).ends(74);
    assert_eq!(status(&sandbox, &archive), before);
    sandbox.fsck(&archive);
}

#[test]
fn with_another_branch_checked_out_only_the_archives_branch_moves() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.git(&archive, &["switch", "-q", "--orphan", "work"]);
    fs::write(archive.join("code"), "code\n").expect("there is room");
    sandbox.git(&archive, &["add", "code"]);
    sandbox.git(&archive, &["commit", "-q", "-m", "code"]);
    fs::write(archive.join("code"), "changed\n").expect("there is room");
    let package = Package::documented("x", 1);
    let (work, main) = (sandbox.git(&archive, &["rev-parse", "work"]), sandbox.tip(&archive));
    let folder = sandbox.folder("x", &package);
    let index = fs::read(archive.join(".git/index")).expect("it is there");
    sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
    assert_eq!(fs::read(archive.join(".git/index")).expect("it is there"), index);
    assert_eq!(sandbox.git(&archive, &["rev-parse", "work"]), work);
    assert_eq!(sandbox.git(&archive, &["rev-parse", "main~1"]), main);
    assert_eq!(status(&sandbox, &archive), " M code");
    assert!(!archive.join("runs").exists());
    let before = Snapshot::of(&archive);
    let other = sandbox.folder("other", &Package::documented("other", 1));
    sandbox.batool(&archive, &["archive", "add", &other, "--stage"]).fails(&["not the current branch"]);
    unchanged(&archive, &before);
    sandbox.batool(&archive, &["archive", "verify"]).ends(0);
    // Without a branch of its own checked out it is the same.
    sandbox.git(&archive, &["switch", "-q", "--detach", "-f", "main"]);
    sandbox.add(&archive, "y", &package);
    assert_eq!(status(&sandbox, &archive), "");
    sandbox.git(&archive, &["switch", "-q", "main"]);
    sandbox.gives_back(&archive, "x", &package);
    sandbox.clean(&archive);
}

#[test]
fn a_branch_that_is_checked_out_elsewhere_is_not_moved_from_here() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let linked = sandbox.path("linked");
    sandbox.git(&archive, &["worktree", "add", "-q", "-b", "work", &text(&linked)]);
    let package = Package::documented("x", 1);
    let folder = sandbox.folder("x", &package);
    let before = Snapshot::of(&archive);
    for extra in [&[] as &[&str], &["--stage"]] {
        let args = [&["archive", "add", &folder], extra].concat();
        sandbox.batool(&linked, &args).fails(&["checked out in", "tree", "run the command there"]);
    }
    let mut differences = before.differences(&Snapshot::of(&archive));
    differences.retain(|path| !path.starts_with(".git/worktrees/linked/batool-"));
    assert_eq!(differences, Vec::<String>::new());
    sandbox.batool(&linked, &["archive", "list"]).ends(0);
    sandbox.add(&archive, "x", &package);
    sandbox.clean(&archive);
}

#[test]
fn a_linked_work_tree_is_as_good_as_the_main_one() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        if !bare {
            sandbox.git(&archive, &["switch", "-q", "-c", "work"]);
        }
        let linked = sandbox.path("linked");
        sandbox.git(&archive, &["worktree", "add", "-q", &text(&linked), "main"]);
        let package = Package::documented("x", 2);
        sandbox.add(&linked, "x", &package);
        sandbox.gives_back(&linked, "x", &package);
        sandbox.clean(&linked);
        fs::create_dir(linked.join("sub")).expect("there is room");
        sandbox.add(&linked.join("sub"), "y", &package);
        sandbox.clean(&linked);
        // From the main one the linked one would fall behind.
        let folder = text(&sandbox.path("given"));
        sandbox.batool(&archive, &["archive", "add", &folder, "--as", "z"]).fails(&["checked out in", "linked"]);
        assert!(!archive.join("runs").exists());
    }
}

#[test]
fn an_index_that_git_holds_is_left_to_git() {
    let sandbox = Sandbox::new();
    let archive = busy(&sandbox);
    let lock = archive.join(".git/index.lock");
    fs::write(&lock, "git's").expect("there is room");
    let folder = sandbox.folder("x", &Package::documented("x", 1));
    let before = Snapshot::of(&archive);
    for extra in [&[] as &[&str], &["--stage"]] {
        let args = [&["archive", "add", &folder], extra].concat();
        sandbox.batool(&archive, &args).fails(&["index.lock", "run the command again"]);
        let mut differences = before.differences(&Snapshot::of(&archive));
        differences.retain(|path| path != ".git/batool-journal");
        assert_eq!(differences, Vec::<String>::new());
    }
    sandbox.batool(&archive, &["archive", "list"]).ends(0);
    assert!(lock.exists());
    fs::remove_file(&lock).expect("it is there");
    sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
    assert_eq!(status(&sandbox, &archive), BUSY);
}

#[test]
fn a_branch_that_git_holds_is_left_to_git() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let lock = git_dir(&archive).join("refs/heads/main.lock");
        fs::write(&lock, "git's").expect("there is room");
        let tip = sandbox.tip(&archive);
        let folder = sandbox.folder("x", &Package::documented("x", 1));
        sandbox.batool(&archive, &["archive", "add", &folder]).fails(&["main.lock"]);
        assert_eq!(fs::read(&lock).expect("it is there"), b"git's");
        fs::remove_file(&lock).expect("it is there");
        assert_eq!(sandbox.tip(&archive), tip);
        sandbox.clean(&archive);
        assert!(!archive.join("runs").exists());
        sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
        sandbox.clean(&archive);
    }
}

#[test]
fn an_archive_is_found_from_inside_and_by_name() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let bare = sandbox.bare();
    let package = Package::documented("x", 1);
    let inside = archive.join("notes/deep");
    fs::create_dir_all(&inside).expect("there is room");
    sandbox.add(&inside, "from-inside", &package);
    let outside = sandbox.path("outside");
    fs::create_dir(&outside).expect("there is room");
    let folder = text(&sandbox.path("given"));
    sandbox.batool(&outside, &["archive", "add", &folder]).fails(&["batool archive init"]);
    sandbox.batool(&outside, &["archive", "--archive", "../tree", "add", &folder, "--as", "by-option"]).ends(0);
    sandbox.batool(&outside, &["archive", "add", &folder, "--archive", "../tree", "--as", "by-option-2"]).ends(0);
    let mut by_variable = sandbox.command(&inside, &["archive", "add", &folder, "--as", "by-variable"]);
    run(by_variable.env("BATOOL_ARCHIVE", &bare)).ends(0);
    // What was said last and nearest wins.
    let mut both = sandbox.command(&outside, &["archive", "list", "--archive", &text(&archive)]);
    let said = run(both.env("BATOOL_ARCHIVE", &bare)).ends(0);
    let names: Vec<_> = said.out.lines().map(|line| line.split_whitespace().nth(2).expect("a name")).collect();
    assert_eq!(names, ["by-option", "by-option-2", "from-inside"]);
    let listed = sandbox.batool(&bare.join("objects"), &["archive", "list", "--format", "json"]).ends(0);
    assert_eq!(listed.json()["name"], "by-variable");
    sandbox.clean(&archive);
    sandbox.clean(&bare);
    // Variables of git's that were meant for another repository lead nowhere.
    let mut led_astray = sandbox.command(&archive, &["archive", "add", &folder, "--as", "straight"]);
    led_astray.env("GIT_DIR", &bare).env("GIT_WORK_TREE", &outside).env("GIT_INDEX_FILE", outside.join("index"));
    run(&mut led_astray).ends(0);
    assert_eq!(fs::read_dir(&outside).expect("it is there").count(), 0);
    sandbox.gives_back(&archive, "straight", &package);
    sandbox.clean(&archive);
}

#[test]
fn somebody_elses_reference_transaction_hook_is_asked() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let package = Package::documented("x", 1);
        let hook = git_dir(&archive).join("hooks/reference-transaction");
        let folder = sandbox.folder("x", &package);
        make_program(&hook, "#!/bin/sh\ncat >/dev/null\nexit 1\n");
        let tip = sandbox.tip(&archive);
        sandbox.batool(&archive, &["archive", "add", &folder]).fails(&["reference-transaction"]);
        assert_eq!(sandbox.tip(&archive), tip);
        assert!(!archive.join("runs").exists());
        make_program(&hook, "#!/bin/sh\ncat >>\"$GIT_DIR/asked\"\n");
        sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
        let asked = fs::read_to_string(git_dir(&archive).join("asked")).expect("the hook was asked");
        assert!(asked.contains("refs/heads/main"));
        sandbox.gives_back(&archive, "x", &package);
        sandbox.clean(&archive);
    }
}

#[test]
fn reflogs_tell_what_moved() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        let before = sandbox.tip(&archive);
        sandbox.add(&archive, "x", &Package::documented("x", 1));
        // A branch that git packed is moved as well.
        sandbox.git(&archive, &["pack-refs", "--all"]);
        sandbox.add(&archive, "y", &Package::documented("y", 1));
        let log = sandbox.git(&archive, &["reflog", "main", "--format=%gs"]);
        let newest: Vec<_> = log.lines().take(2).collect();
        assert_eq!(newest, ["archive: add y (VERIFIED)", "archive: add x (VERIFIED)"]);
        assert_eq!(sandbox.git(&archive, &["rev-parse", "main@{2}"]), before);
        if !bare {
            assert_eq!(sandbox.git(&archive, &["rev-parse", "HEAD@{2}"]), before);
        }
        sandbox.clean(&archive);
    }
}

#[test]
fn a_merge_that_the_user_is_in_the_middle_of_survives() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    for (branch, content) in [("other", "theirs\n"), ("main", "ours\n")] {
        if branch == "other" {
            sandbox.git(&archive, &["switch", "-q", "-c", "other"]);
        } else {
            sandbox.git(&archive, &["switch", "-q", "main"]);
        }
        fs::write(archive.join("README"), content).expect("there is room");
        sandbox.git(&archive, &["add", "README"]);
        sandbox.git(&archive, &["commit", "-q", "-m", content.trim()]);
    }
    run(&mut sandbox.program("git", &archive, &["merge", "other"])).ends(1);
    let before = status(&sandbox, &archive);
    assert_eq!(before, "AA README");
    let staged = sandbox.git(&archive, &["ls-files", "--stage", "README"]);
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    assert_eq!(status(&sandbox, &archive), before);
    assert_eq!(sandbox.git(&archive, &["ls-files", "--stage", "README"]), staged);
}
