//! Checkpoints and proofs: what a stranger can tell who kept three lines.

use std::fs;
use std::path::Path;

use crate::support::{Package, Sandbox, text};
use crate::tamper::finds;

/// Keeps a checkpoint of an archive in a file.
fn kept(sandbox: &Sandbox, archive: &Path, name: &str) -> String {
    let said = sandbox.batool(archive, &["archive", "checkpoint"]).ends(0);
    assert_eq!(said.out.lines().count(), 3);
    let path = sandbox.path(name);
    fs::write(&path, &said.out).expect("there is room");
    text(&path)
}

#[test]
fn an_archive_continues_its_checkpoints_and_one_that_was_rolled_back_does_not() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", true, format);
        let mut checkpoints = vec![kept(&sandbox, &archive, "0")];
        let mut tips = vec![sandbox.tip(&archive)];
        for n in 1..=5 {
            sandbox.add(&archive, &format!("r{n}"), &Package::documented("x", 1));
            checkpoints.push(kept(&sandbox, &archive, &n.to_string()));
            tips.push(sandbox.tip(&archive));
        }
        for checkpoint in &checkpoints {
            sandbox.batool(&archive, &["archive", "verify", "--checkpoint", checkpoint]).ends(0);
        }
        // Rolled back, everything that is there is sound.
        sandbox.git(&archive, &["update-ref", "refs/heads/main", &tips[3]]);
        sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(0);
        let said = sandbox.batool(&archive, &["archive", "verify", "--checkpoint", &checkpoints[5]]).ends(2);
        said.says(&["R_CHECKPOINT", "a log of 5 leaves, and this one has 3"]);
        sandbox.batool(&archive, &["archive", "verify", "--checkpoint", &checkpoints[3]]).ends(0);
        // Rewritten from there on, too; and it says since when.
        for n in 4..=6 {
            sandbox.add(&archive, &format!("r{n}"), &Package::documented("y", 1));
        }
        sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(0);
        let said = sandbox.batool(&archive, &["archive", "verify", "--checkpoint", &checkpoints[5]]).ends(2);
        let since = sandbox.git(&archive, &["rev-parse", "main~1"]);
        said.says(&["R_CHECKPOINT", "the first 5 leaves of this log are others", &since]);
        // Another archive's.
        let other = sandbox.archive("b", true, format);
        let said = sandbox.batool(&other, &["archive", "verify", "--checkpoint", &checkpoints[0]]).ends(2);
        said.says(&["R_CHECKPOINT", "it is of the archive batool/"]);
    }
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let nonsense = sandbox.path("nonsense");
    fs::write(&nonsense, "three\nlines\nhere\n").expect("there is room");
    sandbox.batool(&archive, &["archive", "verify", "--checkpoint", &text(&nonsense)]).ends(74);
    finds(&sandbox, &archive, 0, &[]);
}

#[test]
fn a_stranger_checks_a_package_with_a_proof_and_three_lines() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    let package = Package::documented("b", 1).with_empty("later");
    for (name, package) in
        [("a", &Package::documented("a", 1)), ("deep/b", &package), ("c", &Package::documented("c", 1))]
    {
        sandbox.add(&archive, name, package);
    }
    let checkpoint = kept(&sandbox, &archive, "checkpoint");
    let proof = text(&sandbox.path("b.tlog-proof"));
    let said = sandbox.batool(&archive, &["archive", "prove", "deep/b", "--to", &proof]).ends(0);
    assert_eq!(said.out, "wrote a proof that deep/b is leaf 2 of 3\n");
    let folder = sandbox.folder("stranger/b", &package);
    package.tar_gz(&sandbox.path("stranger/b.tar.gz"));
    let stranger = sandbox.path("stranger");
    let check = |proof: &str, checkpoint: &str, source: &str| {
        sandbox.batool(&stranger, &["verify-proof", proof, "--checkpoint", checkpoint, source])
    };
    for source in [folder.as_str(), "b.tar.gz"] {
        check(&proof, &checkpoint, source).ends(0).says(&["Verdict: VERIFIED", "Run: deep/b", "leaf 2 of 3"]);
    }
    // Another package, other empty directories.
    let other = sandbox.folder("stranger/a", &Package::documented("a", 1));
    check(&proof, &checkpoint, &other).ends(2).says(&["the package is dirHash:"]);
    let more = sandbox.folder("stranger/more", &package.clone().with_empty("now"));
    check(&proof, &checkpoint, &more).ends(2).says(&["other empty directories"]);
    // Another checkpoint: a later one proves nothing either way, another archive's does.
    sandbox.add(&archive, "d", &Package::documented("d", 1));
    let later = kept(&sandbox, &archive, "later");
    check(&proof, &later, &folder).ends(1).says(&["Verdict: UNDECIDABLE", "3 leaves", "one of 4"]);
    let forged = fs::read_to_string(&checkpoint).expect("it is there").replacen("batool/", "batool/f", 1);
    fs::write(sandbox.path("forged"), forged).expect("there is room");
    check(&proof, &text(&sandbox.path("forged")), &folder).ends(2).says(&["the proof is for the archive"]);
    // A proof with one digit changed.
    let right = fs::read_to_string(&proof).expect("it is there");
    for (line, _) in right.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()) {
        let lines = right.lines().enumerate().map(|(n, text)| {
            let mut text = text.to_owned();
            if n == line {
                let at = text.len() / 2;
                let other = if text.as_bytes()[at] == b'1' { "2" } else { "1" };
                text.replace_range(at..=at, other);
            }
            text + "\n"
        });
        fs::write(sandbox.path("changed"), lines.collect::<String>()).expect("there is room");
        let said = check(&text(&sandbox.path("changed")), &checkpoint, &folder);
        assert!(matches!(said.code, Some(1 | 2 | 74)), "line {line}: {said:?}");
    }
    sandbox.batool(&archive, &["archive", "prove", "nothing", "--to", &proof]).fails(&["nothing"]);
}

#[test]
fn what_was_not_pushed_is_not_published() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "a", &Package::documented("a", 1));
    let clone = sandbox.path("clone");
    sandbox.git(&archive, &["clone", "-q", ".", &text(&clone)]);
    let before = sandbox.batool(&clone, &["archive", "checkpoint"]).ends(0).out;
    sandbox.add(&clone, "b", &Package::documented("b", 1));
    sandbox
        .batool(&clone, &["archive", "checkpoint"])
        .fails(&["1 runs were added here and not pushed", "batool archive push"]);
    let to = text(&sandbox.path("proof"));
    sandbox.batool(&clone, &["archive", "prove", "a", "--to", &to]).fails(&["archive push"]);
    let said = sandbox.batool(&clone, &["archive", "checkpoint", "--local"]).ends(0);
    assert!(said.out.ends_with("\nunpublished\n"), "{}", said.out);
    sandbox.batool(&clone, &["archive", "prove", "b", "--local", "--to", &to]).ends(0).says(&["(unpublished)"]);
    sandbox.git(&clone, &["push", "-q", "origin", "main"]);
    let after = sandbox.batool(&clone, &["archive", "checkpoint"]).ends(0);
    assert!(after.out.contains("\n2\n") && before.contains("\n1\n"));
    let said = sandbox.batool(&clone, &["archive", "checkpoint", "--format", "json"]).ends(0);
    assert_eq!((&said.json()["published"], &said.json()["size"]), (&true.into(), &"2".into()));
}
