//! What `archive verify` finds when somebody had their hands in an archive.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Package, Said, Sandbox, git_dir, run, text};

/// A bare archive with one run called x.
fn with_one() -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "x", &Package::documented("x", 2));
    (sandbox, archive)
}

/// What is found where the package is not the one that was added.
const OTHER_PACKAGE: [(&str, &str); 2] =
    [("R_CERTIFICATE_MISMATCH", "runs/x/certificate.json"), ("R_LEAF_MISMATCH", "runs/x/package")];

/// Codes with the first file of each, and all counts.
fn found(said: &Said) -> Vec<(String, String)> {
    let report = said.json();
    assert_eq!(report["schema"], "batool/archive-verify/1");
    let findings = report["findings"].as_array().expect("they are a list");
    let word = |value: &Value| value.as_str().expect("it is text").to_owned();
    findings.iter().map(|finding| (word(&finding["code"]), word(&finding["places"][0]["file"]))).collect()
}

/// Verifies, and says what must be found: code, codes with places.
#[track_caller]
pub(crate) fn finds(sandbox: &Sandbox, archive: &Path, code: i32, expected: &[(&str, &str)]) {
    let said = sandbox.batool(archive, &["archive", "verify", "--format", "json"]).ends(code);
    let found = found(&said);
    let found: Vec<_> = found.iter().map(|(code, file)| (code.as_str(), file.as_str())).collect();
    assert_eq!(found, expected, "{}", said.out);
    // People are told the same.
    let told = sandbox.batool(archive, &["archive", "verify"]).ends(code);
    expected
        .iter()
        .for_each(|(code, file)| assert!(told.out.contains(code) && told.out.contains(file), "{}", told.out));
}

fn certificate(sandbox: &Sandbox, archive: &Path, run: &str) -> Vec<u8> {
    sandbox.git_bytes(archive, &["show", &format!("main:runs/{run}/certificate.json")])
}

/// A certificate with a change, in its canonical form (all keys of ours are sorted by `serde_json` already).
fn changed(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(bytes).expect("it is JSON");
    change(&mut value);
    format!("{value}\n").into_bytes()
}

#[test]
fn a_changed_byte_of_a_package_is_found() {
    let (sandbox, archive) = with_one();
    sandbox.edit(&archive, &[("runs/x/package/outputs/line ends and $Id$.bin", Some(b"other"))]);
    finds(&sandbox, &archive, 2, &OTHER_PACKAGE);
    // With the change undone in another commit, the tip is what was certified.
    let blob = sandbox.git(&archive, &["rev-parse", "main~1:runs/x/package/outputs/line ends and $Id$.bin"]);
    let bytes = sandbox.git_bytes(&archive, &["cat-file", "blob", &blob]);
    sandbox.edit(&archive, &[("runs/x/package/outputs/line ends and $Id$.bin", Some(&bytes))]);
    finds(&sandbox, &archive, 0, &[]);
}

#[test]
fn a_package_file_that_was_added_or_taken_away_is_found() {
    let (sandbox, archive) = with_one();
    sandbox.edit(&archive, &[("runs/x/package/outputs/more.txt", Some(b"more"))]);
    finds(&sandbox, &archive, 2, &OTHER_PACKAGE);
    let (sandbox, archive) = with_one();
    sandbox.edit(&archive, &[("runs/x/package/outputs/line ends and $Id$.bin", None)]);
    finds(&sandbox, &archive, 2, &OTHER_PACKAGE);
}

#[test]
fn a_changed_certificate_is_found_whatever_was_changed() {
    let (sandbox, archive) = with_one();
    let bytes = certificate(&sandbox, &archive, "x");
    let mut spaced = bytes.clone();
    spaced.push(b'\n');
    let forgeries = [
        spaced,
        changed(&bytes, |it| it["predicate"]["nonClaims"] = json!([])),
        changed(&bytes, |it| it["predicate"]["options"]["strict"] = json!(true)),
        changed(&bytes, |it| it["subject"][0]["digest"]["dirHash"] = json!("0".repeat(64))),
        b"{}\n".to_vec(),
        b"not JSON".to_vec(),
        Vec::new(),
    ];
    for forgery in forgeries {
        sandbox.edit(&archive, &[("runs/x/certificate.json", Some(&forgery))]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
        let found = found(&said);
        assert!(found.iter().any(|(code, file)| code == "R_CERTIFICATE_MISMATCH" && file == "runs/x/certificate.json"));
        assert_eq!(said.json()["runs"][0]["clean"], false);
        // Other commands look at it without falling over.
        for command in [&["archive", "list"] as &[&str], &["archive", "log"], &["archive", "show", "x"]] {
            let said = sandbox.batool(&archive, command);
            assert!(matches!(said.code, Some(0 | 74)), "{said:?}");
        }
    }
}

#[test]
fn a_certificate_by_other_options_than_the_policys_is_found() {
    let (sandbox, archive) = with_one();
    for option in ["--strict", "--profile=core"] {
        let said = sandbox.batool(&archive, &["verify", "run:x", "--format", "json", option]);
        sandbox.edit(&archive, &[("runs/x/certificate.json", Some(said.out.as_bytes()))]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
        assert_eq!(found(&said)[0].0, "R_CERTIFICATE_MISMATCH");
    }
}

#[test]
fn a_changed_or_missing_summary_is_found() {
    let (sandbox, archive) = with_one();
    let summary = sandbox.git_bytes(&archive, &["show", "main:runs/x/summary.txt"]);
    let nicer = String::from_utf8_lossy(&summary).replace("NC_NO_SIGNATURE", "none");
    sandbox.edit(&archive, &[("runs/x/summary.txt", Some(nicer.as_bytes()))]);
    finds(&sandbox, &archive, 2, &[("R_SUMMARY_MISMATCH", "runs/x/summary.txt")]);
    sandbox.edit(&archive, &[("runs/x/summary.txt", None)]);
    finds(&sandbox, &archive, 2, &[("R_RUN_LAYOUT", "runs/x/summary.txt")]);
    sandbox.edit(&archive, &[("runs/x/summary.txt", Some(&summary))]);
    finds(&sandbox, &archive, 0, &[]);
}

#[test]
fn a_run_that_is_not_whole_or_more_than_whole_is_found() {
    let (sandbox, archive) = with_one();
    let path = "runs/x/certificate.json";
    sandbox.edit(&archive, &[(path, None)]);
    finds(&sandbox, &archive, 2, &[("R_LEAF_MISMATCH", path), ("R_RUN_LAYOUT", path)]);
    let (sandbox, archive) = with_one();
    sandbox.edit(&archive, &[("runs/x/package", None)]);
    finds(&sandbox, &archive, 2, &[("R_RUN_LAYOUT", "runs/x/package")]);
    let more =
        ["runs/x/notes.txt", "runs/x/package2/manifest.json", "runs/loose", "runs/folder/loose", "runs/a b/loose"];
    for path in more {
        let (sandbox, archive) = with_one();
        sandbox.edit(&archive, &[(path, Some(b"x"))]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
        let found = found(&said);
        assert!(found.len() == 1 && found[0].0 == "R_RUN_LAYOUT" && path.starts_with(&found[0].1), "{found:?}");
    }
}

#[test]
fn modes_that_are_no_plain_files_are_found() {
    for (mode, path, expected) in [
        ("120000", "runs/x/package/outputs/link", "R_"),
        ("160000", "runs/x/package/outputs/module", "R_"),
        ("120000", "runs/x/certificate.json", "R_RUN_LAYOUT"),
    ] {
        let (sandbox, archive) = with_one();
        let blob = sandbox.feed(sandbox.program("git", &archive, &["hash-object", "-w", "--stdin"]), b"manifest.json");
        let id = if mode == "160000" { sandbox.tip(&archive) } else { blob };
        let index = sandbox.path("mode.index");
        let git = |args: &[&str]| {
            let mut git = sandbox.program("git", &archive, args);
            run(git.env("GIT_INDEX_FILE", &index)).ends(0).out.trim().to_owned()
        };
        git(&["read-tree", "main"]);
        git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{path}")]);
        let commit = sandbox.git(&archive, &["commit-tree", "-p", "main", "-m", "by hand", &git(&["write-tree"])]);
        sandbox.git(&archive, &["update-ref", "refs/heads/main", &commit]);
        let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
        assert!(found(&said).iter().any(|(code, _)| code.starts_with(expected)), "{mode} {path}: {}", said.out);
    }
}

#[test]
fn attributes_that_bend_what_git_shows_are_found() {
    let (sandbox, archive) = with_one();
    let right = sandbox.git_bytes(&archive, &["show", "main:.gitattributes"]);
    let bent = [right.as_slice(), b"runs/x/** export-ignore\n"].concat();
    sandbox.edit(&archive, &[(".gitattributes", Some(&bent))]);
    finds(&sandbox, &archive, 2, &[("R_ATTRIBUTES", ".gitattributes")]);
    sandbox.edit(&archive, &[(".gitattributes", None)]);
    finds(&sandbox, &archive, 2, &[("R_ATTRIBUTES", ".gitattributes")]);
    sandbox.edit(&archive, &[(".gitattributes", Some(&right))]);
    finds(&sandbox, &archive, 0, &[]);
    for path in ["runs/.gitattributes", "runs/x/.gitattributes", "baselines/.gitattributes"] {
        sandbox.edit(&archive, &[(path, Some(b"* export-ignore\n"))]);
        finds(&sandbox, &archive, 2, &[("R_ATTRIBUTES", path)]);
        sandbox.edit(&archive, &[(path, None)]);
    }
    sandbox.edit(&archive, &[("notes/deep/.gitattributes", Some(b"* text\n"))]);
    finds(&sandbox, &archive, 2, &[("N_FOREIGN_PATH", "notes"), ("R_ATTRIBUTES", "notes/deep/.gitattributes")]);
    sandbox.edit(&archive, &[("notes/deep/.gitattributes", None)]);
    sandbox.edit(&archive, &[("runs/x/package/.gitattributes", Some(b"* export-ignore\n"))]);
    let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
    assert!(found(&said).iter().any(|(code, _)| code == "R_CERTIFICATE_MISMATCH"), "{}", said.out);
}

#[test]
fn what_is_no_evidence_is_noted_and_harms_nobody() {
    let (sandbox, archive) = with_one();
    sandbox.edit(&archive, &[("README.md", Some(b"mine")), (".github/workflows/ci.yml", Some(b"mine"))]);
    finds(&sandbox, &archive, 0, &[("N_FOREIGN_PATH", ".github")]);
    let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(0);
    assert_eq!(said.json()["findings"][0]["count"], 2);
    assert_eq!(said.json()["runs"][0]["clean"], true);
}

#[test]
fn a_list_of_empty_directories_that_cannot_be_right_is_found() {
    let (sandbox, archive) = with_one();
    let lists = ["", "a", "b\na\n", "a\na\n", "../a\n", "/a\n", "audit\n", "manifest.json\n", "a\na/b\n", "a\n\n"];
    for list in lists {
        sandbox.edit(&archive, &[("runs/x/empty-directories", Some(list.as_bytes()))]);
        let list = "runs/x/empty-directories";
        finds(&sandbox, &archive, 2, &[("R_EMPTY_DIRECTORIES", list), ("R_LEAF_MISMATCH", list)]);
    }
}

#[test]
fn a_run_that_was_put_there_by_hand_must_be_what_an_add_would_have_made() {
    let (sandbox, archive) = with_one();
    // A perfect copy under another name is what an add would have made.
    let tree = sandbox.git(&archive, &["rev-parse", "main:runs/x"]);
    let package = Package::rejected("y");
    let mut changes: Vec<(String, Vec<u8>)> =
        package.files.iter().map(|(path, bytes)| (format!("runs/y/package/{path}"), bytes.clone())).collect();
    let folder = sandbox.folder("y", &package);
    let honest = sandbox.batool(&archive, &["verify", &folder, "--format", "json"]).ends(2).out.into_bytes();
    let forged = changed(&honest, |it| {
        it["predicate"]["verdict"] = json!("VERIFIED");
        it["predicate"]["findings"] = json!([]);
    });
    let summary = sandbox.batool(&archive, &["verify", &folder]).ends(2).out.into_bytes();
    let put = |certificate: &[u8], changes: &mut Vec<(String, Vec<u8>)>| {
        changes.push(("runs/y/certificate.json".into(), certificate.to_vec()));
        changes.push(("runs/y/summary.txt".into(), summary.clone()));
        let changes: Vec<_> = changes.iter().map(|(path, bytes)| (path.as_str(), Some(bytes.as_slice()))).collect();
        sandbox.edit(&archive, &changes);
    };
    put(&honest, &mut changes);
    finds(&sandbox, &archive, 2, &[("R_NOT_ACCEPTED", "runs/y"), ("R_RUN_WITHOUT_LEAF", "runs/y")]);
    put(&forged, &mut changes);
    let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
    let codes: Vec<_> = found(&said).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["R_CERTIFICATE_MISMATCH", "R_NOT_ACCEPTED", "R_RUN_WITHOUT_LEAF", "R_SUMMARY_MISMATCH"]);
    // Asked about x alone, there is nothing to say.
    let said = sandbox.batool(&archive, &["archive", "verify", "x"]).ends(0);
    said.says(&["re-read 1 of 2", "1 without a finding"]);
    sandbox.batool(&archive, &["archive", "verify", "y"]).ends(2);
    assert_eq!(sandbox.git(&archive, &["rev-parse", "main:runs/x"]), tree);
}

#[test]
fn a_certificate_by_unknown_rules_can_neither_be_believed_nor_refuted() {
    let (sandbox, archive) = with_one();
    let bytes = certificate(&sandbox, &archive, "x");
    let other = changed(&bytes, |it| it["predicate"]["verifier"]["rules"] = json!("0".repeat(64)));
    sandbox.edit(&archive, &[("runs/x/certificate.json", Some(&other))]);
    let certificate = "runs/x/certificate.json";
    let expected = [("R_LEAF_MISMATCH", certificate), ("U_CERTIFICATE_RULES_UNKNOWN", certificate)];
    finds(&sandbox, &archive, 2, &expected);
    // The package's digest is checked all the same.
    sandbox.edit(&archive, &[("runs/x/package/outputs/more.txt", Some(b"more"))]);
    finds(
        &sandbox,
        &archive,
        2,
        &[
            ("R_CERTIFICATE_MISMATCH", certificate),
            ("R_LEAF_MISMATCH", certificate),
            ("U_CERTIFICATE_RULES_UNKNOWN", certificate),
        ],
    );
}

#[test]
fn each_run_is_judged_by_the_policy_of_its_time() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let (good, unclear) = (Package::documented("good", 1), Package::undecidable("unclear"));
    sandbox.add(&archive, "before", &good);
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    sandbox.add(&archive, "meanwhile", &unclear);
    sandbox.policy(&archive, "accept = \"UNDECIDABLE\"", "accept = \"VERIFIED\"");
    sandbox.policy(&archive, "strict = false", "strict = true");
    sandbox.add(&archive, "strictly", &good);
    sandbox.policy(&archive, ", \"documented\"", "");
    finds(&sandbox, &archive, 0, &[]);
    let said = sandbox.batool(&archive, &["archive", "list"]).ends(0);
    said.says(&["UNDECIDABLE", "meanwhile", "strictly"]);
    // What goes in by hand under today's policy is judged by it: documented is not accepted any more.
    let commit = sandbox.tip(&archive);
    for (name, bytes) in [("good", &good), ("unclear", &unclear)] {
        let folder = sandbox.folder(name, bytes);
        let options: &[&str] = &["verify", &folder, "--strict", "--format", "json"];
        let certificate = sandbox.batool(&archive, options).out;
        let summary = sandbox.batool(&archive, &["verify", &folder, "--strict"]).out;
        let mut changes: Vec<(String, Vec<u8>)> =
            bytes.files.iter().map(|(path, bytes)| (format!("runs/late/package/{path}"), bytes.clone())).collect();
        changes.push(("runs/late/certificate.json".into(), certificate.into_bytes()));
        changes.push(("runs/late/summary.txt".into(), summary.into_bytes()));
        let changes: Vec<_> = changes.iter().map(|(path, bytes)| (path.as_str(), Some(bytes.as_slice()))).collect();
        sandbox.edit(&archive, &changes);
        finds(&sandbox, &archive, 2, &[("R_NOT_ACCEPTED", "runs/late"), ("R_RUN_WITHOUT_LEAF", "runs/late")]);
        sandbox.git(&archive, &["update-ref", "refs/heads/main", &commit]);
    }
}

#[test]
fn a_shallow_clone_is_clean_unless_a_policy_lies_beyond_the_cut() {
    let (sandbox, archive) = with_one();
    let clone = |name: &str, depth: &str| {
        let url = format!("file://{}", text(&archive));
        let args = ["clone", "-q", "--depth", depth, &url, name];
        run(&mut sandbox.program("git", &sandbox.path(""), &args)).ends(0);
        sandbox.path(name)
    };
    let said = sandbox.batool(&clone("clean", "1"), &["archive", "verify"]).ends(0);
    said.says(&["History: not walked"]);
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    sandbox.add(&archive, "y", &Package::undecidable("y"));
    // The change of policy is seen, what was before is not.
    finds(&sandbox, &clone("cut", "2"), 1, &[("U_HISTORY_INCOMPLETE", "runs/x")]);
    finds(&sandbox, &archive, 0, &[]);
    sandbox.policy(&archive, "accept = \"UNDECIDABLE\"", "accept = \"VERIFIED\"");
    sandbox.edit(&archive, &[("README", Some(b"mine"))]);
    // Not even the change is seen: y is not accused of what cannot be known from here.
    finds(&sandbox, &clone("hidden", "1"), 1, &[("N_FOREIGN_PATH", "README"), ("U_HISTORY_INCOMPLETE", "runs/y")]);
    sandbox.policy(&archive, "strict = false", "strict = true");
    sandbox.edit(&archive, &[("README", Some(b"mine too"))]);
    let said = sandbox.batool(&clone("strict", "1"), &["archive", "verify", "--format", "json"]).ends(1);
    assert_eq!(found(&said)[1], ("U_HISTORY_INCOMPLETE".into(), "runs/x".into()));
    // A changed byte is one, however little is seen.
    sandbox.edit(&archive, &[("runs/x/package/outputs/more.txt", Some(b"more"))]);
    sandbox.batool(&clone("tampered", "1"), &["archive", "verify"]).ends(2).says(&["R_CERTIFICATE_MISMATCH"]);
}

#[test]
fn replaced_objects_hide_nothing() {
    let (sandbox, archive) = with_one();
    let path = "runs/x/package/outputs/line ends and $Id$.bin";
    let right = sandbox.git(&archive, &["rev-parse", &format!("main:{path}")]);
    sandbox.edit(&archive, &[(path, Some(b"other"))]);
    let wrong = sandbox.git(&archive, &["rev-parse", &format!("main:{path}")]);
    sandbox.git(&archive, &["config", "core.useReplaceRefs", "true"]);
    sandbox.git(&archive, &["replace", &wrong, &right]);
    finds(&sandbox, &archive, 2, &OTHER_PACKAGE);
}

/// Puts every object into a file of its own.
fn unpack(sandbox: &Sandbox, archive: &Path) {
    let pack = git_dir(archive).join("objects/pack");
    let apart = sandbox.path("packs");
    fs::create_dir_all(&apart).expect("there is room");
    for entry in fs::read_dir(&pack).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        fs::rename(&path, apart.join(path.file_name().expect("it has a name"))).expect("it can be moved");
    }
    for entry in fs::read_dir(&apart).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            let bytes = fs::read(&path).expect("it can be read");
            sandbox.feed(sandbox.program("git", archive, &["unpack-objects", "-q"]), &bytes);
        }
    }
}

fn loose(archive: &Path, id: &str) -> std::path::PathBuf {
    git_dir(archive).join("objects").join(&id[..2]).join(&id[2..])
}

/// Overwrites a file that git made read-only.
fn spoil(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("it is there");
    change(&mut bytes);
    fs::remove_file(path).expect("it is there");
    fs::write(path, bytes).expect("there is room");
}

#[test]
fn loose_objects_that_are_damaged_or_gone_are_found() {
    let objects = [
        "runs/x/package/audit/run_ledger.jsonl",
        "runs/x/certificate.json",
        "runs/x/summary.txt",
        "runs/x/package/audit",
        "runs/x",
        "runs",
    ];
    for (n, path) in objects.into_iter().enumerate() {
        for kind in [n % 4, (n + 1) % 4] {
            let (sandbox, archive) = with_one();
            unpack(&sandbox, &archive);
            finds(&sandbox, &archive, 0, &[]);
            let file = loose(&archive, &sandbox.git(&archive, &["rev-parse", &format!("main:{path}")]));
            match kind {
                0 => fs::remove_file(&file).expect("it is there"),
                1 => spoil(&file, |bytes| bytes.truncate(bytes.len() / 2)),
                2 => spoil(&file, |bytes| *bytes.last_mut().expect("it has bytes") ^= 1),
                // An honest object, but another one.
                _ => {
                    let id = sandbox.git(&archive, &["rev-parse", "main:batool.toml"]);
                    let other = fs::read(loose(&archive, &id)).expect("it is there");
                    spoil(&file, |bytes| *bytes = other);
                }
            }
            let said = sandbox.batool(&archive, &["archive", "verify", "--format", "json"]).ends(2);
            let found = found(&said);
            let place = if path == "runs" { "runs" } else { "runs/x" };
            assert!(
                found.iter().any(|(code, file)| code == "R_OBJECT_DAMAGED" && file == place),
                "{path} {kind}: {found:?}"
            );
        }
    }
    // Without the commit, its tree or the policy there is no archive to judge.
    for object in ["main", "main^{tree}", "main:batool.toml"] {
        let (sandbox, archive) = with_one();
        unpack(&sandbox, &archive);
        let id = sandbox.git(&archive, &["rev-parse", object]);
        spoil(&loose(&archive, &id), |bytes| bytes.truncate(9));
        let said = sandbox.batool(&archive, &["archive", "verify"]).ends(74);
        assert!(said.err.contains(&id), "{}", said.err);
    }
}

#[test]
fn packed_objects_that_are_damaged_are_found() {
    let large: Vec<u8> = (0..3_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "x", &Package::documented("x", 1).with("facts/large.bin", large));
    for path in ["runs/x/package/audit/run_ledger.jsonl", "runs/x/package/facts/large.bin", "runs/x/certificate.json"] {
        let id = sandbox.git(&archive, &["rev-parse", &format!("main:{path}")]);
        let packs = fs::read_dir(archive.join("objects/pack")).expect("it is there");
        let mut packs = packs.map(|entry| entry.expect("it can be listed").path());
        let (pack, offset) = packs
            .find_map(|index| {
                let bytes = fs::read(&index).ok().filter(|_| index.extension().is_some_and(|e| e == "idx"))?;
                let listed = sandbox.feed(sandbox.program("git", &archive, &["show-index"]), &bytes);
                let line = listed.lines().find(|line| line.contains(&id))?.to_owned();
                Some((index.with_extension("pack"), line.split(' ').next()?.parse::<usize>().ok()?))
            })
            .expect("the object is in a pack");
        let before = fs::read(&pack).expect("it is there");
        for distance in [12, 40] {
            spoil(&pack, |bytes| bytes[offset + distance] ^= 0x10);
            finds(&sandbox, &archive, 2, &[("R_OBJECT_DAMAGED", "runs/x")]);
            spoil(&pack, |bytes| bytes.clone_from(&before));
        }
    }
    finds(&sandbox, &archive, 0, &[]);
}
