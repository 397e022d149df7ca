//! What the archive answers, to people and to programs, and what a stranger can check without us.

use std::fs;

use serde_json::Value;

use crate::support::{Package, Sandbox, run, shared, text};

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn filled() -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    for name in ["nightly/a", "nightly/b", "weekly/a"] {
        sandbox.add(&archive, name, &Package::documented(name, 1));
    }
    sandbox.add(&archive, "unclear", &Package::undecidable("unclear"));
    (sandbox, archive)
}

#[test]
fn list_shows_what_was_asked_for() {
    let (sandbox, archive) = filled();
    let list = |args: &[&str]| {
        let args = [&["archive", "list", "--format", "json"], args].concat();
        let answer = lines(&sandbox.batool(&archive, &args).ends(0).out);
        answer.iter().map(|run| run["name"].as_str().expect("it has a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["nightly/a", "nightly/b", "unclear", "weekly/a"]);
    assert_eq!(list(&["nightly/*"]), ["nightly/a", "nightly/b"]);
    assert_eq!(list(&["*/a", "unclear"]), ["nightly/a", "unclear", "weekly/a"]);
    assert_eq!(list(&["--verdict", "undecidable"]), ["unclear"]);
    assert_eq!(list(&["--verdict", "UNDECIDABLE", "nightly/**"]), Vec::<String>::new());
    assert_eq!(list(&["nothing"]), Vec::<String>::new());
    let said = sandbox.batool(&archive, &["archive", "list", "unclear"]).ends(0);
    assert!(said.out.starts_with("UNDECIDABLE "), "{}", said.out);
    let run = &lines(&sandbox.batool(&archive, &["archive", "list", "weekly/a", "--format", "json"]).ends(0).out)[0];
    assert_eq!((&run["schema"], &run["dialect"]), (&"batool/archive-list/1".into(), &"documented".into()));
    assert_eq!((&run["kind"], &run["verdict"]), (&"audit-package".into(), &"VERIFIED".into()));
}

#[test]
fn log_tells_what_came_when() {
    let (sandbox, archive) = filled();
    let said = sandbox.batool(&archive, &["archive", "log", "--format", "json"]).ends(0);
    let log = lines(&said.out);
    let git = sandbox.git(&archive, &["log", "--format=%H %s", "main"]);
    let ours: Vec<_> = log
        .iter()
        .map(|entry| format!("{} {}", entry["commit"].as_str().unwrap_or(""), entry["subject"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(ours.join("\n"), git);
    let said = sandbox.batool(&archive, &["archive", "log", "nightly/b", "--format", "json"]).ends(0);
    assert_eq!(said.json()["runs"], serde_json::json!(["nightly/b"]));
    let said = sandbox.batool(&archive, &["archive", "log"]).ends(0);
    assert!(said.out.contains("archive: add nightly/b (VERIFIED)\n"), "{}", said.out);
}

#[test]
fn show_tells_of_one_run() {
    let (sandbox, archive) = filled();
    let commit = sandbox.git(&archive, &["log", "-1", "--format=%H", "main", "--", "runs/nightly/a"]);
    let said = sandbox.batool(&archive, &["archive", "show", "nightly/a"]).ends(0);
    let summary = sandbox.git(&archive, &["show", "main:runs/nightly/a/summary.txt"]);
    assert!(said.out.starts_with(&summary), "{}", said.out);
    said.says(&[&format!("Added in {commit} by A U Thor"), "  manifest.json\n"]);
    for name in ["nightly/a", "run:nightly/a", "nightly/a@main"] {
        let said = sandbox.batool(&archive, &["archive", "show", name, "--format", "json"]).ends(0);
        let answer = said.json();
        let stored: Value =
            serde_json::from_slice(&sandbox.git_bytes(&archive, &["show", "main:runs/nightly/a/certificate.json"]))
                .expect("it is JSON");
        assert_eq!(answer["certificate"], stored);
        assert_eq!((&answer["commit"], &answer["name"]), (&commit.as_str().into(), &"nightly/a".into()));
    }
    sandbox.batool(&archive, &["archive", "show", "unclear@main~1"]).fails(&["unclear"]);
    // A run that was staged and committed by its user has no trailers, and a commit all the same.
    let clone = sandbox.path("clone");
    sandbox.git(&sandbox.path(""), &["clone", "-q", &text(&archive), "clone"]);
    let folder = sandbox.folder("staged", &Package::documented("staged", 1));
    sandbox.batool(&clone, &["archive", "add", &folder, "--stage"]).ends(0);
    sandbox.git(&clone, &["commit", "-q", "-m", "mine"]);
    let commit = sandbox.tip(&clone);
    sandbox.git(&clone, &["commit", "-q", "--allow-empty", "-m", "more"]);
    let said = sandbox.batool(&clone, &["archive", "show", "staged", "--format", "json"]).ends(0);
    assert_eq!(said.json()["commit"], commit.as_str());
    let said = sandbox.batool(&clone, &["archive", "log", "staged", "--format", "json"]).ends(0);
    assert_eq!(said.json()["commit"], commit.as_str());
}

#[test]
fn a_trailer_that_names_a_run_it_did_not_bring_is_passed_over() {
    let (sandbox, archive) = filled();
    let added = sandbox.git(&archive, &["log", "-1", "--format=%H", "main", "--", "runs/nightly/a"]);
    let tree = sandbox.git(&archive, &["rev-parse", "main^{tree}"]);
    let message = "nothing new\n\nBatool-Run: nightly/a\n";
    let commit = sandbox.git(&archive, &["commit-tree", "-p", "main", "-m", message, &tree]);
    sandbox.git(&archive, &["update-ref", "refs/heads/main", &commit]);
    let said = sandbox.batool(&archive, &["archive", "show", "nightly/a", "--format", "json"]).ends(0);
    assert_eq!(said.json()["commit"], added.as_str());
    let said = sandbox.batool(&archive, &["archive", "log", "nightly/a", "--format", "json"]).ends(0);
    assert_eq!(said.json()["commit"], added.as_str());
}

#[test]
fn every_door_to_a_run_gives_the_stored_certificate() {
    for (bare, format) in [(true, "sha1"), (false, "sha256")] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, format);
        let package = Package::documented("x", 3).with_empty("outputs/later");
        sandbox.add(&archive, "deep/x", &package);
        let stored = sandbox.git_bytes(&archive, &["show", "main:runs/deep/x/certificate.json"]);
        let summary = sandbox.git_bytes(&archive, &["show", "main:runs/deep/x/summary.txt"]);
        package.tar_gz(&sandbox.path("x.tar.gz"));
        package.zip(&sandbox.path("x.zip"));
        let (folder, tar, zip) =
            (text(&sandbox.path("given")), text(&sandbox.path("x.tar.gz")), text(&sandbox.path("x.zip")));
        let mut doors = vec![
            folder.as_str(),
            &tar,
            &zip,
            "run:deep/x",
            "deep/x",
            "deep/x@main",
            "run:deep/x@HEAD",
            "main:runs/deep/x/package",
        ];
        if !bare {
            doors.extend(["index:runs/deep/x/package", "runs/deep/x/package"]);
        }
        for door in doors {
            let said = sandbox.batool(&archive, &["verify", door, "--format", "json"]).ends(0);
            assert_eq!(said.out.as_bytes(), stored, "{door}");
            assert_eq!(sandbox.batool(&archive, &["verify", door]).ends(0).out.as_bytes(), summary, "{door}");
        }
        // From archive to archive as well.
        let other = sandbox.archive("other", true, "sha1");
        let extracted = sandbox.path("extracted");
        fs::create_dir(&extracted).expect("there is room");
        let tar = sandbox.git_bytes(&archive, &["archive", "main:runs/deep/x/package"]);
        sandbox.feed(sandbox.program("tar", &extracted, &["x"]), &tar);
        sandbox.batool(&other, &["archive", "add", &text(&extracted), "--as", "x"]).ends(0);
        assert_eq!(sandbox.git_bytes(&other, &["show", "main:runs/x/certificate.json"]), stored);
    }
}

#[test]
fn a_run_can_be_added_again_from_a_revision() {
    let (sandbox, archive) = filled();
    sandbox.batool(&archive, &["archive", "add", "main~1:runs/nightly/a/package", "--as", "copy"]).ends(0);
    let said = sandbox.batool(&archive, &["archive", "add", "main:runs/nightly/b/package"]).ends(0);
    said.says(&["added b "]);
    let trees = ["copy", "nightly/a"].map(|name| sandbox.git(&archive, &["rev-parse", &format!("main:runs/{name}")]));
    assert_eq!(trees[0], trees[1]);
    sandbox.clean(&archive);
}

#[test]
fn every_code_that_verify_says_is_explained() {
    let sandbox = Sandbox::new();
    let codes = [
        "R_CERTIFICATE_MISMATCH",
        "R_SUMMARY_MISMATCH",
        "R_RUN_LAYOUT",
        "R_EMPTY_DIRECTORIES",
        "R_OBJECT_DAMAGED",
        "R_ATTRIBUTES",
        "R_NOT_ACCEPTED",
        "R_LOG_MISMATCH",
        "R_HISTORY_MERGE",
        "R_HISTORY_CHANGED",
        "R_HISTORY_CONFIG",
        "R_HISTORY_LOG",
        "R_HISTORY_START",
        "R_TRAILER",
        "R_CHECKPOINT",
        "R_LEAF_MISMATCH",
        "R_LEAF_WITHOUT_RUN",
        "R_RUN_WITHOUT_LEAF",
        "U_CERTIFICATE_RULES_UNKNOWN",
        "U_HISTORY_INCOMPLETE",
        "N_FOREIGN_PATH",
    ];
    for code in codes {
        sandbox.batool(&sandbox.path(""), &["explain", code]).ends(0).says(&[code]);
    }
}

/// Section 3 of the archive's specification, for an auditor who has git and coreutils only.
const DIR_HASH: &str =
    r"find . -type f | LC_ALL=C sort | xargs -d '\n' -r sha256sum | sed 's#  \./#  #' | sha256sum | cut -d' ' -f1";

#[test]
fn a_stranger_checks_a_certificate_with_git_and_coreutils() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let package = Package::documented("x", 3)
        .with("outputs/Größe und 'Quotes' $HOME.txt", "x")
        .with("outputs/a b", "")
        .with("outputs.txt", "before outputs/ in one order, after it in another");
    sandbox.add(&archive, "x", &package);
    let mut names = vec!["x".to_owned()];
    for name in ["direct", "unicode-full"] {
        let Some(package) = shared(&format!("data/packages/{name}")) else { continue };
        sandbox.batool(&archive, &["archive", "add", &text(&package)]).ends(0);
        names.push(name.to_owned());
    }
    for name in names {
        let extracted = sandbox.path(&format!("extracted-{name}"));
        fs::create_dir(&extracted).expect("there is room");
        let tar = sandbox.git_bytes(&archive, &["archive", "main", &format!("runs/{name}/package")]);
        sandbox.feed(sandbox.program("tar", &extracted, &["x"]), &tar);
        let place = extracted.join("runs").join(&name).join("package");
        let digest = run(&mut sandbox.program("bash", &place, &["-c", DIR_HASH])).ends(0).out;
        let stored: Value = serde_json::from_slice(
            &sandbox.git_bytes(&archive, &["show", &format!("main:runs/{name}/certificate.json")]),
        )
        .expect("it is JSON");
        assert_eq!(stored["subject"][0]["digest"]["dirHash"], digest.trim());
        // Each file by itself.
        for file in stored["predicate"]["files"].as_array().expect("they are a list") {
            let path = file["path"].as_str().expect("it is text");
            let said = run(&mut sandbox.program("sha256sum", &place, &["--", path])).ends(0);
            assert!(
                said.out.trim_start_matches('\\').starts_with(file["sha256"].as_str().expect("it is hex")),
                "{path}"
            );
        }
        // The commit names certificate and package.
        let commit = sandbox.git(&archive, &["log", "--format=%H", "main", "--", &format!("runs/{name}")]);
        let pipe = format!("git show {commit}:runs/{name}/certificate.json | sha256sum | cut -d' ' -f1");
        let certificate = run(&mut sandbox.program("bash", &archive, &["-c", &pipe])).ends(0).out;
        let trailer = |key: &str| {
            let format = format!("--format=%(trailers:key={key},valueonly)");
            sandbox.git(&archive, &["log", "-1", &format, &commit]).trim().to_owned()
        };
        assert_eq!(trailer("Batool-Certificate-Digest"), format!("sha256:{}", certificate.trim()));
        assert_eq!(trailer("Batool-Package-Digest"), format!("dirHash:{}", digest.trim()));
        assert_eq!((trailer("Batool-Run"), trailer("Batool-Verdict")), (name, "VERIFIED".into()));
    }
}
