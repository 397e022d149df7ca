//! Baselines: one commit and a tag, both or neither; they never change, and who changes one is found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{FORMS, Package, Sandbox, git_dir, make_program, run, text};
use crate::tamper::finds;

/// An archive with two runs, `x` and `deep/y`.
fn with_two(bare: bool, format: &str) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.archive("a", bare, format);
    for name in ["x", "deep/y"] {
        sandbox.add(&archive, name, &Package::documented(name, 2));
    }
    (sandbox, archive)
}

#[track_caller]
fn create(sandbox: &Sandbox, archive: &Path, name: &str) {
    sandbox.batool(archive, &["baseline", "create", name, "x", "deep/y"]).ends(0).says(&["made", name]);
}

#[test]
fn a_baseline_is_one_commit_and_a_tag_of_it() {
    for (bare, format) in FORMS {
        let (sandbox, archive) = with_two(bare, format);
        let before = sandbox.tip(&archive);
        create(&sandbox, &archive, "v1.4");
        assert_eq!(sandbox.git(&archive, &["rev-parse", "main~1"]), before);
        assert_eq!(sandbox.git(&archive, &["cat-file", "-t", "baseline/v1.4"]), "tag");
        assert_eq!(sandbox.git(&archive, &["rev-parse", "baseline/v1.4^{commit}"]), sandbox.tip(&archive));
        let changed = sandbox.git(&archive, &["diff", "--name-status", "main~1", "main", "--", "baselines", "runs"]);
        assert_eq!(changed, "A\tbaselines/v1.4.json");
        let stored = sandbox.git_bytes(&archive, &["show", "main:baselines/v1.4.json"]);
        let value: serde_json::Value = serde_json::from_slice(&stored).expect("it is JSON");
        assert_eq!(format!("{value}\n").into_bytes(), stored, "members are sorted, and there is no space");
        assert_eq!(value["schema"], "batool/baseline/1");
        assert_eq!(value["runs"][0]["name"], "deep/y");
        assert_eq!(value["drift"]["ledgers"]["removed"], 0);
        sandbox.clean(&archive);
        sandbox.batool(&archive, &["archive", "verify", "--history"]).ends(0).says(&["Verdict: VERIFIED"]);
        sandbox.batool(&archive, &["archive", "verify", "--since", "main~1"]).ends(0).says(&["re-read 0 of 2"]);
        // Once more is no change; other content is refused.
        let tip = sandbox.tip(&archive);
        let again = sandbox.batool(&archive, &["baseline", "create", "v1.4", "deep/y", "run:x"]).ends(0);
        again.says(&["is there already"]);
        sandbox.batool(&archive, &["baseline", "create", "v1.4", "x"]).fails(&["v1.4", "never changes"]);
        assert_eq!(sandbox.tip(&archive), tip);
        sandbox.batool(&archive, &["baseline", "list"]).ends(0).says(&["v1.4", "deep/y x"]);
        let shown = sandbox.batool(&archive, &["baseline", "show", "v1.4", "--format", "json"]).ends(0).json();
        assert_eq!(shown["runs"], value["runs"]);
        sandbox.batool(&archive, &["baseline", "show", "v1.4"]).ends(0).says(&["- x", "removed 0"]);
        // Adds go on.
        sandbox.add(&archive, "z", &Package::documented("z", 1));
        sandbox.clean(&archive);
        let proof = text(&sandbox.path("proof"));
        sandbox.batool(&archive, &["archive", "prove", "x", "--to", &proof]).ends(0);
    }
}

#[test]
fn what_cannot_be_a_baseline_is_refused_and_nothing_changes() {
    let (sandbox, archive) = with_two(false, "sha1");
    let tip = sandbox.tip(&archive);
    let batool = |args: &[&str]| sandbox.batool(&archive, &[&["baseline", "create"], args].concat());
    batool(&["v1", "nowhere"]).fails(&["nowhere"]);
    batool(&["v1", "x", "x"]).fails(&["named twice"]);
    batool(&["a/b", "x"]).fails(&["a/b"]);
    batool(&["v1"]).ends(64);
    let policy = text(&sandbox.path("drift.toml"));
    for (wrong, word) in
        [("ruels = \"change\"", "ruels"), ("[ledger.fact]", "fact"), ("[ledgers]\nadded = -1", "negative")]
    {
        fs::write(&policy, wrong).expect("there is room");
        batool(&["v1", "x", "--drift", &policy]).fails(&["drift.toml", word]);
    }
    sandbox.git(&archive, &["tag", "baseline/v1"]);
    batool(&["v1", "x"]).fails(&["refs/tags/baseline/v1"]);
    fs::create_dir(archive.join("baselines")).expect("there is room");
    fs::write(archive.join("baselines/v2.json"), "mine").expect("there is room");
    batool(&["v2", "x"]).fails(&["stands there already"]);
    assert_eq!(sandbox.tip(&archive), tip);
    assert_eq!(fs::read_to_string(archive.join("baselines/v2.json")).expect("it is there"), "mine");
    sandbox.batool(&archive, &["baseline", "show", "v1"]).fails(&["v1", "baseline list"]);
}

#[test]
fn a_baseline_that_was_changed_dropped_or_forged_is_found() {
    let (sandbox, archive) = with_two(true, "sha1");
    create(&sandbox, &archive, "v1");
    let good = sandbox.tip(&archive);
    let stored = String::from_utf8(sandbox.git_bytes(&archive, &["show", "main:baselines/v1.json"])).expect("text");
    let zero = format!("dirHash:{}", "0".repeat(64));
    let package = stored.split('"').find(|word| word.starts_with("dirHash:")).expect("it names a package");
    let other = stored.replace(package, &zero);
    let spaced = stored.replace(":", ": ");
    type Case<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 5] = [
        (
            "baselines/v1.json",
            Some(&other),
            &[("R_BASELINE", "baselines/v1.json"), ("R_LEAF_MISMATCH", "baselines/v1.json")],
        ),
        (
            "baselines/v1.json",
            Some(&spaced),
            &[("R_BASELINE", "baselines/v1.json"), ("R_LEAF_MISMATCH", "baselines/v1.json")],
        ),
        (
            "baselines/v1.json",
            None,
            &[("R_BASELINE_TAG", "refs/tags/baseline/v1"), ("R_LEAF_WITHOUT_RUN", "baselines/v1.json")],
        ),
        (
            "baselines/v2.json",
            Some(&stored),
            &[("R_RUN_WITHOUT_LEAF", "baselines/v2.json"), ("U_BASELINE_TAG_MISSING", "baselines/v2.json")],
        ),
        ("baselines/notes.txt", Some("mine"), &[("R_BASELINE", "baselines/notes.txt")]),
    ];
    for (path, bytes, expected) in cases {
        sandbox.edit(&archive, &[(path, bytes.map(str::as_bytes))]);
        finds(&sandbox, &archive, 2, expected);
        let said = sandbox.batool(&archive, &["archive", "verify", "--history"]).ends(2);
        assert!(said.out.contains("R_HISTORY_CHANGED") || said.out.contains("R_HISTORY_LOG"), "{}", said.out);
        sandbox.git(&archive, &["update-ref", "refs/heads/main", &good]);
    }
    // A run that it names was dropped together with its leaf.
    let no_runs = sandbox.git(&archive, &["rev-parse", "main~3"]);
    sandbox.git(&archive, &["update-ref", "refs/heads/main", &no_runs]);
    sandbox.edit(&archive, &[("baselines/v1.json", Some(stored.as_bytes()))]);
    let said = sandbox.batool(&archive, &["archive", "verify"]).ends(2);
    said.says(&["names the run deep/y, which is not there", "names the run x, which is not there"]);
}

#[test]
fn a_tag_that_was_moved_is_a_violation_and_one_that_is_not_here_a_gap() {
    let (sandbox, archive) = with_two(true, "sha1");
    create(&sandbox, &archive, "v1");
    let tag = sandbox.git(&archive, &["rev-parse", "refs/tags/baseline/v1"]);
    sandbox.git(&archive, &["tag", "-f", "-a", "-m", "moved", "baseline/v1", "main~1"]);
    finds(&sandbox, &archive, 2, &[("R_BASELINE_TAG", "baselines/v1.json")]);
    sandbox.git(&archive, &["tag", "-f", "baseline/v1", "main"]);
    finds(&sandbox, &archive, 2, &[("R_BASELINE_TAG", "baselines/v1.json")]);
    sandbox.git(&archive, &["tag", "-d", "baseline/v1"]);
    finds(&sandbox, &archive, 1, &[("U_BASELINE_TAG_MISSING", "baselines/v1.json")]);
    sandbox.git(&archive, &["update-ref", "refs/tags/baseline/v1", &tag]);
    finds(&sandbox, &archive, 0, &[]);
    // Behind the cut of a clone nobody can tell.
    sandbox.add(&archive, "z", &Package::documented("z", 1));
    let clone = sandbox.path("clone");
    let url = format!("file://{}", text(&archive));
    sandbox.git(&sandbox.path(""), &["clone", "-q", "--depth=1", &url, &text(&clone)]);
    finds(&sandbox, &clone, 1, &[("U_BASELINE_TAG_MISSING", "baselines/v1.json")]);
    sandbox.git(&clone, &["fetch", "-q", "--unshallow", "--tags"]);
    finds(&sandbox, &clone, 0, &[]);
}

#[test]
fn a_tag_without_its_baseline_or_under_another_name_is_found() {
    let (sandbox, archive) = with_two(true, "sha1");
    let found = |name: &str| finds(&sandbox, &archive, 2, &[("R_BASELINE_TAG", name)]);
    for args in [&["tag", "baseline/v0", "main"] as &[&str], &["tag", "-f", "-a", "-m", "x", "baseline/v0", "main"]] {
        sandbox.git(&archive, args);
        found("refs/tags/baseline/v0");
    }
    sandbox.git(&archive, &["tag", "-d", "baseline/v0"]);
    let clone = sandbox.path("clone");
    sandbox.git(&sandbox.path(""), &["clone", "-q", &text(&archive), &text(&clone)]);
    create(&sandbox, &archive, "v1");
    let tag = sandbox.git(&archive, &["rev-parse", "refs/tags/baseline/v1"]);
    // One tag under two names, and one that was made under another.
    sandbox.git(&archive, &["update-ref", "refs/tags/baseline/v2", &tag]);
    found("refs/tags/baseline/v2");
    sandbox.git(&archive, &["update-ref", "-d", "refs/tags/baseline/v2"]);
    sandbox.git(&archive, &["tag", "-a", "-m", "x", "other", "main"]);
    let other = sandbox.git(&archive, &["rev-parse", "refs/tags/other"]);
    sandbox.git(&archive, &["update-ref", "refs/tags/baseline/v1", &other]);
    found("baselines/v1.json");
    sandbox.git(&archive, &["update-ref", "refs/tags/baseline/v1", &tag]);
    finds(&sandbox, &archive, 0, &[]);
    // A clone that fetched and did not pull has the tag before the baseline.
    sandbox.git(&clone, &["fetch", "-q", "--tags"]);
    assert_eq!(sandbox.git(&clone, &["tag"]).lines().count(), 2);
    finds(&sandbox, &clone, 0, &[]);
    // A branch that was rolled back leaves it behind.
    sandbox.git(&archive, &["update-ref", "refs/heads/main", "main~1"]);
    found("refs/tags/baseline/v1");
}

/// Refuses tags, as a hook of somebody's may.
const NO_TAGS: &str = "#!/bin/sh\n[ \"$1\" = prepared ] || exit 0\n! grep -q ' refs/tags/'\n";

#[test]
fn tags_that_a_hook_refused_are_made_once_it_lets_them() {
    for bare in [true, false] {
        let (sandbox, archive) = with_two(bare, "sha1");
        let hook = git_dir(&archive).join("hooks/reference-transaction");
        make_program(&hook, NO_TAGS);
        for name in ["v1", "v2"] {
            let said = sandbox.batool(&archive, &["baseline", "create", name, "x"]);
            said.fails(&["its tag is not; the next batool command tries again"]);
        }
        // Whatever is done meanwhile, they are not forgotten.
        sandbox.add(&archive, "z", &Package::documented("z", 1));
        if !bare {
            let folder = sandbox.folder("staged", &Package::documented("staged", 1));
            sandbox.batool(&archive, &["archive", "add", &folder, "--stage"]).ends(0);
            sandbox.git(&archive, &["reset", "-q", "--hard"]);
        }
        finds(&sandbox, &archive, 1, &[("U_BASELINE_TAG_MISSING", "baselines/v1.json")]);
        let commit = sandbox.git(&archive, &["rev-parse", "main~2"]);
        sandbox.batool(&archive, &["archive", "verify"]).ends(1).says(&[&format!("of commit {commit} here")]);
        fs::remove_file(&hook).expect("it is there");
        sandbox.batool(&archive, &["archive", "list"]).ends(0);
        assert_eq!(sandbox.git(&archive, &["tag"]), "baseline/v1\nbaseline/v2");
        assert_eq!(fs::metadata(git_dir(&archive).join("batool-journal")).expect("it is there").len(), 0);
        sandbox.clean(&archive);
    }
}

#[test]
fn a_kill_between_branch_and_tag_is_made_good_by_the_next_command() {
    for bare in [true, false] {
        let (sandbox, archive) = with_two(bare, "sha1");
        create(&sandbox, &archive, "v1");
        let tag = sandbox.git(&archive, &["rev-parse", "refs/tags/baseline/v1"]);
        let journal = git_dir(&archive).join("batool-journal");
        let left = |lines: &str| {
            sandbox.git(&archive, &["update-ref", "-d", "refs/tags/baseline/v1"]);
            fs::write(&journal, lines).expect("there is room");
        };
        left(&format!("tag {tag} refs/tags/baseline/v1\nbaselines/v1.json\nlog/checkpoint\n"));
        sandbox.batool(&archive, &["archive", "list"]).ends(0);
        assert_eq!(sandbox.git(&archive, &["rev-parse", "refs/tags/baseline/v1"]), tag);
        assert_eq!(fs::metadata(&journal).expect("it is there").len(), 0);
        sandbox.clean(&archive);
        // Where the branch did not come to move, there is no tag.
        sandbox.git(&archive, &["update-ref", "refs/heads/main", "main~1"]);
        if !bare {
            sandbox.git(&archive, &["reset", "-q", "--hard"]);
            fs::create_dir_all(archive.join("baselines")).expect("there is room");
            fs::write(archive.join("baselines/v1.json"), "half").expect("there is room");
        }
        left(&format!("tag {tag} refs/tags/baseline/v1\nbaselines/v1.json\n"));
        sandbox.batool(&archive, &["archive", "list"]).ends(0);
        sandbox.clean(&archive);
        assert_eq!(sandbox.git(&archive, &["tag", "-l"]), "");
        assert!(!archive.join("baselines").exists());
        create(&sandbox, &archive, "v1");
        sandbox.clean(&archive);
    }
}

#[test]
fn tags_and_commits_are_signed_where_git_is_told_so() {
    let (sandbox, archive) = with_two(true, "sha1");
    let key = sandbox.path("key");
    run(&mut sandbox.program("ssh-keygen", &sandbox.path(""), &["-q", "-t", "ed25519", "-N", "", "-f", &text(&key)]))
        .ends(0);
    for (name, value) in
        [("gpg.format", "ssh"), ("user.signingKey", &text(&key)), ("tag.gpgsign", "true"), ("commit.gpgsign", "true")]
    {
        sandbox.git(&archive, &["config", name, value]);
    }
    create(&sandbox, &archive, "v1");
    let public = fs::read_to_string(key.with_extension("pub")).expect("it was made");
    let signers = sandbox.path("signers");
    fs::write(&signers, format!("a@example.com {public}")).expect("there is room");
    sandbox.git(&archive, &["config", "gpg.ssh.allowedSignersFile", &text(&signers)]);
    sandbox.git(&archive, &["tag", "-v", "baseline/v1"]);
    sandbox.git(&archive, &["verify-commit", "main"]);
    sandbox.clean(&archive);
    // No key, no baseline: neither commit nor tag.
    let tip = sandbox.tip(&archive);
    sandbox.git(&archive, &["config", "user.signingKey", &text(&sandbox.path("gone"))]);
    sandbox.git(&archive, &["config", "commit.gpgsign", "false"]);
    sandbox.batool(&archive, &["baseline", "create", "v2", "x"]).fails(&["sign a tag", "tag.gpgsign"]);
    assert_eq!(sandbox.tip(&archive), tip);
}

#[test]
fn hooks_let_baselines_pass_and_nothing_that_only_looks_like_one() {
    let (sandbox, server) = with_two(true, "sha1");
    sandbox.batool(&server, &["hook", "install", "--server"]).ends(0);
    let clone = sandbox.path("clone");
    sandbox.git(&sandbox.path(""), &["clone", "-q", &text(&server), &text(&clone)]);
    sandbox.batool(&clone, &["hook", "install"]).ends(0);
    create(&sandbox, &clone, "v1");
    sandbox.git(&clone, &["push", "-q", "--atomic", "origin", "main", "baseline/v1"]);
    sandbox.clean(&server);
    // Another clone fetches both.
    let other = sandbox.path("other");
    sandbox.git(&sandbox.path(""), &["clone", "-q", &text(&server), &text(&other)]);
    sandbox.clean(&other);
    let refused = |at: &Path, args: &[&str], word: &str| {
        let said = run(&mut sandbox.program("git", at, args));
        assert!(said.code != Some(0) && said.err.contains(word), "{args:?}: {}", said.err);
    };
    // A commit of git's that changes or forges a baseline, and tags that lie.
    fs::write(clone.join("baselines/v1.json"), "{}\n").expect("it is there");
    refused(&clone, &["commit", "-qam", "edit"], "baselines/v1.json: was changed");
    sandbox.git(&clone, &["reset", "-q", "--hard"]);
    fs::copy(clone.join("baselines/v1.json"), clone.join("baselines/v2.json")).expect("there is room");
    sandbox.git(&clone, &["add", "baselines/v2.json"]);
    refused(&clone, &["commit", "-qm", "forge"], "R_HISTORY_LOG");
    sandbox.git(&clone, &["reset", "-q", "--hard"]);
    refused(&clone, &["tag", "-d", "baseline/v1"], "is never deleted");
    refused(&clone, &["tag", "-a", "-m", "x", "baseline/v9", "main"], "did not bring");
    refused(&clone, &["tag", "baseline/v9", "main"], "is not annotated");
    // The server looks for itself.
    let bare_hooks = ["-c", "core.hooksPath=/dev/null"];
    for (args, word) in [
        (&["tag", "-a", "-m", "x", "baseline/v9", "main"] as &[&str], "did not bring"),
        (&["tag", "-f", "baseline/v9", "main"], "is not annotated"),
    ] {
        sandbox.git(&clone, &[&bare_hooks, args].concat());
        refused(&clone, &["push", "-q", "origin", "baseline/v9"], word);
    }
    let (a, b) = (sandbox.git(&clone, &["rev-parse", "main"]), sandbox.tip(&server));
    assert_eq!(a, b);
    // Runs and a baseline of them in one push.
    let folder = sandbox.folder("new", &Package::documented("new", 1));
    sandbox.batool(&clone, &["archive", "add", &folder]).ends(0);
    sandbox.batool(&clone, &["baseline", "create", "v2", "new", "x"]).ends(0);
    sandbox.git(&clone, &["push", "-q", "--atomic", "origin", "main", "baseline/v2"]);
    sandbox.clean(&server);
}

#[test]
fn sixty_kills_leave_commit_and_tag_or_neither() {
    for bare in [true, false] {
        let (sandbox, archive) = with_two(bare, "sha1");
        let started = Instant::now();
        create(&sandbox, &archive, "first");
        let spread = u64::try_from(started.elapsed().as_micros()).expect("it fits").max(20_000) * 5 / 4;
        let (mut dice, mut killed, mut through) = (7_u64, 0, 0);
        for n in 0..30 {
            let name = format!("v{n:02}");
            let mut command = sandbox.command(&archive, &["baseline", "create", &name, "x"]);
            let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            let mut child = child.expect("the program runs");
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            thread::sleep(Duration::from_micros((dice >> 33) % spread));
            child.kill().expect("it is ours");
            match child.wait().expect("it ends").code() {
                Some(0) => through += 1,
                Some(code) => panic!("create {n} ended {code}"),
                None => killed += 1,
            }
            // Whatever command comes next makes the tag that is missing.
            let listed = sandbox.batool(&archive, &["baseline", "list"]).ends(0).out;
            let names = listed.lines().map(|line| line.split(' ').next().expect("it has a name").to_owned());
            let tags = sandbox.git(&archive, &["tag", "-l", "baseline/*", "--format=%(refname:lstrip=3)"]);
            assert_eq!(names.collect::<Vec<_>>(), tags.lines().collect::<Vec<_>>(), "after kill {n}");
            let git = git_dir(&archive);
            assert_eq!(fs::metadata(git.join("batool-journal")).map_or(0, |journal| journal.len()), 0);
            assert!(!git.join("batool-tag-mark").exists());
            if !bare {
                assert_eq!(sandbox.git(&archive, &["status", "--porcelain"]), "", "after kill {n}");
            }
        }
        assert!(killed > 0 && through > 0, "{killed} killed, {through} through of {spread} µs");
        sandbox.clean(&archive);
    }
}
