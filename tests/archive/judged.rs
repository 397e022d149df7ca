//! What was judged once is not judged again, and nobody gains by that: bytes are read all the same, and an entry counts
//! only for what it was made of, by whom it was made.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Package, Said, Sandbox, Snapshot, git_dir, run, text};

fn archive() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    for name in ["a", "b", "c"] {
        sandbox.add(&archive, name, &Package::documented(name, 1));
    }
    (sandbox, archive)
}

fn verify(sandbox: &Sandbox, archive: &Path, extra: &[&str], code: i32) -> Said {
    sandbox.batool(archive, &[&["archive", "verify", "--format", "json"], extra].concat()).ends(code)
}

/// How many were judged now, and by an earlier verification.
#[track_caller]
fn judged(said: &Said) -> (u64, u64) {
    let count = |when: &str| said.json()["judged"][when].as_u64().expect("it is a number");
    (count("now"), count("earlier"))
}

/// The answer but for how it came about.
fn answer(said: &Said) -> serde_json::Value {
    let mut answer = said.json();
    answer.as_object_mut().expect("it is an object").remove("judged");
    answer
}

/// Every entry.
fn entries(archive: &Path) -> Vec<PathBuf> {
    let folder = git_dir(archive).join("batool-judged");
    if !folder.exists() {
        return Vec::new();
    }
    let mut all: Vec<_> = Snapshot::of(&folder).files().map(|(path, _)| folder.join(path)).collect();
    all.sort();
    all
}

#[test]
fn the_second_verification_judges_nothing_and_says_the_same() {
    let (sandbox, archive) = archive();
    let sources = [
        sandbox.folder("q", &Package::documented("q", 2).with_empty("later")),
        format!("{}/fixtures/packages/ok-full", env!("CARGO_MANIFEST_DIR")),
    ];
    sandbox.batool(&archive, &["archive", "add", &sources[0], &sources[1]]).ends(0);
    let first = verify(&sandbox, &archive, &[], 0);
    assert_eq!(judged(&first), (5, 0));
    let again = verify(&sandbox, &archive, &[], 0);
    assert_eq!((judged(&again), answer(&again)), ((0, 5), answer(&first)));
    for extra in [&["--history"][..], &["--since", "main~1"], &["a"]] {
        let (now, earlier) = judged(&verify(&sandbox, &archive, extra, 0));
        assert!(now == 0 && earlier > 0, "{extra:?}");
    }
    let full = verify(&sandbox, &archive, &["--full"], 0);
    assert_eq!(judged(&full), (5, 0), "--full judges all again");
    sandbox.batool(&archive, &["archive", "verify"]).ends(0).says(&["Judged: 0 now, 5 by an earlier verification"]);
    // A new run is the only one to be judged.
    sandbox.add(&archive, "d", &Package::documented("d", 1));
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (1, 5));
    // Nobody else is spared: a clone has none of it, nor has another user.
    let clone = sandbox.path("clone.git");
    sandbox.git(&archive, &["clone", "-q", "--bare", &text(&archive), &text(&clone)]);
    assert_eq!(judged(&verify(&sandbox, &clone, &[], 0)), (6, 0));
    let other = sandbox.path("other");
    fs::create_dir(&other).expect("there is room");
    let mut command = sandbox.command(&archive, &["archive", "verify", "--format", "json"]);
    assert_eq!(judged(&run(command.env("HOME", &other)).ends(0)), (6, 0));
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (0, 6), "users do not stand in each other's way");
    sandbox.fsck(&archive);
}

#[test]
fn an_edited_byte_is_found_also_where_git_cannot_tell() {
    let (sandbox, archive) = archive();
    verify(&sandbox, &archive, &[], 0);
    sandbox.edit(&archive, &[("runs/b/package/audit/run_ledger.jsonl", Some(b"{}\n"))]);
    let said = verify(&sandbox, &archive, &[], 2).says(&["R_LEAF_MISMATCH", "R_CERTIFICATE_MISMATCH"]);
    assert_eq!(judged(&said), (1, 2));
    // What is wrong is kept as well, and told again.
    let again = verify(&sandbox, &archive, &[], 2);
    assert_eq!((judged(&again), answer(&again)), ((0, 3), answer(&said)));
    // Bytes that were replaced underneath git, under the old names of all objects.
    let blob = sandbox.git(&archive, &["rev-parse", "main:runs/a/package/audit/run_ledger.jsonl"]);
    let clone = sandbox.path("clone.git");
    sandbox.git(&archive, &["clone", "-q", "--bare", "--no-local", &text(&archive), &text(&clone)]);
    verify(&sandbox, &clone, &["a"], 0);
    assert_eq!(judged(&verify(&sandbox, &clone, &["a"], 0)), (0, 1));
    let packs = fs::read_dir(clone.join("objects/pack")).expect("it is there").flatten();
    let aside: Vec<PathBuf> = packs
        .map(|pack| {
            let to = sandbox.path("aside").join(pack.file_name());
            fs::create_dir_all(to.parent().expect("it has one")).expect("there is room");
            fs::rename(pack.path(), &to).expect("there is room");
            to
        })
        .collect();
    let pack = aside.iter().find(|file| file.extension().is_some_and(|end| end == "pack")).expect("there is one");
    let unpack = sandbox.program("git", &clone, &["unpack-objects", "-q"]);
    sandbox.feed(unpack, &fs::read(pack).expect("it is there"));
    let loose = |id: &str| clone.join("objects").join(&id[..2]).join(&id[2..]);
    let other = sandbox.git(&clone, &["rev-parse", "main:runs/c/package/audit/run_ledger.jsonl"]);
    fs::remove_file(loose(&blob)).expect("it is loose now");
    fs::copy(loose(&other), loose(&blob)).expect("there is room");
    verify(&sandbox, &clone, &["a"], 2).says(&["R_OBJECT_DAMAGED"]);
}

#[test]
fn an_entry_counts_only_for_what_it_was_made_of() {
    let (sandbox, archive) = archive();
    verify(&sandbox, &archive, &[], 0);
    let honest = entries(&archive);
    assert_eq!(honest.len(), 3);
    // Other options, other answers: the same package under a stricter policy.
    sandbox.policy(&archive, "strict = false", "strict = true");
    let folder = sandbox.folder("given", &Package::documented("a", 1));
    sandbox.batool(&archive, &["archive", "add", &folder, "--as", "again"]).ends(0);
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (1, 3));
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (0, 4));
    // One in the place of another, as anybody with the files could put it there.
    let bytes: Vec<_> = honest.iter().map(|file| fs::read(file).expect("it is there")).collect();
    for n in 0..honest.len() {
        fs::write(&honest[n], &bytes[(n + 1) % honest.len()]).expect("there is room");
    }
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (3, 1));
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (0, 4), "they are mended");
}

#[test]
fn a_damaged_or_planted_entry_is_none() {
    let (sandbox, archive) = archive();
    verify(&sandbox, &archive, &[], 0);
    // A bad run whose evidence, certificate and entry all say VERIFIED.
    sandbox.policy(&archive, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    sandbox.add(&archive, "q", &Package::undecidable("q"));
    let before: Vec<_> = entries(&archive);
    let honest = verify(&sandbox, &archive, &[], 0);
    let of_q = entries(&archive).into_iter().find(|file| !before.contains(file)).expect("it was judged");
    let said = fs::read_to_string(&of_q).expect("it is text");
    assert!(said.contains("UNDECIDABLE"));
    for planted in [
        said.replace("UNDECIDABLE", "VERIFIED"),
        said[64..].to_owned(),
        said[..said.len() - 1].to_owned(),
        format!("{}{}", "0".repeat(64), &said[64..]),
        String::new(),
        "x".repeat(1 << 20),
        "é".repeat(64),
    ] {
        fs::write(&of_q, &planted).expect("there is room");
        let again = verify(&sandbox, &archive, &[], 0);
        assert_eq!((judged(&again), answer(&again)), ((1, 3), answer(&honest)), "{planted:.80}");
        assert_eq!(fs::read_to_string(&of_q).expect("it is text"), said, "it is mended");
    }
    // Nor is what is no file.
    fs::remove_file(&of_q).expect("it is there");
    run(&mut sandbox.program("mkfifo", &archive, &[&text(&of_q)])).ends(0);
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (1, 3));
    fs::remove_file(&of_q).expect("it is there");
    fs::create_dir(&of_q).expect("there is room");
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (1, 3));
    // A secret that is none gives way to a new one.
    fs::write(sandbox.path(".cache/batool/judged.key"), "short").expect("there is room");
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (4, 0));
}

#[test]
fn who_cannot_keep_anything_can_do_without() {
    let (sandbox, archive) = archive();
    // A file in the place of the folder: nothing can be kept, whoever tries.
    fs::write(archive.join("batool-judged"), "").expect("there is room");
    for _ in 0..2 {
        let said = verify(&sandbox, &archive, &[], 0);
        assert_eq!((judged(&said), said.err.as_str()), ((3, 0), ""));
    }
    fs::remove_file(archive.join("batool-judged")).expect("it is there");
    // Nor is a link followed, that would have files written and taken away elsewhere.
    let elsewhere = sandbox.path("precious");
    fs::create_dir(&elsewhere).expect("there is room");
    std::os::unix::fs::symlink(&elsewhere, archive.join("batool-judged")).expect("there is room");
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (3, 0));
    fs::remove_file(archive.join("batool-judged")).expect("it is there");
    fs::create_dir(archive.join("batool-judged")).expect("there is room");
    for n in 0..256 {
        let link = archive.join(format!("batool-judged/{n:02x}"));
        std::os::unix::fs::symlink(&elsewhere, link).expect("there is room");
    }
    assert_eq!(judged(&verify(&sandbox, &archive, &[], 0)), (3, 0));
    assert_eq!(fs::read_dir(&elsewhere).expect("it is there").count(), 0);
    fs::remove_dir_all(archive.join("batool-judged")).expect("it is there");
    for (name, value) in [("HOME", ""), ("HOME", "/dev/null"), ("XDG_CACHE_HOME", "/dev/null")] {
        let mut command = sandbox.command(&archive, &["archive", "verify", "--format", "json"]);
        let said = run(command.env(name, value)).ends(0);
        assert_eq!((judged(&said), said.err.as_str()), ((3, 0), ""), "{name}={value}");
        assert_eq!(entries(&archive), Vec::<PathBuf>::new());
    }
    let mut command = sandbox.command(&archive, &["archive", "verify"]);
    run(command.env("XDG_CACHE_HOME", sandbox.path("elsewhere"))).ends(0);
    assert_eq!(entries(&archive).len(), 3);
    assert!(sandbox.path("elsewhere/batool/judged.key").is_file());
}

#[test]
fn hooks_neither_use_nor_keep_any() {
    let (sandbox, server, clone) = crate::hooks::served("sha1");
    sandbox.add(&clone, "a", &Package::documented("a", 1));
    sandbox.git(&clone, &["push", "-q", "origin", "main"]);
    assert_eq!([entries(&server), entries(&clone)], [Vec::<PathBuf>::new(), Vec::new()]);
}
