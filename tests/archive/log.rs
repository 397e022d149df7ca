//! The log of adds: one leaf a run, in the same commit, and nothing vanishes unnoticed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use batool::digest::Digest;
use batool::tlog::{Checkpoint, leaf_hash, leaves_of_bundle, root};
use serde_json::Value;

use crate::support::{FORMS, Package, Sandbox, run, text};
use crate::tamper::finds;

/// The log of a branch as a program sees that knows nothing but the standards.
fn log_of(sandbox: &Sandbox, archive: &Path) -> (Checkpoint, Vec<Vec<u8>>) {
    let checkpoint = sandbox.git_bytes(archive, &["show", "main:log/checkpoint"]);
    let checkpoint = Checkpoint::parse(&checkpoint).expect("it is one");
    let listed = sandbox.git(archive, &["ls-tree", "-r", "--name-only", "main", "log/tile/entries/"]);
    let mut leaves = Vec::new();
    for path in listed.lines() {
        let bundle = sandbox.git_bytes(archive, &["show", &format!("main:{path}")]);
        leaves.extend(leaves_of_bundle(&bundle).expect("it is whole").into_iter().map(<[u8]>::to_vec));
    }
    (checkpoint, leaves)
}

fn members(leaf: &[u8]) -> BTreeMap<String, String> {
    serde_json::from_slice(leaf).expect("members are text")
}

#[test]
fn every_add_leaves_a_leaf_that_binds_what_was_added() {
    for (bare, format) in FORMS {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, format);
        let (checkpoint, leaves) = log_of_empty(&sandbox, &archive);
        assert_eq!((checkpoint.size, checkpoint.root, leaves), (0, Digest::of(b""), 0));
        let package = Package::documented("x", 1).with_empty("outputs/later");
        sandbox.add(&archive, "deep/x", &package);
        sandbox.policy(&archive, "strict = false", "strict = true");
        // Two in one commit go by name.
        let sources = [sandbox.folder("b", &Package::documented("b", 1)), sandbox.folder("a-run", &package)];
        sandbox.batool(&archive, &["archive", "add", &sources[0], &sources[1]]).ends(0);
        let (checkpoint, leaves) = log_of(&sandbox, &archive);
        let names: Vec<_> = leaves.iter().map(|leaf| members(leaf)["name"].clone()).collect();
        assert_eq!(names, ["deep/x", "a-run", "b"]);
        let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        assert_eq!((checkpoint.size, checkpoint.root), (3, root(&hashes)));
        let toml = sandbox.git(&archive, &["show", "main:batool.toml"]);
        assert!(toml.contains(&format!("origin = \"{}\"", checkpoint.origin)));
        for (leaf, policy) in leaves.iter().zip(["main~2", "main~1", "main~1"]) {
            let leaf = members(leaf);
            let stored = |path: &str| {
                let path = format!("main:runs/{}/{path}", leaf["name"]);
                Digest::of(&sandbox.git_bytes(&archive, &["show", &path])).token()
            };
            assert_eq!(leaf["certificate"], stored("certificate.json"));
            if leaf["name"] != "b" {
                assert_eq!(leaf["emptyDirectories"], stored("empty-directories"));
            }
            let certificate: Value = serde_json::from_slice(
                &sandbox.git_bytes(&archive, &["show", &format!("main:runs/{}/certificate.json", leaf["name"])]),
            )
            .expect("it is JSON");
            let subject = certificate["subject"][0]["digest"]["dirHash"].as_str().expect("it is text");
            assert_eq!(leaf["package"], format!("dirHash:{subject}"));
            let toml = sandbox.git_bytes(&archive, &["show", &format!("{policy}:batool.toml")]);
            assert_eq!(leaf["policy"], Digest::of(&toml).token());
        }
        sandbox.clean(&archive);
    }
}

fn log_of_empty(sandbox: &Sandbox, archive: &Path) -> (Checkpoint, usize) {
    let listed = sandbox.git(archive, &["ls-tree", "-r", "--name-only", "main", "log"]);
    assert_eq!(listed, "log/checkpoint");
    let (checkpoint, leaves) = log_of(sandbox, archive);
    (checkpoint, leaves.len())
}

#[test]
fn only_the_tiles_of_the_current_size_stand_in_a_tree() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let package = Package::documented("x", 1);
    // Over the edge of a tile, in few commits.
    for (commit, runs) in [250, 5, 1, 1].into_iter().enumerate() {
        let sources: Vec<_> = (0..runs).map(|n| sandbox.folder(&format!("c{commit}-{n:03}"), &package)).collect();
        let args: Vec<&str> = ["archive", "add"].into_iter().chain(sources.iter().map(String::as_str)).collect();
        sandbox.batool(&archive, &args).ends(0);
        let listed = sandbox.git(&archive, &["ls-tree", "-r", "--name-only", "main", "log"]);
        let expected = match commit {
            0 => "log/checkpoint log/tile/0/000.p/250 log/tile/entries/000.p/250",
            1 => "log/checkpoint log/tile/0/000.p/255 log/tile/entries/000.p/255",
            2 => "log/checkpoint log/tile/0/000 log/tile/1/000.p/1 log/tile/entries/000",
            _ => {
                "log/checkpoint log/tile/0/000 log/tile/0/001.p/1 log/tile/1/000.p/1 log/tile/entries/000 \
                 log/tile/entries/001.p/1"
            }
        };
        assert_eq!(listed.split('\n').collect::<Vec<_>>().join(" "), expected);
        assert_eq!(sandbox.git(&archive, &["status", "--porcelain"]), "");
        let (checkpoint, leaves) = log_of(&sandbox, &archive);
        let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        assert_eq!((checkpoint.size as usize, checkpoint.root), (hashes.len(), root(&hashes)));
    }
    sandbox.add(&archive, "last", &package);
    sandbox.clean(&archive);
    sandbox.batool(&archive, &["archive", "verify", "--history"]).ends(0).says(&["History: walked"]);
}

#[test]
fn a_run_that_vanished_leaves_its_leaf_behind() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    for name in ["a", "b/c", "d"] {
        sandbox.add(&archive, name, &Package::documented(name, 1));
    }
    sandbox.edit(&archive, &[("runs/b/c", None)]);
    finds(&sandbox, &archive, 2, &[("R_LEAF_WITHOUT_RUN", "runs/b/c")]);
    // With the log of before, the archive is that of before; only a kept checkpoint could tell.
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "a", &Package::documented("a", 1));
    sandbox.add(&archive, "b", &Package::documented("b", 1));
    // A rename is a removal and a run that the log does not know.
    let tree = sandbox.git(&archive, &["rev-parse", "main:runs/b"]);
    let index = sandbox.path("rename.index");
    let git = |args: &[&str]| {
        let mut git = sandbox.program("git", &archive, args);
        run(git.env("GIT_INDEX_FILE", &index)).ends(0).out.trim().to_owned()
    };
    git(&["read-tree", "main"]);
    git(&["rm", "-rq", "--cached", "runs/b"]);
    git(&["read-tree", "--prefix=runs/renamed", &tree]);
    let commit = sandbox.git(&archive, &["commit-tree", "-p", "main", "-m", "by hand", &git(&["write-tree"])]);
    sandbox.git(&archive, &["update-ref", "refs/heads/main", &commit]);
    finds(&sandbox, &archive, 2, &[("R_LEAF_WITHOUT_RUN", "runs/b"), ("R_RUN_WITHOUT_LEAF", "runs/renamed")]);
}

#[test]
fn package_and_certificate_that_were_changed_together_are_found() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    // The other package is sound, and its certificate and summary are its own.
    sandbox.add(&archive, "y", &Package::documented("y", 2));
    sandbox.edit(&archive, &[("runs/x", None)]);
    let copy = |path: &str| sandbox.git_bytes(&archive, &["show", &format!("main:runs/y/{path}")]);
    let listed = sandbox.git(&archive, &["ls-tree", "-r", "-z", "--name-only", "main:runs/y"]);
    let files: Vec<_> = listed.split('\0').filter(|path| !path.is_empty()).map(|path| (path, copy(path))).collect();
    let changes: Vec<_> = files.iter().map(|(path, bytes)| (format!("runs/x/{path}"), bytes)).collect();
    let changes: Vec<_> = changes.iter().map(|(path, bytes)| (path.as_str(), Some(bytes.as_slice()))).collect();
    sandbox.edit(&archive, &changes);
    finds(&sandbox, &archive, 2, &[("R_LEAF_MISMATCH", "runs/x/certificate.json")]);
}

#[test]
fn a_log_that_does_not_add_up_is_found_and_not_built_upon() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    sandbox.add(&archive, "y", &Package::documented("y", 1));
    let good = sandbox.tip(&archive);
    let file = |path: &str| sandbox.git_bytes(&archive, &["show", &format!("{good}:{path}")]);
    let checkpoint = String::from_utf8(file("log/checkpoint")).expect("it is text");
    let size = checkpoint.replace("\n2\n", "\n3\n");
    let origin = checkpoint.replacen("batool/", "batool/0", 1);
    let mut bundle = file("log/tile/entries/000.p/2");
    let leaf = String::from_utf8_lossy(&bundle).into_owned();
    assert!(leaf.contains("\"name\":\"x\""));
    let at = leaf.find("\"name\":\"x\"").expect("it is there");
    // The bytes before it are ASCII but for the two of the length.
    bundle[at + 8] = b'z';
    type Changes<'a> = &'a [(&'a str, Option<&'a [u8]>)];
    let cases: [(Changes<'_>, &str); 8] = [
        (&[("log/checkpoint", Some(size.as_bytes()))], "log/checkpoint"),
        (&[("log/checkpoint", Some(origin.as_bytes()))], "log/checkpoint"),
        (&[("log/checkpoint", Some(b"nonsense"))], "log/checkpoint"),
        (&[("log/checkpoint", None)], "log/checkpoint"),
        (&[("log/tile/0/000.p/2", Some(&[7; 64]))], "log/tile/0/000.p/2"),
        (&[("log/tile/0/000.p/2", None)], "log/tile/0/000.p/2"),
        (&[("log/tile/entries/000.p/2", Some(b"\0\x09x"))], "log/tile/entries/000.p/2"),
        (&[("log/tile/entries/000.p/2", None)], "log/checkpoint"),
    ];
    for (changes, place) in cases {
        sandbox.edit(&archive, changes);
        let said = sandbox.batool(&archive, &["archive", "verify"]).ends(2).says(&["R_LOG_MISMATCH"]);
        assert!(said.out.contains(place), "{place}: {}", said.out);
        let folder = sandbox.folder("more", &Package::documented("more", 1));
        let tip = sandbox.tip(&archive);
        sandbox.batool(&archive, &["archive", "add", &folder]).fails(&["log", "batool archive verify"]);
        assert_eq!(sandbox.tip(&archive), tip);
        sandbox.git(&archive, &["update-ref", "refs/heads/main", &good]);
    }
    // A file too many is found; an add is not in its way.
    sandbox.edit(&archive, &[("log/notes", Some(b"mine"))]);
    finds(&sandbox, &archive, 2, &[("R_LOG_MISMATCH", "log/notes")]);
}

#[test]
fn runs_that_are_staged_keep_their_leaves_when_others_are_added() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let package = |name: &str| sandbox.folder(name, &Package::documented(name, 1));
    sandbox.batool(&archive, &["archive", "add", &package("n"), "--stage"]).ends(0);
    sandbox.batool(&archive, &["archive", "add", &package("m"), "--stage"]).ends(0);
    let (_, leaves) = log_of(&sandbox, &archive);
    assert_eq!(leaves.len(), 0, "what is staged is not committed");
    sandbox.batool(&archive, &["archive", "add", &package("z")]).ends(0);
    let status = sandbox.git(&archive, &["status", "--porcelain"]);
    assert!(status.lines().all(|line| &line[1..2] == " "), "all is staged, nothing besides: {status}");
    assert!(!status.contains("runs/z/") && status.contains("runs/m/") && status.contains("runs/n/"), "{status}");
    sandbox.batool(&archive, &["archive", "verify"]).ends(0);
    sandbox.git(&archive, &["commit", "-q", "-m", "mine"]);
    sandbox.clean(&archive);
    let (checkpoint, leaves) = log_of(&sandbox, &archive);
    let names: Vec<_> = leaves.iter().map(|leaf| members(leaf)["name"].clone()).collect();
    assert_eq!((checkpoint.size, names), (3, vec!["z".to_owned(), "m".to_owned(), "n".to_owned()]));
    // A run that was unstaged again takes its leaf with it at the next turn.
    sandbox.batool(&archive, &["archive", "add", &package("gone"), "--stage"]).ends(0);
    sandbox.git(&archive, &["rm", "-rqf", "runs/gone"]);
    sandbox.batool(&archive, &["archive", "add", &package("last")]).ends(0);
    sandbox.clean(&archive);
}

#[test]
fn a_file_of_the_log_that_the_user_has_changed_is_not_written_over() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    let folder = sandbox.folder("y", &Package::documented("y", 1));
    fs::write(archive.join("log/checkpoint"), "mine").expect("there is room");
    let tip = sandbox.tip(&archive);
    sandbox.batool(&archive, &["archive", "add", &folder]).fails(&["log/checkpoint", "git restore"]);
    assert_eq!(fs::read(archive.join("log/checkpoint")).expect("it is there"), b"mine");
    assert_eq!(sandbox.tip(&archive), tip);
    sandbox.git(&archive, &["restore", "log/checkpoint"]);
    sandbox.batool(&archive, &["archive", "add", &folder]).ends(0);
    // One that is gone comes back.
    fs::remove_file(archive.join("log/checkpoint")).expect("it is there");
    sandbox.add(&archive, "z", &Package::documented("z", 1));
    sandbox.clean(&archive);
    let clone = sandbox.path("clone");
    sandbox.git(&archive, &["clone", "-q", ".", &text(&clone)]);
    sandbox.add(&clone, "in-a-clone", &Package::documented("z", 1));
    sandbox.clean(&clone);
}
