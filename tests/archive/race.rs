//! Many adders at once: nobody's run is lost, and history stays a line.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use crate::support::{Package, Sandbox, run};

/// Several programs at once, each adding runs of its own one after the other.
fn adders(sandbox: &Sandbox, archive: &Path, programs: usize, runs: usize) {
    thread::scope(|scope| {
        for program in 0..programs {
            scope.spawn(move || {
                for n in 0..runs {
                    let name = format!("p{program}/run-{n}");
                    let folder = sandbox.folder(&format!("given-{program}"), &Package::documented(&name, 1));
                    // A lock that git holds is an honest answer; what it says to do is done.
                    for attempt in 0.. {
                        let said = sandbox.batool(archive, &["archive", "add", &folder, "--as", &name]);
                        let is_held = said.code == Some(74) && said.err.contains("index.lock") && attempt < 50;
                        if !is_held {
                            said.ends(0);
                            break;
                        }
                    }
                }
            });
        }
    });
}

/// All runs are there, each in a commit of its own, on a line.
fn all_there(sandbox: &Sandbox, archive: &Path, programs: usize, runs: usize) {
    let listed = sandbox.batool(archive, &["archive", "list"]).ends(0).out;
    let names: BTreeSet<_> = listed.lines().map(|line| line.split_whitespace().nth(2).expect("a name")).collect();
    let expected: BTreeSet<_> = (0..programs).flat_map(|p| (0..runs).map(move |n| format!("p{p}/run-{n}"))).collect();
    assert!(names.iter().copied().eq(expected.iter().map(String::as_str)), "{listed}");
    let subjects = sandbox.git(archive, &["log", "--format=%s", "main"]);
    let adds = subjects.lines().filter(|subject| subject.starts_with("archive: add ")).count();
    assert_eq!(adds, programs * runs);
    assert_eq!(sandbox.git(archive, &["rev-list", "--min-parents=2", "main"]), "");
    // Every add adds its own run and nothing else.
    let changed = sandbox.git(archive, &["log", "--format=", "--name-status", "--no-renames", "main", "--", "runs/"]);
    assert!(changed.lines().filter(|line| !line.is_empty()).all(|line| line.starts_with('A')), "{changed}");
    sandbox.clean(archive);
}

#[test]
fn two_hundred_adds_by_eight_programs_are_all_there() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    adders(&sandbox, &archive, 8, 25);
    all_there(&sandbox, &archive, 8, 25);
    assert_eq!(sandbox.git(&archive, &["rev-list", "--count", "main"]), "202");
    let packs = fs::read_dir(archive.join("objects/pack")).expect("it is there");
    let packs =
        packs.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "pack")));
    assert!(packs.count() < 40, "small packs are merged");
}

#[test]
fn adders_and_a_user_who_commits_share_a_work_tree() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    fs::write(archive.join("README"), "0\n").expect("there is room");
    sandbox.git(&archive, &["add", "README"]);
    sandbox.git(&archive, &["commit", "-q", "-m", "mine"]);
    let mut mine = 0;
    thread::scope(|scope| {
        let adding = scope.spawn(|| adders(&sandbox, &archive, 4, 8));
        for n in 1.. {
            if adding.is_finished() {
                break;
            }
            fs::write(archive.join("README"), format!("{n}\n")).expect("there is room");
            // Git may find its locks held, or HEAD moved: then it changes nothing.
            let said = run(&mut sandbox.program("git", &archive, &["commit", "-q", "-a", "-m", "mine"]));
            mine += usize::from(said.code == Some(0));
        }
    });
    run(&mut sandbox.program("git", &archive, &["checkout", "-q", "HEAD", "--", "README"])).ends(0);
    all_there(&sandbox, &archive, 4, 8);
    let subjects = sandbox.git(&archive, &["log", "--format=%s", "main"]);
    assert_eq!(subjects.lines().filter(|subject| *subject == "mine").count(), mine + 1);
    assert!(mine > 0, "the user got a turn");
}

#[test]
fn adders_and_a_user_who_commits_share_a_bare_archive() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let mut mine = 0;
    thread::scope(|scope| {
        let adding = scope.spawn(|| adders(&sandbox, &archive, 3, 8));
        let mut n = 0;
        // On a busy machine the user's many steps may find their turn only when the adders are done.
        while !adding.is_finished() || mine == 0 {
            n += 1;
            let tip = sandbox.tip(&archive);
            let blob = sandbox
                .feed(sandbox.program("git", &archive, &["hash-object", "-w", "--stdin"]), format!("{n}\n").as_bytes());
            let listed = sandbox.git(&archive, &["ls-tree", &tip]);
            let kept: Vec<_> = listed.lines().filter(|line| !line.ends_with("\tREADME")).collect();
            let text = format!("{}\n100644 blob {blob}\tREADME\n", kept.join("\n"));
            let tree = sandbox.feed(sandbox.program("git", &archive, &["mktree"]), text.as_bytes());
            let commit = sandbox.git(&archive, &["commit-tree", "-p", &tip, "-m", "mine", &tree]);
            let args = ["update-ref", "refs/heads/main", &commit, &tip];
            mine += usize::from(run(&mut sandbox.program("git", &archive, &args)).code == Some(0));
        }
    });
    all_there(&sandbox, &archive, 3, 8);
    let subjects = sandbox.git(&archive, &["log", "--format=%s", "main"]);
    assert_eq!(subjects.lines().filter(|subject| *subject == "mine").count(), mine);
    assert!(mine > 0, "the user got a turn");
}

#[test]
fn git_may_collect_garbage_meanwhile() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    thread::scope(|scope| {
        let adding = scope.spawn(|| adders(&sandbox, &archive, 3, 12));
        let mut n = 0;
        while !adding.is_finished() {
            n += 1;
            let repack: &[&str] = if n % 2 == 0 { &["gc", "-q"] } else { &["repack", "-q", "-d", "--geometric=2"] };
            // It may stop where a pack vanished under it, as beside another git; nothing may be lost.
            let said = run(&mut sandbox.program("git", &archive, repack));
            assert!(said.code == Some(0) || said.err.contains("pack"), "{said:?}");
        }
    });
    all_there(&sandbox, &archive, 3, 12);
}

#[test]
fn of_two_who_add_the_same_name_one_is_told() {
    let sandbox = Sandbox::new();
    for bare in [true, false] {
        let archive = sandbox.archive(if bare { "b" } else { "t" }, bare, "sha1");
        for n in 0..5 {
            let name = format!("run-{n}");
            let one = sandbox.folder("one", &Package::documented("one", 30));
            let other = sandbox.folder("other", &Package::documented("other", 30));
            let codes: Vec<_> = thread::scope(|scope| {
                let add = |folder: String| {
                    let (sandbox, archive, name) = (&sandbox, &archive, &name);
                    scope.spawn(move || sandbox.batool(archive, &["archive", "add", &folder, "--as", name]))
                };
                [add(one), add(other)].map(|adder| adder.join().expect("it ends").code).into()
            });
            assert!(codes.contains(&Some(0)) && codes.contains(&Some(74)), "{codes:?}");
        }
        sandbox.clean(&archive);
    }
}
