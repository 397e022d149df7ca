//! A kill at any instant leaves an archive as it was before or as it would have been after.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::hooks::{clone, served};
use crate::support::{Package, Sandbox, git_dir, run, text};

/// What a kill may leave in the git directory, and the next command takes away.
const LEFT_BEHIND: [&str; 6] = [
    "index.lock",
    "refs/heads/main.lock",
    "batool-branch-mark",
    "batool-index-mark",
    "batool-index-ready",
    "batool-tag-mark",
];

/// A small generator with a fixed seed, so that a failure can be looked at again.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Runs in the archive, as git sees them, each with the number of its files.
fn runs(sandbox: &Sandbox, archive: &Path) -> Vec<(String, usize)> {
    let listed = sandbox.git(archive, &["ls-tree", "-r", "--name-only", "main", "runs/"]);
    let mut runs: Vec<(String, usize)> = Vec::new();
    for path in listed.lines() {
        let name = path.trim_start_matches('"').split('/').nth(1).expect("a run has a name").to_owned();
        match runs.last_mut().filter(|(last, _)| *last == name) {
            Some((_, count)) => *count += 1,
            None => runs.push((name, 1)),
        }
    }
    runs
}

fn survives(bare: bool, kills: u64, seed: u64, extra: &[&str]) {
    let sandbox = Sandbox::new();
    let archive = sandbox.archive("a", bare, "sha1");
    let mut dice = Dice(seed);
    let files = Package::documented("x", 4).files.len() + 2;
    let mut reported = BTreeSet::new();
    let started = Instant::now();
    sandbox.add(&archive, "first", &Package::documented("first", 4));
    reported.insert("first".to_owned());
    // On a slow machine kills shall fall on all of an add as well.
    let spread = u64::try_from(started.elapsed().as_micros()).expect("it fits").max(40_000) * 5 / 4;
    let (mut killed, mut through) = (0, 0);
    for n in 0..kills {
        let name = format!("run-{n:03}");
        let folder = sandbox.folder("given", &Package::documented(&name, 4));
        let args = [&["archive", "add", &folder, "--as", &name], extra].concat();
        let mut command = sandbox.command(&archive, &args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program runs");
        thread::sleep(Duration::from_micros(dice.below(spread)));
        let id = Pid::from_raw(i32::try_from(child.id()).expect("it is a process"));
        kill(id, Signal::SIGKILL).expect("it is ours, and not waited for yet");
        let ended = child.wait_with_output().expect("it ends");
        match ended.status.code() {
            Some(0) => {
                through += 1;
                reported.insert(name.clone());
            }
            Some(code) => panic!("add {n} ended {code}: {}", String::from_utf8_lossy(&ended.stderr)),
            None => killed += 1,
        }
        // Before anybody tidies up, the branch is whole.
        let there = runs(&sandbox, &archive);
        assert!(there.iter().all(|(_, count)| *count == files), "{there:?}");
        // Whatever command comes next tidies up.
        sandbox.batool(&archive, &["archive", "show", "first"]).ends(0);
        let git = git_dir(&archive);
        assert_eq!(fs::metadata(git.join("batool-journal")).map_or(0, |journal| journal.len()), 0);
        for lock in LEFT_BEHIND {
            assert!(!git.join(lock).exists(), "{lock} after kill {n}");
        }
        if !bare {
            assert_eq!(status(&sandbox, &archive, extra), "", "after kill {n}");
            if !extra.is_empty() {
                run(&mut sandbox.program("git", &archive, &["reset", "-q", "--hard"])).ends(0);
            }
        }
        if n % 20 == 19 {
            sandbox.fsck(&archive);
        }
    }
    if extra.is_empty() {
        let there: BTreeSet<_> = runs(&sandbox, &archive).into_iter().map(|(name, _)| name).collect();
        assert!(reported.is_subset(&there), "{:?} vanished", reported.difference(&there));
    }
    assert!(killed > 0 && through > 0, "{killed} killed, {through} through of {spread} µs");
    sandbox.git(&archive, &["prune", "--expire=now"]);
    let pack = git_dir(&archive).join("objects/pack");
    let names = fs::read_dir(pack).expect("it is there").map(|entry| text(&entry.expect("it is there").path()));
    assert_eq!(names.filter(|name| name.contains("tmp_")).count(), 0, "git prune sweeps up what a kill leaves");
    sandbox.add(&archive, "last", &Package::documented("last", 4));
    sandbox.clean(&archive);
}

/// What git says of the work tree; a staged run may be there whole, and only whole.
fn status(sandbox: &Sandbox, archive: &Path, extra: &[&str]) -> String {
    let said =
        run(&mut sandbox.program("git", archive, &["status", "--porcelain", "-uall", "--no-renames"])).ends(0).out;
    // Certificate and summary; the log's checkpoint, and its tile and bundle under their old and new names.
    let whole = Package::documented("x", 4).files.len() + 2 + 5;
    let staged = said.lines().filter(|line| ["A  ", "M  ", "D  "].iter().any(|word| line.starts_with(word))).count();
    if extra.is_empty() || staged != said.lines().count() || staged != whole { said } else { String::new() }
}

#[test]
fn a_bare_archive_survives_kills() {
    survives(true, kills(100), 1, &[]);
}

#[test]
fn an_archive_with_a_work_tree_survives_kills() {
    survives(false, kills(100), 2, &[]);
}

#[test]
fn staging_survives_kills() {
    survives(false, kills(30), 3, &["--stage"]);
}

/// So many kills, or as many as BATOOL_KILLS says.
pub(crate) fn kills(usual: u64) -> u64 {
    std::env::var("BATOOL_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}

/// Kills a whole group of programs: batool, git, and the server's hook with them.
pub(crate) fn kill_all(command: &mut Command, after: Duration) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn().expect("the program runs");
    thread::sleep(after);
    let is_over = child.try_wait().expect("it can be asked").is_some();
    let group = Pid::from_raw(-i32::try_from(child.id()).expect("it fits"));
    let _ = kill(group, Signal::SIGKILL);
    child.wait().expect("it ends");
    // Nobody of the group may still be at it.
    while kill(group, None).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
    !is_over
}

/// Locks in the git directory and below its references.
fn locks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() && (path.ends_with("refs") || folder.iter().any(|part| part == "refs")) {
            found.extend(locks(&path));
        } else if path.extension().is_some_and(|extension| extension == "lock") {
            found.push(path);
        }
    }
    found
}

#[test]
fn pushes_pulls_and_hooks_that_are_killed_leave_before_or_after() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    let mut dice = Dice(7);
    let most = kills(12);
    let (mut killed, mut spread, mut done) = (0, 400_000, 0);
    for n in 0..most {
        // Ann publishes; Bob has something pending, pulls and pushes, and dies.
        sandbox.add(&ann, &format!("ann-{n}"), &Package::documented("a", 1));
        sandbox.batool(&ann, &["archive", "push"]).ends(0);
        sandbox.add(&bob, &format!("bob-{n}"), &Package::documented("b", 1));
        let (ours, theirs) = (sandbox.tip(&bob), sandbox.tip(&server));
        let mut command = sandbox.command(&bob, &["archive", "push"]);
        if kill_all(&mut command, Duration::from_micros(dice.below(spread))) {
            killed += 1;
        } else {
            spread = spread * 3 / 4 + 1000;
        }
        done += 1;
        // Git's own locks on the server are git's to leave behind, and an administrator's to remove.
        for at in [&server, &bob] {
            let git = git_dir(at);
            for lock in locks(&git) {
                let is_of_batool =
                    at == &bob && [git.join("HEAD.lock"), git.join("refs/heads/main.lock")].contains(&lock);
                if !is_of_batool {
                    fs::remove_file(lock).expect("it is there");
                }
            }
        }
        for at in [&server, &bob] {
            sandbox.fsck(at);
        }
        let names = |at: &Path| runs(&sandbox, at).into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
        let (mine, bobs) = (format!("bob-{n}"), names(&bob));
        // The branch is what it was, or the whole replay on top of what Ann published.
        let now = sandbox.tip(&bob);
        assert!(now == ours || sandbox.git(&bob, &["rev-parse", "main~1"]) == theirs, "{now}");
        assert!(bobs.contains(&mine));
        let served = sandbox.tip(&server);
        assert!(served == theirs || served == now, "{served}");
        // The next command works, and finishes.
        sandbox.batool(&bob, &["archive", "list"]).ends(0);
        assert_eq!(sandbox.git(&bob, &["status", "--porcelain"]), "", "after {n}");
        sandbox.batool(&bob, &["archive", "push"]).ends(0);
        assert_eq!(sandbox.tip(&server), sandbox.tip(&bob));
        sandbox.clean(&bob);
        sandbox.batool(&ann, &["archive", "pull"]).ends(0);
    }
    sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0);
    assert!(killed * 2 > done, "{killed} of {done} were killed in time");
}

/// What a kill leaves between two steps, put there by hand: the journal names what was coming.
fn left_by_the_dead(archive: &Path, folder: &str) {
    fs::write(git_dir(archive).join("batool-journal"), format!("{folder}\n")).expect("there is room");
    fs::create_dir_all(archive.join(folder).join("package")).expect("there is room");
    fs::write(archive.join(folder).join("package/manifest.json"), "{\"pack").expect("there is room");
}

#[test]
fn what_was_begun_is_taken_away_after_a_switch_of_branches_too() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    left_by_the_dead(&archive, "runs/deep/y");
    sandbox.git(&archive, &["switch", "-q", "--orphan", "work"]);
    fs::write(archive.join("code"), "mine").expect("there is room");
    sandbox.git(&archive, &["add", "code"]);
    sandbox.git(&archive, &["commit", "-q", "-m", "mine"]);
    sandbox.batool(&archive, &["archive", "list"]).ends(0);
    assert!(!archive.join("runs").exists());
    // What was finished on the branch itself must not stand in the way of a switch back.
    left_by_the_dead(&archive, "runs/x");
    sandbox.batool(&archive, &["archive", "list"]).ends(0);
    sandbox.git(&archive, &["switch", "-q", "main"]);
    sandbox.clean(&archive);
}

#[test]
fn what_was_cut_short_is_written_again_whole() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let package = Package::documented("x", 1);
    sandbox.add(&archive, "x", &package);
    fs::remove_dir_all(archive.join("runs")).expect("it is there");
    sandbox.git(&archive, &["rm", "-rq", "--cached", "runs"]);
    left_by_the_dead(&archive, "runs/x");
    sandbox.batool(&archive, &["archive", "list"]).ends(0);
    sandbox.gives_back(&archive, "x", &package);
    sandbox.clean(&archive);
}

#[test]
fn a_lock_that_is_not_ours_outlives_the_tidying() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    left_by_the_dead(&archive, "runs/y");
    for (mark, lock) in [("batool-index-mark", "index.lock"), ("batool-branch-mark", "refs/heads/main.lock")] {
        fs::write(archive.join(".git").join(mark), "of another file").expect("there is room");
        fs::write(archive.join(".git").join(lock), "git's").expect("there is room");
    }
    sandbox.batool(&archive, &["archive", "list"]).ends(0);
    assert!(!archive.join("runs").exists());
    for lock in ["index.lock", "refs/heads/main.lock"] {
        fs::remove_file(archive.join(".git").join(lock)).expect("it was left alone");
    }
    sandbox.clean(&archive);
}
