//! Publishing, with real remotes: pending runs are brought over and judged again, and on any failure nothing moves.

use std::fs;
use std::path::{Path, PathBuf};

use crate::hooks::{clone, served};
use crate::support::{Package, Said, Sandbox, Snapshot, git_dir, run, text};

fn push(sandbox: &Sandbox, at: &Path) -> Said {
    sandbox.batool(at, &["archive", "push"])
}

/// A pull or push fails, and branch, index and work tree are as they were.
#[track_caller]
fn leaves_all(sandbox: &Sandbox, at: &Path, args: &[&str], code: i32) -> Said {
    let tip = sandbox.tip(at);
    let index = fs::read(git_dir(at).join("index")).ok();
    let before = Snapshot::of(at);
    let said = sandbox.batool(at, args).ends(code);
    assert_eq!(sandbox.tip(at), tip);
    assert_eq!(fs::read(git_dir(at).join("index")).ok(), index);
    let differs = before.differences(&Snapshot::of(at));
    let of_git = |path: &&String| path.starts_with(".git") || !at.join(".git").exists();
    assert_eq!(differs.iter().filter(|path| !of_git(path)).collect::<Vec<_>>(), [""; 0]);
    assert!(!differs.iter().any(|path| path.contains("tags/") || path.contains("refs/heads")), "{differs:?}");
    said
}

#[test]
fn two_who_added_on_one_tip_both_get_in() {
    for (format, bare) in [("sha1", false), ("sha256", false), ("sha1", true)] {
        let (sandbox, server, ann) = served(format);
        let bob = if bare {
            let url = format!("file://{}", text(&server));
            sandbox.git(&server, &["clone", "-q", "--bare", &url, &text(&sandbox.path("bob"))]);
            sandbox.path("bob")
        } else {
            clone(&sandbox, &server, "bob")
        };
        sandbox.add(&ann, "ann/1", &Package::documented("a1", 1));
        sandbox.add(&bob, "bob/1", &Package::documented("b1", 2));
        let own = sandbox.folder("b2", &Package::documented("b2", 1));
        sandbox.batool(&bob, &["archive", "add", &own, "--as", "bob/2", "-m", "my own words"]).ends(0);
        if !bare {
            fs::write(bob.join("mine.txt"), "not added").expect("there is room");
        }
        push(&sandbox, &ann).ends(0).says(&["pushed 1 commits to origin"]);
        let said = push(&sandbox, &bob).ends(0);
        said.says(&["pulled 1 commits from origin, and made 2 pending ones anew", "pushed 2 commits to origin"]);
        assert_eq!(sandbox.tip(&server), sandbox.tip(&bob));
        assert!(
            sandbox.git(&server, &["log", "--format=%s", "main"]).starts_with("my own words\narchive: add bob/1 (VER")
        );
        if !bare {
            fs::remove_file(bob.join("mine.txt")).expect("it is there");
        }
        push(&sandbox, &bob).ends(0).says(&["origin has all of it"]);
        sandbox.batool(&ann, &["archive", "pull"]).ends(0).says(&["pulled 2 commits from origin"]);
        for at in [&server, &ann, &bob] {
            sandbox.clean(at);
            sandbox.batool(at, &["archive", "verify", "--full"]).ends(0).says(&["re-read 4 of 4"]);
            sandbox.batool(at, &["archive", "checkpoint"]).ends(0);
            sandbox.gives_back(at, "bob/1", &Package::documented("b1", 2));
        }
    }
}

#[test]
fn what_others_have_already_is_dropped_and_what_differs_is_named() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    let same = Package::documented("same", 1).with_empty("outputs/nothing");
    sandbox.add(&ann, "x", &same);
    push(&sandbox, &ann).ends(0);
    // Not first: within one second it would be the very commit that the others have.
    sandbox.add(&bob, "y", &Package::documented("y", 1));
    sandbox.add(&bob, "x", &same);
    let answer = sandbox.batool(&bob, &["archive", "push", "--format", "json"]).ends(0);
    assert_eq!(answer.err, "", "{answer:?}");
    let said = answer.json();
    assert_eq!((&said["dropped"][0], &said["sent"], &said["replayed"]), (&"x".into(), &1.into(), &1.into()));
    sandbox.clean(&bob);
    for (theirs, ours, words) in
        [("z", "z", "with other content"), ("Case", "case", "only by case"), ("d", "d/e", "is a run")]
    {
        sandbox.batool(&ann, &["archive", "pull"]).ends(0);
        sandbox.add(&ann, theirs, &Package::documented("theirs", 1));
        push(&sandbox, &ann).ends(0);
        sandbox.add(&bob, ours, &Package::documented("ours", 1));
        let published = sandbox.tip(&ann);
        for command in ["pull", "push"] {
            let said = leaves_all(&sandbox, &bob, &["archive", command], 74);
            let mine = sandbox.tip(&bob);
            said.fails(&[words, &published, &mine, ours]);
        }
        sandbox.git(&bob, &["reset", "-q", "--hard", "origin/main"]);
    }
    // The same empty directories, or it is another package.
    sandbox.batool(&ann, &["archive", "pull"]).ends(0);
    sandbox.add(&ann, "e", &Package::documented("e", 1));
    push(&sandbox, &ann).ends(0);
    sandbox.add(&bob, "e", &Package::documented("e", 1).with_empty("more"));
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["empty-directories"]);
}

#[test]
fn a_policy_that_was_tightened_meanwhile_holds() {
    let (sandbox, server, ann) = served("sha1");
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    let bob = clone(&sandbox, &server, "bob");
    sandbox.policy(&ann, r#"dialects = ["factgraph-0.3", "documented"]"#, r#"dialects = ["factgraph-0.3"]"#);
    push(&sandbox, &ann).ends(0);
    sandbox.add(&bob, "late", &Package::documented("late", 1));
    for command in ["pull", "push"] {
        leaves_all(&sandbox, &bob, &["archive", command], 1).says(&["refused late", "dialect documented"]);
    }
    // Both changed it.
    sandbox.git(&bob, &["reset", "-q", "--hard", "origin/main~1"]);
    sandbox.policy(&bob, "strict = false", "strict = true");
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["batool.toml was changed here, and in"]);
}

#[test]
fn a_loosened_policy_goes_ahead_of_what_it_lets_in() {
    let (sandbox, server, ann) = served("sha1");
    sandbox.policy(&ann, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    sandbox.add(&ann, "unclear", &Package::undecidable("unclear"));
    let said = leaves_all(&sandbox, &ann, &["archive", "push"], 2);
    assert!(said.out.contains("origin refused (REJECT)") && said.err.contains("batool.allowConfigChange"), "{said:?}");
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    sandbox.git(&server, &["config", "batool.policy.accept", "UNDECIDABLE"]);
    let said = run(&mut sandbox.program("git", &ann, &["push", "-q", "origin", "main"]));
    assert!(said.code == Some(1) && said.err.contains("R_NOT_ACCEPTED"), "{said:?}");
    push(&sandbox, &ann).ends(0).says(&["pushed 2 commits"]);
    assert_eq!(sandbox.tip(&server), sandbox.tip(&ann));
}

#[test]
fn other_files_come_along_and_what_the_user_has_changed_stays() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    sandbox.batool(&bob, &["hook", "install"]).ends(0);
    sandbox.edit(&ann, &[("README", Some(b"ann's")), ("docs/a", Some(b"a")), ("gone", Some(b"x"))]);
    push(&sandbox, &ann).ends(0);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0);
    sandbox.edit(&ann, &[("docs/a", Some(b"more")), ("gone", None)]);
    sandbox.add(&ann, "a", &Package::documented("a", 1));
    push(&sandbox, &ann).ends(0);
    sandbox.edit(&bob, &[("docs/b", Some(b"b"))]);
    sandbox.add(&bob, "b", &Package::documented("b", 1));
    // Something of the user's is in the way.
    fs::write(bob.join("docs/a"), "mine").expect("there is room");
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["docs/a", "it was changed there"]);
    sandbox.git(&bob, &["add", "docs/a"]);
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["docs/a", "something else is staged"]);
    sandbox.git(&bob, &["reset", "-q", "--hard"]);
    let staged = sandbox.folder("staged", &Package::documented("staged", 1));
    sandbox.batool(&bob, &["archive", "add", &staged, "--stage"]).ends(0);
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["log/", "something else is staged"]);
    sandbox.git(&bob, &["reset", "-q", "--hard"]);
    // What is not in the way stays.
    fs::write(bob.join("README"), "mine").expect("there is room");
    push(&sandbox, &bob).ends(0);
    assert_eq!(sandbox.git(&bob, &["status", "--porcelain"]), " M README");
    sandbox.git(&bob, &["checkout", "-q", "README"]);
    sandbox.clean(&bob);
    assert!(!bob.join("gone").exists() && fs::read(bob.join("docs/a")).is_ok_and(|text| text == b"more"));
    sandbox.edit(&ann, &[("README", Some(b"ann's own"))]);
    sandbox.batool(&ann, &["archive", "pull"]).ends(0);
    push(&sandbox, &ann).ends(0);
    sandbox.edit(&bob, &[("README", Some(b"bob's own"))]);
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["README was changed here, and in"]);
    // On another branch only the archive's moves; files that git must write itself are left to it.
    sandbox.git(&bob, &["reset", "-q", "--hard", "origin/main"]);
    sandbox.git(&ann, &["update-index", "--add", "--chmod=+x", "README"]);
    sandbox.git(&ann, &["commit", "-q", "-m", "a program"]);
    push(&sandbox, &ann).ends(0);
    sandbox.add(&bob, "c", &Package::documented("c", 1));
    leaves_all(&sandbox, &bob, &["archive", "pull"], 74).fails(&["README", "no plain file", "git switch --detach"]);
    sandbox.git(&bob, &["switch", "-q", "--detach"]);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0);
    sandbox.git(&bob, &["switch", "-q", "main"]);
    sandbox.clean(&bob);
}

#[test]
fn a_commit_that_was_made_empty_comes_along_and_one_that_has_become_so_is_left_out_with_a_word() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    sandbox.edit(&ann, &[("README", Some(b"the same"))]);
    push(&sandbox, &ann).ends(0);
    sandbox.git(&bob, &["commit", "-q", "--allow-empty", "-m", "only words"]);
    sandbox.edit(&bob, &[("README", Some(b"the same"))]);
    let same = sandbox.tip(&bob);
    sandbox.add(&bob, "b", &Package::documented("b", 1));
    let said = sandbox.batool(&bob, &["archive", "pull", "--format", "json"]).ends(0).json();
    assert_eq!((&said["leftOut"], &said["replayed"]), (&serde_json::json!([same]), &serde_json::json!(2)), "{said}");
    assert_eq!(sandbox.git(&bob, &["log", "-3", "--format=%s"]), "archive: add b (VERIFIED)\nonly words\nby hand");
    push(&sandbox, &bob).ends(0);
    sandbox.batool(&server, &["archive", "verify", "--history"]).ends(0);
    // To people it is told as well.
    sandbox.batool(&ann, &["archive", "pull"]).ends(0);
    sandbox.edit(&ann, &[("README", Some(b"more"))]);
    push(&sandbox, &ann).ends(0);
    // In one second the same commit would come out on both sides.
    sandbox.git(&bob, &["commit", "-q", "--allow-empty", "-m", "more words"]);
    sandbox.edit(&bob, &[("README", Some(b"more"))]);
    let tip = sandbox.tip(&bob);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0).says(&[&format!("left out commit {tip}: origin has")]);
    push(&sandbox, &bob).ends(0);
    assert_eq!(sandbox.tip(&bob), sandbox.tip(&server));
}

#[test]
fn an_empty_remote_gets_all_and_a_strange_one_nothing() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "a", &Package::documented("a", 1));
    sandbox.batool(&archive, &["archive", "push"]).fails(&["cannot find the remote origin", "git remote add"]);
    let server = sandbox.path("server.git");
    run(&mut sandbox.program("git", &sandbox.path(""), &["init", "-q", "--bare", "-b", "main", "server.git"])).ends(0);
    sandbox.git(&archive, &["remote", "add", "origin", &text(&server)]);
    sandbox.batool(&archive, &["archive", "pull"]).ends(0).says(&["origin has nothing new"]);
    push(&sandbox, &archive).ends(0).says(&["pushed 3 commits to origin"]);
    sandbox.clean(&server);
    let strange: PathBuf = sandbox.archive("strange.git", true, "sha1");
    sandbox.git(&archive, &["remote", "add", "strange", &text(&strange)]);
    leaves_all(&sandbox, &archive, &["archive", "push", "strange"], 74).fails(&["no commit in common"]);
    sandbox.git(&archive, &["remote", "add", "nowhere", &text(&sandbox.path("nowhere"))]);
    leaves_all(&sandbox, &archive, &["archive", "pull", "nowhere"], 74).fails(&["cannot fetch from nowhere"]);
    // What the others do must be what an archive does.
    let bob = clone(&sandbox, &server, "bob");
    sandbox.edit(&bob, &[("runs/a/summary.txt", Some(b"fine\n"))]);
    sandbox.git(&bob, &["push", "-q", "origin", "main"]);
    sandbox.add(&archive, "b", &Package::documented("b", 1));
    leaves_all(&sandbox, &archive, &["archive", "pull"], 74).fails(&["R_HISTORY_CHANGED", "runs/a/summary.txt"]);
}

#[test]
fn what_was_seen_published_is_remembered() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    sandbox.add(&ann, "second", &Package::documented("second", 1));
    push(&sandbox, &ann).ends(0);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0);
    let kept = |at: &Path| fs::read_to_string(at.join(".git/batool-remembered/origin/main"));
    assert_eq!(kept(&bob).expect("it is kept"), sandbox.git(&server, &["show", "main:log/checkpoint"]) + "\n");
    let seen = kept(&bob).expect("it is kept").trim().replace('\n', " ");
    // Rolled back, and then grown otherwise, with git's own hands on the server.
    let good = sandbox.tip(&server);
    for fork in [false, true] {
        sandbox.git(&server, &["update-ref", "refs/heads/main", &format!("{good}~1")]);
        if fork {
            sandbox.add(&server, "other", &Package::documented("other", 1));
        }
        let now = sandbox.git(&server, &["show", "main:log/checkpoint"]).replace('\n', " ");
        let words = ["origin does not continue", seen.as_str(), now.as_str()];
        // batool asks the remote itself, or git has fetched already.
        let said = leaves_all(&sandbox, &bob, &["archive", "pull"], 74);
        assert!(words.iter().all(|word| said.err.contains(word)), "{said:?}");
        sandbox.git(&bob, &["fetch", "-q"]);
        for command in [["archive", "list"], ["archive", "log"]] {
            let said = leaves_all(&sandbox, &bob, &command, 0);
            assert!(said.err.starts_with("warning: ") && words.iter().all(|word| said.err.contains(word)), "{said:?}");
        }
        sandbox.batool(&bob, &["archive", "verify"]).ends(2).says(&[
            "R_CHECKPOINT",
            "refs/remotes/origin/main",
            &seen,
            &now,
        ]);
        for command in ["pull", "push", "checkpoint"] {
            let said = leaves_all(&sandbox, &bob, &["archive", command], 74);
            assert!(words.iter().all(|word| said.err.contains(word)), "{said:?}");
        }
        sandbox.batool(&bob, &["archive", "checkpoint", "--local"]).ends(0);
        assert_eq!(kept(&bob).expect("it is kept").trim().replace('\n', " "), seen, "what was seen stays");
    }
    // Put right again, and grown from there.
    sandbox.git(&server, &["update-ref", "refs/heads/main", &good]);
    sandbox.git(&bob, &["fetch", "-q"]);
    assert_eq!(sandbox.batool(&bob, &["archive", "verify"]).ends(0).err, "");
    sandbox.add(&bob, "third", &Package::documented("third", 1));
    push(&sandbox, &bob).ends(0);
    assert!(kept(&bob).expect("it is kept").contains("\n3\n"));
    // Who means it says so.
    sandbox.git(&server, &["update-ref", "refs/heads/main", &good]);
    sandbox.git(&bob, &["fetch", "-q"]);
    sandbox.batool(&bob, &["archive", "verify"]).ends(2);
    fs::remove_file(bob.join(".git/batool-remembered/origin/main")).expect("it is there");
    sandbox.batool(&bob, &["archive", "verify"]).ends(0);
}
