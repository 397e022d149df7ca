//! History is evidence: what commits did is found, even where the tip looks as it should.

use std::path::{Path, PathBuf};

use crate::support::{Package, Sandbox, run, text};

/// A bare archive with three runs.
fn with_three() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    for name in ["a", "b", "c"] {
        sandbox.add(&archive, name, &Package::documented(name, 1));
    }
    (sandbox, archive)
}

/// Walks history, and gives codes with places, in which commits are `main~N`.
#[track_caller]
fn walked(sandbox: &Sandbox, archive: &Path, extra: &[&str], code: i32) -> Vec<String> {
    let args = [&["archive", "verify", "--history", "--format", "json"], extra].concat();
    let said = sandbox.batool(archive, &args).ends(code);
    let list = sandbox.git(archive, &["rev-list", "--first-parent", "main"]);
    let mut all = Vec::new();
    for finding in said.json()["findings"].as_array().expect("they are a list") {
        for place in finding["places"].as_array().expect("they are a list") {
            let mut file = place["file"].as_str().expect("it is text").to_owned();
            for (n, id) in list.lines().enumerate() {
                file = file.replace(id, &format!("~{n}"));
            }
            all.push(format!("{} {file}", finding["code"].as_str().expect("it is text")));
        }
    }
    all.sort();
    all
}

fn commit(sandbox: &Sandbox, archive: &Path, parents: &[&str], tree: &str, message: &str) -> String {
    let mut args = vec!["commit-tree", "-m", message];
    parents.iter().for_each(|parent| args.extend(["-p", parent]));
    args.push(tree);
    let commit = sandbox.git(archive, &args);
    sandbox.git(archive, &["update-ref", "refs/heads/main", &commit]);
    commit
}

#[test]
fn a_history_that_only_grew_is_clean() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        sandbox.add(&archive, "x", &Package::documented("x", 1).with_empty("later"));
        sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
        let sources =
            [sandbox.folder("q", &Package::undecidable("q")), sandbox.folder("p", &Package::documented("p", 1))];
        sandbox.batool(&archive, &["archive", "add", &sources[0], &sources[1]]).ends(0);
        sandbox.edit(&archive, &[("README", Some(b"mine"))]);
        sandbox.add(&archive, "deep/er/x", &Package::documented("x", 1));
        assert_eq!(walked(&sandbox, &archive, &[], 0), ["N_FOREIGN_PATH README"]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(0);
        said.says(&["Verdict: VERIFIED", "History: walked, 7 commits", "re-read 4 of 4"]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--history", "--since", "main~1"]).ends(0);
        said.says(&["re-read 1 of 4", "walked 1 commits, only those after"]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--since", "main~3"]).ends(0);
        said.says(&["re-read 3 of 4", "not walked; runs that were there at"]);
    }
}

#[test]
fn what_was_undone_again_is_found_all_the_same() {
    let (sandbox, archive) = with_three();
    let tree = sandbox.git(&archive, &["rev-parse", "main^{tree}"]);
    let path = "runs/b/package/outputs/line ends and $Id$.bin";
    sandbox.edit(&archive, &[(path, Some(b"other"))]);
    commit(&sandbox, &archive, &["main"], &tree, "as if nothing had happened");
    sandbox.batool(&archive, &["archive", "verify"]).ends(0);
    // To undo it is to change it once more.
    let changed = [0, 1].map(|n| format!("R_HISTORY_CHANGED ~{n}:{path}"));
    assert_eq!(walked(&sandbox, &archive, &[], 2), changed);
    // Judged as well: what stood there between two commits.
    assert_eq!(
        walked(&sandbox, &archive, &["--full"], 2),
        [
            "R_CERTIFICATE_MISMATCH runs/b/certificate.json".to_owned(),
            changed[0].clone(),
            changed[1].clone(),
            "R_LEAF_MISMATCH runs/b/package".to_owned(),
        ]
    );
}

#[test]
fn a_run_that_was_dropped_with_its_leaf_is_found() {
    let (sandbox, archive) = with_three();
    // The tree of before c, in a commit after it: runs and log add up.
    let tree = sandbox.git(&archive, &["rev-parse", "main~1^{tree}"]);
    commit(&sandbox, &archive, &["main"], &tree, "never mind");
    sandbox.batool(&archive, &["archive", "verify"]).ends(0);
    let found = walked(&sandbox, &archive, &[], 2);
    assert_eq!(found[..2], ["R_HISTORY_CHANGED ~0:runs/c", "R_HISTORY_LOG ~0:log/checkpoint"]);
    let said = sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(2);
    said.says(&["re-read 3 of 2", "R_RUN_WITHOUT_LEAF"]);
    let said = sandbox.batool(&archive, &["archive", "verify", "--since", "main~1"]).ends(2);
    said.says(&["R_HISTORY_CHANGED", "runs/c: was removed since"]);
}

#[test]
fn merges_are_found() {
    let (sandbox, archive) = with_three();
    let tree = sandbox.git(&archive, &["rev-parse", "main^{tree}"]);
    commit(&sandbox, &archive, &["main", "main~1"], &tree, "merge");
    assert_eq!(walked(&sandbox, &archive, &[], 2), ["R_HISTORY_MERGE ~0:"]);
}

#[test]
fn runs_that_came_by_hand_with_their_leaf_are_held_to_the_policy_of_their_parent() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "a", &Package::documented("a", 1));
    let strict = sandbox.tip(&archive);
    // On a line of its own the policy is lowered and exploited; then both are one commit on the honest line.
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    sandbox.add(&archive, "bad", &Package::undecidable("bad"));
    let tree = sandbox.git(&archive, &["rev-parse", "main^{tree}"]);
    commit(&sandbox, &archive, &[&strict], &tree, "one commit");
    assert_eq!(walked(&sandbox, &archive, &[], 2), ["R_HISTORY_CONFIG ~0:batool.toml", "R_HISTORY_LOG ~0:runs/bad"]);
    // Raised again afterwards, the tip looks as if the policy had always held.
    let text = sandbox.git_bytes(&archive, &["show", &format!("{strict}:batool.toml")]);
    sandbox.edit(&archive, &[("batool.toml", Some(&text))]);
    assert_eq!(walked(&sandbox, &archive, &[], 2)[0], "R_HISTORY_CONFIG ~1:batool.toml");
}

#[test]
fn what_may_not_change_is_found_commit_by_commit() {
    let (sandbox, archive) = with_three();
    let good = sandbox.tip(&archive);
    let toml = sandbox.git(&archive, &["show", "main:batool.toml"]) + "\n";
    let origin = toml.replacen("batool/", "batool/0", 1);
    let broken = toml.replace("strict", "stritc");
    let checkpoint = sandbox.git(&archive, &["show", "main~1:log/checkpoint"]) + "\n";
    type Case<'a> = (&'a str, Option<&'a [u8]>, &'a [&'a str]);
    let cases: [Case<'_>; 9] = [
        ("batool.toml", Some(origin.as_bytes()), &["R_HISTORY_CONFIG ~1:batool.toml"]),
        ("batool.toml", Some(broken.as_bytes()), &["R_HISTORY_CONFIG ~1:batool.toml"]),
        (".gitattributes", Some(b"* text\n"), &["R_ATTRIBUTES ~1:.gitattributes"]),
        ("log/checkpoint", Some(checkpoint.as_bytes()), &["R_HISTORY_LOG ~1:log/checkpoint"]),
        ("log/tile/0/000.p/3", Some(b"x"), &["R_HISTORY_LOG ~1:log/tile/0/000.p/3"]),
        ("runs/loose", Some(b"x"), &["R_HISTORY_CHANGED ~1:runs/loose"]),
        ("baselines/v1.json", Some(b"{}\n"), &["R_HISTORY_LOG ~1:log"]),
        ("baselines/v1", Some(b"{}\n"), &["R_HISTORY_CHANGED ~1:baselines/v1"]),
        ("runs/a", None, &["R_HISTORY_CHANGED ~1:runs/a"]),
    ];
    for (path, bytes, expected) in cases {
        sandbox.edit(&archive, &[(path, bytes)]);
        let tree = sandbox.git(&archive, &["rev-parse", &format!("{good}^{{tree}}")]);
        commit(&sandbox, &archive, &["main"], &tree, "undone");
        let found = walked(&sandbox, &archive, &[], 2);
        expected.iter().for_each(|one| assert!(found.iter().any(|it| it == one), "{path}: {found:?}"));
        assert!(found.iter().all(|one| one.contains(" ~")), "the tip is as it should be: {found:?}");
        sandbox.git(&archive, &["update-ref", "refs/heads/main", &good]);
    }
    // Evidence and something else in one commit are told apart for whoever reads it.
    let folder = sandbox.folder("d", &Package::documented("d", 1));
    sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
    let index = sandbox.path("mixed.index");
    let git = |args: &[&str]| {
        let mut git = sandbox.program("git", &archive, args);
        run(git.env("GIT_INDEX_FILE", &index)).ends(0).out.trim().to_owned()
    };
    git(&["read-tree", "main"]);
    let blob = sandbox.feed(sandbox.program("git", &archive, &["hash-object", "-w", "--stdin"]), b"mine");
    git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},README")]);
    let tree = git(&["write-tree"]);
    commit(&sandbox, &archive, &[&good], &tree, "d and a README");
    let said = sandbox.batool(&archive, &["archive", "verify", "--history"]).ends(0);
    said.says(&["N_FOREIGN_PATH x2", "changed in one commit with evidence"]);
}

#[test]
fn a_name_that_differs_only_by_case_is_found() {
    let (sandbox, archive) = with_three();
    let honest = sandbox.tip(&archive);
    // On a line of its own, where b is not there, B may be added.
    sandbox.git(&archive, &["update-ref", "refs/heads/main", "main~2"]);
    for name in ["x", "y", "B"] {
        sandbox.add(&archive, name, &Package::documented(name, 1));
    }
    let with_b = sandbox.tip(&archive);
    let tree = sandbox.git(&archive, &["ls-tree", "-r", "-d", &with_b, "runs/B"]);
    assert!(tree.contains("runs/B"), "{tree}");
    let index = sandbox.path("case.index");
    let git = |args: &[&str]| {
        let mut git = sandbox.program("git", &archive, args);
        run(git.env("GIT_INDEX_FILE", &index)).ends(0).out.trim().to_owned()
    };
    git(&["read-tree", &honest]);
    git(&["read-tree", "-i", "--prefix=runs/B", &format!("{with_b}:runs/B")]);
    let both = git(&["write-tree"]);
    commit(&sandbox, &archive, &[&honest], &both, "B beside b");
    let found = walked(&sandbox, &archive, &[], 2);
    assert!(found.iter().any(|one| one == "R_RUN_LAYOUT ~0:runs/B"), "{found:?}");
}

#[test]
fn a_first_commit_that_is_no_start_is_found() {
    let (sandbox, archive) = with_three();
    let tree = sandbox.git(&archive, &["rev-parse", "main^{tree}"]);
    commit(&sandbox, &archive, &[], &tree, "rewritten from scratch");
    sandbox.batool(&archive, &["archive", "verify"]).ends(0);
    let found = walked(&sandbox, &archive, &[], 2);
    let places = ["log/checkpoint", "log/tile/0/000.p/3", "runs/a", "runs/b", "runs/c"];
    assert_eq!(found, places.map(|place| format!("R_HISTORY_START ~0:{place}")));
}

#[test]
fn trailers_that_lie_are_found_and_none_are_needed() {
    let (sandbox, archive) = with_three();
    let message = sandbox.git(&archive, &["log", "-1", "--format=%B", "main"]);
    let tree = sandbox.git(&archive, &["rev-parse", "main^{tree}"]);
    let parent = sandbox.git(&archive, &["rev-parse", "main~1"]);
    let digest = message.lines().find(|line| line.starts_with("Batool-Package")).expect("it is there");
    let other = format!("Batool-Package-Digest: dirHash:{}", "0".repeat(64));
    let lies = [
        (message.replace(digest, &other), "R_TRAILER ~0:runs/c"),
        (message.replace("Batool-Verdict: VERIFIED", "Batool-Verdict: UNDECIDABLE"), "R_TRAILER ~0:runs/c"),
        (message.replace("Batool-Run: c", "Batool-Run: d"), "R_TRAILER ~0:"),
        (format!("{message}\nBatool-Run: a"), "R_TRAILER ~0:"),
    ];
    for (lie, expected) in lies {
        assert_ne!(lie, message);
        commit(&sandbox, &archive, &[&parent], &tree, &lie);
        assert_eq!(walked(&sandbox, &archive, &[], 2)[0], expected);
    }
    for honest in ["without any", &message] {
        commit(&sandbox, &archive, &[&parent], &tree, honest);
        assert_eq!(walked(&sandbox, &archive, &[], 0), Vec::<String>::new());
    }
}

#[test]
fn history_that_is_not_all_there_is_never_clean() {
    let (sandbox, archive) = with_three();
    let url = format!("file://{}", text(&archive));
    sandbox.git(&archive, &["config", "uploadpack.allowFilter", "true"]);
    for option in ["--depth=2", "--filter=tree:0"] {
        let clone = sandbox.path(&option.replace(['-', '='], "").replace(':', ""));
        run(&mut sandbox.program("git", &sandbox.path(""), &["clone", "-q", option, &url, &text(&clone)])).ends(0);
        sandbox.batool(&clone, &["archive", "verify", "--history"]).ends(1).says(&["U_HISTORY_INCOMPLETE"]);
    }
    let replaced = sandbox.git(&archive, &["rev-parse", "main~1"]);
    let other = sandbox.git(&archive, &["rev-parse", "main~2"]);
    sandbox.git(&archive, &["replace", &replaced, &other]);
    assert_eq!(walked(&sandbox, &archive, &[], 1), ["U_HISTORY_INCOMPLETE "]);
    sandbox.git(&archive, &["replace", "-d", &replaced]);
    std::fs::write(archive.join("info/grafts"), format!("{replaced}\n")).expect("there is room");
    assert_eq!(walked(&sandbox, &archive, &[], 1), ["U_HISTORY_INCOMPLETE "]);
    std::fs::remove_file(archive.join("info/grafts")).expect("it is there");
    assert_eq!(walked(&sandbox, &archive, &[], 0), Vec::<String>::new());
    sandbox.batool(&archive, &["archive", "verify", "--since", "nowhere"]).fails(&["nowhere"]);
    let elsewhere = commit(&sandbox, &archive, &[], &sandbox.git(&archive, &["rev-parse", "main^{tree}"]), "x");
    sandbox.git(&archive, &["update-ref", "refs/heads/main", &sandbox.git(&archive, &["rev-parse", "main@{1}"])]);
    sandbox.batool(&archive, &["archive", "verify", "--history", "--since", &elsewhere]).fails(&["history"]);
    sandbox.batool(&archive, &["archive", "verify", "--history", "a"]).ends(64);
}
