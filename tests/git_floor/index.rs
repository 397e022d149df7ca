//! The index follows, and what the user staged stays.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use batool::git::{Kind, Moved, ObjectFormat, Repo};

use crate::support::*;

/// Writes files into the work tree and commits them as an archive does: files, branch, index.
fn keep(repo: &Repo, files: &[(&str, &[u8])]) {
    let mut lock = repo.lock_index();
    for (path, bytes) in files {
        let file = repo.workdir().expect("there is one").join(path);
        fs::create_dir_all(file.parent().expect("one")).expect("made");
        fs::write(file, bytes).expect("written");
    }
    assert_eq!(add(repo, files).expect("added"), Moved::Moved);
    let ids = files
        .iter()
        .map(|(path, bytes)| (path.as_bytes(), repo.object_format().id_of(Kind::Blob, bytes).expect("hashed")));
    lock.add(ids).expect("staged");
    lock.commit().expect("committed");
}

trait LockIndex {
    fn lock_index(&self) -> batool::git::IndexLock;
}

impl LockIndex for Repo {
    fn lock_index(&self) -> batool::git::IndexLock {
        batool::git::IndexLock::take(self, None).expect("free")
    }
}

#[test]
fn the_index_follows_and_what_is_the_users_stays() {
    for format in FORMATS {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        let repo = Repo::init(&place, false, format, "main").expect("made");
        let status = || sandbox.git(&place, &["status", "--porcelain", "-uall"]);
        keep(&repo, &[("runs/a/package/x", b"1\r\n"), ("runs/a-b", b"sorts before a/"), ("empty", b"")]);
        assert_eq!(status(), "");
        // Staged, changed after staging (in the same second), and unknown files of the user.
        fs::write(place.join("staged"), "s").expect("written");
        fs::write(place.join("racy"), "1").expect("written");
        sandbox.git(&place, &["add", "staged", "racy"]);
        fs::write(place.join("racy"), "2").expect("written");
        fs::write(place.join("loose"), "l").expect("written");
        let before = status();
        assert_eq!(before, "AM racy\nA  staged\n?? loose");
        keep(&repo, &[("runs/b/package/x", b"2")]);
        assert_eq!(status(), before);
        keep(&repo, &[("runs/b/package/x", b"3")]);
        assert_eq!(status(), before);
        // Git's own commit of what is staged holds exactly that, so no stale tree was left in the index.
        sandbox.git(&place, &["commit", "-qm", "mine"]);
        assert_eq!(sandbox.git(&place, &["diff", "--name-only", "HEAD~1", "HEAD"]), "racy\nstaged");
        sandbox.fsck(&place);

        let staged = repo.index().expect("read");
        let below = staged.below(b"runs/a").map(|entry| entry.path.clone()).collect::<Vec<_>>();
        assert_eq!(below, [b"runs/a/package/x".to_vec()]);
        assert_eq!(staged.below(b"").count(), staged.entries().len());
        assert!(staged.unmerged().is_empty());
    }
}

#[test]
fn a_held_index_is_not_touched() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    keep(&repo, &[("a/b", b"1")]);
    let index = fs::read(place.join(".git/index")).expect("read");
    let mut lock = repo.lock_index();
    let error = batool::git::IndexLock::take(&repo, None).err().expect("held");
    assert!(error.causes()[0].contains("index.lock"), "{error:?}");
    let id = repo.object_format().id_of(Kind::Blob, b"1").expect("hashed");
    assert!(lock.add([(&b"a"[..], id)]).is_err(), "a directory is there");
    assert!(lock.add([(&b"a/b/c"[..], id)]).is_err(), "a file is there");
    lock.remove([&b"a/b"[..]]);
    lock.prepare().expect("prepared");
    drop(lock);
    assert_eq!(fs::read(place.join(".git/index")).expect("read"), index);
    let mut lock = repo.lock_index();
    lock.remove([&b"a/b"[..]]);
    lock.commit().expect("committed");
    assert_eq!(sandbox.git(&place, &["status", "--porcelain"]), "D  a/b\n?? a/");
    assert!(!place.join(".git/index.lock").exists());
    assert!(
        batool::git::IndexLock::take(
            &Repo::init(&sandbox.path("bare"), true, ObjectFormat::Sha1, "main").expect("made"),
            None
        )
        .is_err()
    );
}

/// The tree of the index by git, from the entries alone.
fn tree_of_entries(sandbox: &Sandbox, place: &Path) -> String {
    use std::io::Write as _;
    let entries = sandbox.git(place, &["ls-files", "-s", "-z"]);
    let fresh = sandbox.path("fresh-index");
    let _ = fs::remove_file(&fresh);
    let mut git = sandbox.command(place, &["update-index", "-z", "--index-info"]);
    let mut git = git.env("GIT_INDEX_FILE", &fresh).stdin(Stdio::piped()).spawn().expect("git runs");
    git.stdin.take().expect("piped").write_all(entries.as_bytes()).expect("written");
    assert!(git.wait().expect("it ends").success());
    let output = sandbox.command(place, &["write-tree"]).env("GIT_INDEX_FILE", &fresh).output().expect("git runs");
    String::from_utf8(output.stdout).expect("hex").trim().to_owned()
}

#[test]
fn the_staged_tree_is_gits_whatever_the_index_looks_like() {
    for (format, version) in [("sha1", "2"), ("sha1", "4"), ("sha256", "2"), ("sha256", "4")] {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        sandbox.git(&sandbox.path(""), &["init", "-q", "-b", "main", "--object-format", format, "r"]);
        sandbox.git(&place, &["config", "index.version", version]);
        let repo = Repo::open(&place).expect("opened");
        let same = |what: &str| {
            let expected = tree_of_entries(&sandbox, &place);
            assert_eq!(repo.staged_tree().expect("made").to_string(), expected, "{format}, version {version}: {what}");
            assert_eq!(sandbox.git(&place, &["write-tree"]), expected, "{format}, version {version}: {what}, by git");
        };
        same("nothing staged");
        keep(&repo, &[("runs/a/package/x", b"1"), ("runs/a-b", b"2"), ("top", b""), ("runs/d/e/f", b"3")]);
        same("trees that nobody made yet");
        sandbox.git(&place, &["commit", "-qm", "one", "--allow-empty"]);
        same("all trees there");
        keep(&repo, &[("runs/b/package/x", b"4"), ("runs/a/package/x", b"5")]);
        same("some trees forgotten");
        sandbox.git(&place, &["commit", "-qm", "two", "--allow-empty"]);
        let mut lock = repo.lock_index();
        lock.remove([&b"runs/d/e/f"[..]]);
        lock.commit().expect("committed");
        same("a directory gone");
        fs::write(place.join("n".repeat(200)), "long").expect("written");
        sandbox.git(&place, &["add", "."]);
        sandbox.git(&place, &["commit", "-qm", "three"]);
        same("after git's own commit");
        fs::write(place.join("later"), "").expect("written");
        sandbox.git(&place, &["add", "--intent-to-add", "later"]);
        assert_eq!(repo.staged_tree().expect("made").to_string(), sandbox.git(&place, &["write-tree"]));
        sandbox.git(&place, &["rm", "-q", "--cached", "later"]);
        sandbox.git(&place, &["update-index", "--split-index"]);
        same("split");
    }
}

#[test]
fn what_stands_in_conflict_has_no_tree() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    keep(&repo, &[("f", b"1")]);
    sandbox.git(&place, &["checkout", "-q", "-b", "side"]);
    fs::write(place.join("f"), "side").expect("written");
    sandbox.git(&place, &["commit", "-qam", "side"]);
    sandbox.git(&place, &["checkout", "-q", "main"]);
    fs::write(place.join("f"), "main").expect("written");
    sandbox.git(&place, &["commit", "-qam", "main"]);
    assert!(!sandbox.command(&place, &["merge", "-q", "side"]).output().expect("git runs").status.success());
    let error = repo.staged_tree().expect_err("there is a conflict");
    assert_eq!(error.doing(), "cannot make a tree of what is staged");
}

#[test]
fn an_index_that_holds_two_trees_has_the_one_that_git_takes() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    let mut trees = Vec::new();
    for text in ["1", "2"] {
        fs::write(place.join("f"), text).expect("written");
        sandbox.git(&place, &["add", "f"]);
        sandbox.git(&place, &["commit", "-qm", text]);
        trees.push(repo.staged_tree().expect("made"));
    }
    let plain = fs::read(place.join(".git/index")).expect("read");
    let more = [b"TREE\0\0\0\x19\x001 0\n", trees[0].as_bytes(), &[0; 20]].concat();
    fs::write(place.join(".git/index"), [&plain[..plain.len() - 20], &more].concat()).expect("written");
    let taken = sandbox.git(&place, &["write-tree"]);
    assert_eq!(repo.staged_tree().expect("made").to_string(), taken);
    assert_eq!(taken, trees[0].to_string(), "git takes the last");
    // Where git notes the end of the entries, it begins there.
    fs::write(place.join(".git/index"), plain).expect("written");
    sandbox.git(&place, &["config", "index.threads", "2"]);
    sandbox.git(&place, &["config", "index.recordEndOfIndexEntries", "true"]);
    sandbox.git(&place, &["update-index", "--force-write-index"]);
    let noted = fs::read(place.join(".git/index")).expect("read");
    assert!(noted.windows(4).any(|word| word == b"EOIE"));
    assert_eq!(repo.staged_tree().expect("made"), trees[1]);
}
