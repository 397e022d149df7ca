//! What is written, git takes.

use std::fs;
use std::io::{Read as _, Write as _};

use batool::git::{Kind, Moved, ObjectFormat, PackWriter, Repo};

use crate::support::*;

#[test]
fn git_accepts_what_init_makes() {
    for format in FORMATS {
        for bare in [false, true] {
            let sandbox = Sandbox::new();
            let place = sandbox.path("r");
            let repo = Repo::init(&place, bare, format, "trunk").expect("made");
            assert_eq!(repo.object_format(), format);
            assert_eq!(repo.is_bare(), bare);
            assert_eq!(repo.head().expect("read").branch.as_deref(), Some("refs/heads/trunk"));
            sandbox.fsck(&place);
            assert_eq!(sandbox.git(&place, &["rev-parse", "--show-object-format"]), format.name());
            assert_eq!(sandbox.git(&place, &["config", "core.logAllRefUpdates"]), "always");
            assert_eq!(sandbox.git(&place, &["rev-parse", "--is-bare-repository"]), bare.to_string());
            if !bare {
                assert_eq!(sandbox.git(&place, &["status", "--porcelain"]), "");
            }
            assert!(Repo::init(&place, bare, format, "trunk").is_err(), "never over an existing one");
        }
    }
}

#[test]
fn settling_twice_changes_nothing_and_keeps_what_was_there() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    sandbox.git(&sandbox.path(""), &["init", "-q", "r"]);
    fs::create_dir_all(place.join(".git/info")).expect("made");
    fs::write(place.join(".git/info/attributes"), "*.png binary").expect("written");
    sandbox.git(&place, &["config", "user.name", "Some One"]);
    let settled = || {
        let repo = Repo::open(&place).expect("opened").settle().expect("settled");
        assert_eq!(repo.config("user.name").as_deref(), Some("Some One"));
        let read = |name: &str| fs::read_to_string(place.join(".git").join(name)).expect("read");
        (read("config"), read("info/attributes"))
    };
    let once = settled();
    assert_eq!(once, settled());
    assert!(once.1.starts_with("*.png binary\n* -text"));
    assert_eq!(sandbox.git(&place, &["check-attr", "text", "x"]), "x: text: unset");
}

#[test]
fn git_accepts_what_an_add_writes() {
    for format in FORMATS {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        let repo = Repo::init(&place, true, format, "main").expect("made");
        for run in 0..3 {
            let path = format!("runs/n/{run}/package/a.jsonl");
            let text = format!("{{\"run\":{run}}}\n");
            let files = [(path.as_str(), text.as_bytes()), ("runs/n-1", b"sorts before n/"), ("z", b"same")];
            assert_eq!(add(&repo, &files).expect("added"), Moved::Moved);
            sandbox.fsck(&place);
        }
        assert_eq!(sandbox.git(&place, &["show", "main:runs/n/2/package/a.jsonl"]), "{\"run\":2}");
        assert_eq!(sandbox.git(&place, &["rev-list", "--count", "main"]), "3");
        assert_eq!(sandbox.git(&place, &["reflog", "main"]).lines().count(), 3);
        assert_eq!(sandbox.git(&place, &["reflog", "HEAD"]).lines().count(), 3);
        assert_eq!(sandbox.git(&place, &["log", "-1", "--format=%(trailers:key=Batool-Run,valueonly)", "main"]), "x");
        for entry in fs::read_dir(place.join("objects/pack")).expect("listed") {
            let path = entry.expect("read").path();
            if path.extension().is_some_and(|extension| extension == "pack") {
                sandbox.git(&place, &["verify-pack", path.to_str().expect("plain")]);
                let theirs = sandbox.path("theirs.idx");
                let args = ["index-pack", "--strict", "--no-rev-index", "-o", theirs.to_str().expect("plain")];
                sandbox.git(&place, &[&args[..], &[path.to_str().expect("plain")]].concat());
                let ours = fs::read(path.with_extension("idx")).expect("read");
                assert!(ours == fs::read(&theirs).expect("read"), "both indices are the same");
                let _ = fs::remove_file(&theirs);
            }
        }
    }
}

fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("linux");
    let line = status.lines().find(|line| line.starts_with("RssAnon")).expect("there");
    line.split_whitespace().nth(1).expect("a number").parse().expect("a number")
}

#[test]
fn blobs_stream_both_ways() {
    for format in FORMATS {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        let repo = Repo::init(&place, true, format, "main").expect("made");
        let piece = noise(1 << 20);
        let before = memory();
        let mut pack = PackWriter::new(&repo);
        let mut blob = pack.blob(100 << 20).expect("begun");
        let mut most = 0;
        for _ in 0..100 {
            blob.write_all(&piece).expect("written");
            most = most.max(memory());
        }
        assert!(blob.write_all(b"x").is_err(), "more than announced");
        let id = blob.finish().expect("finished");
        pack.finish().expect("finished");
        let mut reader = repo.blob_reader(id).expect("opened");
        let mut buffer = vec![0; 1 << 20];
        for _ in 0..100 {
            reader.read_exact(&mut buffer).expect("read");
            assert!(buffer == piece);
            most = most.max(memory());
        }
        assert_eq!(reader.read(&mut buffer).expect("the end"), 0);
        // Other tests run beside this one.
        assert!(most < before + (64 << 10), "{before} to {most} kB");
        sandbox.fsck(&place);
        assert_eq!(sandbox.git(&place, &["cat-file", "-s", &id.to_string()]), (100 << 20).to_string());
    }
}

#[test]
fn a_pack_does_not_depend_on_how_its_bytes_come() {
    let sandbox = Sandbox::new();
    let bytes = noise(5 << 20);
    let mut names = Vec::new();
    for (place, step) in [("a", 1_000_003), ("b", 77_777)] {
        let repo = Repo::init(&sandbox.path(place), true, ObjectFormat::Sha1, "main").expect("made");
        let mut pack = PackWriter::new(&repo);
        for length in [5 << 20, 3 << 20] {
            let mut blob = pack.blob(length as u64).expect("begun");
            bytes[..length].chunks(step).for_each(|chunk| blob.write_all(chunk).expect("written"));
            blob.finish().expect("finished");
        }
        // A blob that is not finished, and one that came before, leave no trace.
        pack.blob(6 << 20).expect("begun").write_all(&bytes).expect("written");
        let mut again = pack.blob(5 << 20).expect("begun");
        again.write_all(&bytes).expect("written");
        again.finish().expect("finished");
        assert_eq!(pack.len(), 2);
        let path = pack.finish().expect("finished").expect("a pack");
        names.push(path.file_name().expect("a name").to_owned());
        sandbox.fsck(&sandbox.path(place));
    }
    assert_eq!(names[0], names[1]);
}

#[test]
fn what_is_not_finished_leaves_nothing() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let listed = || fs::read_dir(place.join("objects/pack")).expect("listed").count();
    let mut pack = PackWriter::new(&repo);
    let id = pack.add(Kind::Blob, b"refused").expect("added");
    pack.blob(8 << 20).expect("begun").write_all(&noise(1 << 20)).expect("written");
    assert!(pack.blob(5).expect("begun").finish().is_err(), "fewer than announced");
    assert_eq!(listed(), 1);
    drop(pack);
    assert_eq!(listed(), 0);
    assert!(!repo.has(id));
    // What a kill leaves behind goes with git prune.
    fs::write(place.join("objects/pack/tmp_pack_killed"), "PACK").expect("written");
    sandbox.git(&place, &["prune", "--expire=now"]);
    assert_eq!(listed(), 0);
}

#[test]
fn what_the_repository_has_is_not_written_again() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let large = noise(5 << 20);
    let mut pack = PackWriter::new(&repo);
    pack.add(Kind::Blob, b"small").expect("added");
    pack.blob(large.len() as u64)
        .and_then(|mut blob| {
            blob.write_all(&large).expect("written");
            blob.finish()
        })
        .expect("written");
    pack.finish().expect("finished");
    let again = Repo::open(&place).expect("opened");
    let mut pack = PackWriter::new(&again);
    pack.add(Kind::Blob, b"small").expect("added");
    let mut blob = pack.blob(large.len() as u64).expect("begun");
    blob.write_all(&large).expect("written");
    blob.finish().expect("finished");
    assert!(pack.is_empty());
    assert_eq!(pack.finish().expect("finished"), None);
}

#[test]
fn small_packs_are_merged_and_nothing_is_lost() {
    for format in FORMATS {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        let repo = Repo::init(&place, true, format, "main").expect("made");
        let packs = || {
            let names = fs::read_dir(place.join("objects/pack")).expect("listed").flatten().map(|entry| entry.path());
            names.filter(|path| path.extension().is_some_and(|extension| extension == "pack")).count()
        };
        let mut ids = Vec::new();
        for run in 0..70 {
            let path = format!("runs/{run}/a");
            add(&repo, &[(&path, path.as_bytes())]).expect("added");
            ids.push(repo.resolve(&format!("main:{path}")).expect("found"));
            if run == 40 {
                let kept = fs::read_dir(place.join("objects/pack")).expect("listed").flatten();
                let kept = kept.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "pack"));
                fs::write(kept.expect("one").with_extension("keep"), "").expect("written");
            }
            repo.merge_small_packs();
        }
        assert!(packs() < 20, "{}", packs());
        sandbox.fsck(&place);
        for (run, id) in ids.iter().enumerate() {
            let bytes = repo.read_blob(*id, 100).expect("the open repository still finds it");
            assert_eq!(bytes, format!("runs/{run}/a").as_bytes());
        }
        let names = fs::read_dir(place.join("objects/pack")).expect("listed").flatten().map(|entry| entry.file_name());
        assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with("tmp_")));
    }
}
