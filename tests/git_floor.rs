//! The git floor, with git itself as the referee.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use batool::git::{Identity, Kind, Mode, Moved, NewCommit, ObjectFormat, PackWriter, Person, Repo, TreeEdit};

const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

struct Sandbox {
    place: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        Self { place: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn command(&self, at: &Path, args: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.arg("-C").arg(at).args(args).env_clear();
        git.env("PATH", std::env::var_os("PATH").expect("there is one")).env("HOME", self.place.path());
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "A U Thor").env(format!("GIT_{role}_EMAIL"), "a@example.com");
            git.env(format!("GIT_{role}_DATE"), "1700000000 +0000");
        }
        git
    }

    #[track_caller]
    fn git(&self, at: &Path, args: &[&str]) -> String {
        let output = self.command(at, args).output().expect("git runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "git {args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text.trim_end().to_owned()
    }

    #[track_caller]
    fn fsck(&self, at: &Path) {
        let output = self.command(at, &["fsck", "--strict", "--full", "--no-dangling"]).output().expect("git runs");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let complaints = text.lines().filter(|line| !line.starts_with("notice:")).collect::<Vec<_>>();
        assert!(output.status.success() && complaints.is_empty(), "fsck: {text}");
    }
}

fn person() -> Person {
    Person { name: b"A U Thor".into(), email: b"a@example.com".into(), time: "1700000000 +0000".into() }
}

fn identity() -> Identity {
    Identity { author: person(), committer: person() }
}

/// Puts blobs into the tree of `main` and moves it, as an add does.
fn add(repo: &Repo, files: &[(&str, &[u8])]) -> Result<Moved, batool::error::Error> {
    let old = repo.read_ref("refs/heads/main")?;
    let base = old.map(|id| repo.read_commit(id)).transpose()?.map(|commit| commit.tree);
    let mut pack = PackWriter::new(repo);
    let mut tree = TreeEdit::on(repo, base)?;
    for (path, bytes) in files {
        let id = pack.add(Kind::Blob, bytes)?;
        tree.put(path.as_bytes(), Mode::Blob, id)?;
    }
    let tree = tree.write(&mut pack)?;
    let parents = old.into_iter().collect::<Vec<_>>();
    let who = identity();
    let commit = NewCommit { tree, parents: &parents, message: "archive: add\n\nBatool-Run: x\n", who: &who };
    let commit = commit.write(repo, &mut pack)?;
    pack.finish()?;
    repo.compare_and_swap("refs/heads/main", old, commit, "add", &who.committer)
}

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
    sandbox.git(sandbox.place.path(), &["init", "-q", "r"]);
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

#[test]
fn a_lost_race_is_told_from_an_error() {
    for format in FORMATS {
        let sandbox = Sandbox::new();
        let place = sandbox.path("r");
        let repo = Repo::init(&place, true, format, "main").expect("made");
        add(&repo, &[("a", b"1")]).expect("added");
        let one = repo.read_ref("refs/heads/main").expect("read").expect("there");
        add(&repo, &[("a", b"2")]).expect("added");
        let two = repo.read_ref("refs/heads/main").expect("read").expect("there");
        let swap = |name: &str, old, new| repo.compare_and_swap(name, old, new, "m", &person()).expect("no error");
        assert_eq!(swap("refs/heads/main", Some(one), one), Moved::Lost { actual: Some(two) });
        assert_eq!(swap("refs/heads/main", None, one), Moved::Lost { actual: Some(two) });
        assert_eq!(swap("refs/heads/main", None, two), Moved::Lost { actual: Some(two) }, "even to the same value");
        assert_eq!(swap("refs/heads/gone", Some(one), two), Moved::Lost { actual: None });
        sandbox.git(&place, &["pack-refs", "--all"]);
        assert_eq!(swap("refs/heads/main", None, two), Moved::Lost { actual: Some(two) });
        assert_eq!(swap("refs/heads/main", Some(two), one), Moved::Moved);
        assert_eq!(sandbox.git(&place, &["rev-parse", "main"]), one.to_string());
        sandbox.fsck(&place);
    }
}

#[test]
fn a_lock_that_stays_is_named_with_what_to_do() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let lock = place.join("refs/heads/main.lock");
    fs::write(&lock, "").expect("written");
    let error = add(&repo, &[("a", b"1")]).expect_err("it is held");
    assert_eq!(error.doing(), "cannot move refs/heads/main");
    assert!(error.causes()[0].contains("main.lock"), "{error:?}");
    assert!(error.next_step().is_some_and(|hint| hint.contains("main.lock")));
}

#[test]
fn adds_from_many_threads_all_arrive() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let place = &place;
            scope.spawn(move || {
                let repo = Repo::open(place).expect("opened");
                for run in 0..10 {
                    let path = format!("runs/{thread}/{run}");
                    while add(&repo, &[(&path, path.as_bytes())]).expect("added") != Moved::Moved {}
                    repo.merge_small_packs();
                }
            });
        }
    });
    sandbox.fsck(&place);
    assert_eq!(sandbox.git(&place, &["rev-list", "--count", "main"]), "40");
    assert_eq!(sandbox.git(&place, &["ls-tree", "-r", "--name-only", "main"]).lines().count(), 40);
}

/// Deterministic bytes that hardly compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
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
fn damage_is_noticed_by_whoever_reads() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    for length in [10, 2 << 20] {
        let (right, wrong) = (noise(length), vec![b'x'; length]);
        fs::write(sandbox.path("wrong"), &wrong).expect("written");
        let put = sandbox.git(&place, &["hash-object", "-w", sandbox.path("wrong").to_str().expect("plain")]);
        let id = ObjectFormat::Sha1.id_of(Kind::Blob, &right).expect("hashed");
        let loose = |id: &str| place.join("objects").join(&id[..2]).join(&id[2..]);
        fs::create_dir_all(loose(&id.to_string()).parent().expect("one")).expect("made");
        fs::copy(loose(&put), loose(&id.to_string())).expect("copied");
        let mut reader = repo.blob_reader(id).expect("opened");
        let mut all = Vec::new();
        let fault = reader.read_to_end(&mut all).expect_err("noticed");
        assert_eq!(fault.kind(), std::io::ErrorKind::InvalidData);
        assert!(fault.to_string().contains("does not hash to its id"), "{fault}");
        assert!(all.len() < length, "the last bytes never come");
        assert!(reader.read(&mut [0]).is_err(), "and it stays broken");
        assert!(repo.read_blob(id, u64::MAX).is_err());
    }
}

#[test]
fn objects_that_git_packed_as_deltas_are_read() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let mut bytes = noise(3 << 20);
    add(&repo, &[("a", &bytes)]).expect("added");
    bytes.push(b'x');
    add(&repo, &[("a", &bytes)]).expect("added");
    sandbox.git(&place, &["repack", "-adFq", "--window=50"]);
    let deltas = sandbox.git(&place, &["cat-file", "--batch-check=%(deltabase)", "--batch-all-objects"]);
    assert!(deltas.lines().any(|base| base.bytes().any(|digit| digit != b'0')), "there is a delta");
    for rev in ["main:a", "main~1:a"] {
        let mut all = Vec::new();
        let id = repo.resolve(rev).expect("found");
        repo.blob_reader(id).expect("opened").read_to_end(&mut all).expect("read");
        assert!(bytes.starts_with(&all) && all.len() >= 3 << 20);
    }
}

#[test]
fn replacements_are_not_looked_at() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    add(&repo, &[("a", b"right"), ("b", b"wrong")]).expect("added");
    let id = repo.resolve("main:a").expect("found");
    sandbox.git(&place, &["replace", &id.to_string(), &repo.resolve("main:b").expect("found").to_string()]);
    sandbox.git(&place, &["config", "core.useReplaceRefs", "true"]);
    let repo = Repo::open(&place).expect("opened");
    assert_eq!(repo.read_blob(id, 100).expect("read"), b"right");
}

#[test]
fn repositories_that_are_not_safe_are_refused() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    sandbox.git(sandbox.place.path(), &["init", "-q", "--ref-format=reftable", "r"]);
    let error = Repo::open(&place).err().expect("refused");
    assert!(error.causes()[0].contains("reftable"), "{error:?}");
    assert!(Repo::discover(&place).is_err());
    assert!(Repo::open(&sandbox.path("nowhere")).is_err());

    let strange = sandbox.path("strange");
    Repo::init(&strange, true, ObjectFormat::Sha256, "main").expect("made");
    sandbox.git(&strange, &["config", "extensions.compatObjectFormat", "sha1"]);
    assert!(Repo::open(&strange).err().expect("refused").causes()[0].contains("compatobjectformat"));

    #[cfg(unix)]
    {
        let foreign = sandbox.path("foreign");
        Repo::init(&foreign, false, ObjectFormat::Sha1, "main").expect("made");
        let is_given = Command::new("chown").args(["-R", "12345:12345"]).arg(&foreign).status().expect("runs");
        if is_given.success() {
            let error = Repo::open(&foreign).err().expect("refused");
            assert!(error.next_step().is_some_and(|hint| hint.contains("safe.directory")), "{error:?}");
            assert!(Repo::discover(&foreign).is_err());
        }
    }
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

#[test]
fn git_moves_the_branch_where_a_hook_wants_to_be_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    let seen = sandbox.path("seen");
    let hook = place.join("hooks/reference-transaction");
    let script = |text: &str| {
        fs::write(&hook, format!("#!/bin/sh\n{text}\n")).expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    };
    script(&format!("cat >> {}", seen.display()));
    assert_eq!(add(&repo, &[("a", b"1")]).expect("added"), Moved::Moved);
    assert!(fs::read_to_string(&seen).expect("the hook ran").contains("refs/heads/main"));
    let tip = repo.read_ref("refs/heads/main").expect("read").expect("there");
    let lost = repo.compare_and_swap("refs/heads/main", None, tip, "m", &person()).expect("no error");
    assert_eq!(lost, Moved::Lost { actual: Some(tip) });
    script("test \"$1\" != prepared");
    let error = add(&repo, &[("a", b"2")]).expect_err("refused");
    assert!(error.causes()[0].starts_with("git says: "), "{error:?}");
    script("# batool hook\nexit 1");
    assert_eq!(add(&repo, &[("a", b"2")]).expect("ours is not asked"), Moved::Moved);
    sandbox.fsck(&place);
}

#[test]
fn a_branch_checked_out_elsewhere_is_found() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    add(&repo, &[("a", b"1")]).expect("added");
    let other = sandbox.path("other");
    sandbox.git(&place, &["worktree", "add", "-q", "-b", "side", other.to_str().expect("plain")]);
    let at = |repo: &Repo, branch: &str| repo.checked_out_elsewhere(branch).expect("listed");
    assert!(at(&repo, "refs/heads/side").is_some_and(|path| path.ends_with("other")));
    assert_eq!(at(&repo, "refs/heads/main"), None);
    let repo = Repo::open(&other).expect("opened");
    assert!(at(&repo, "refs/heads/main").is_some_and(|path| path.ends_with("r")));
    assert_eq!(at(&repo, "refs/heads/side"), None);
}

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

#[test]
fn identities_are_those_of_git() {
    // The environment wins over the configuration, and a process cannot safely change its own: run again without it.
    let roles = ["AUTHOR", "COMMITTER"].into_iter();
    let names: Vec<String> =
        roles.flat_map(|role| ["NAME", "EMAIL", "DATE"].map(|part| format!("GIT_{role}_{part}"))).collect();
    if names.iter().any(|name| std::env::var_os(name).is_some()) {
        let mut again = Command::new(std::env::current_exe().expect("this test runs"));
        again.args(["--exact", "identities_are_those_of_git"]);
        names.iter().for_each(|name| {
            again.env_remove(name);
        });
        assert!(again.status().expect("it runs").success());
        return;
    }
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    sandbox.git(&place, &["config", "user.name", " Some <One>. "]);
    sandbox.git(&place, &["config", "user.email", "one@example.com"]);
    let repo = Repo::open(repo.workdir().expect("one")).expect("opened");
    let who = repo.identity().expect("known");
    assert_eq!(who.author.name, b"Some One");
    assert_eq!(who.committer.email, b"one@example.com");
    assert!(!repo.signs_commits());
}

#[test]
fn a_flipped_bit_in_a_pack_is_noticed() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("r");
    let repo = Repo::init(&place, true, ObjectFormat::Sha1, "main").expect("made");
    for length in [1000, 2 << 20] {
        let mut pack = PackWriter::new(&repo);
        let id = pack.add(Kind::Blob, &noise(length)).expect("added");
        let path = pack.finish().expect("finished").expect("a pack");
        let mut bytes = fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::remove_file(&path).expect("removed");
        fs::write(&path, bytes).expect("written");
        let repo = Repo::open(&place).expect("opened");
        let mut all = Vec::new();
        let fault = repo.blob_reader(id).expect("opened").read_to_end(&mut all).expect_err("noticed");
        assert_eq!(fault.kind(), std::io::ErrorKind::InvalidData, "{fault}");
        assert!(repo.read_blob(id, u64::MAX).is_err());
    }
}

#[test]
fn signed_commits_are_those_that_git_verifies() {
    let sandbox = Sandbox::new();
    let key = sandbox.path("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    for format in FORMATS {
        let place = sandbox.path(format.name());
        let repo = Repo::init(&place, true, format, "main").expect("made");
        let public = fs::read_to_string(key.with_extension("pub")).expect("read");
        fs::write(sandbox.path("signers"), format!("a@example.com {public}")).expect("written");
        let (key, signers) = (key.display().to_string(), sandbox.path("signers").display().to_string());
        let settings = [
            ("commit.gpgsign", "true"),
            ("gpg.format", "ssh"),
            ("user.signingKey", &key),
            ("gpg.ssh.allowedSignersFile", &signers),
        ];
        let repo = repo.configure(&settings).expect("set");
        assert!(repo.signs_commits());
        add(&repo, &[("a", b"1")]).expect("added");
        sandbox.git(&place, &["verify-commit", "main"]);
        let tip = repo.resolve_commit("main").expect("found");
        assert!(repo.read_commit(tip).expect("read").is_signed);
        sandbox.fsck(&place);
        let repo = repo.configure(&[("user.signingKey", "/nowhere")]).expect("set");
        let error = add(&repo, &[("a", b"2")]).expect_err("no key");
        assert_eq!(error.doing(), "cannot sign a commit");
    }
}

/// Run by git as a hook, through [`hooks_see_what_git_shows_them`].
#[test]
#[ignore = "a hook, not a test"]
fn looks_from_a_hook() {
    let repo = Repo::discover_from_environment().expect("opened");
    let mut lines = String::new();
    std::io::stdin().read_to_string(&mut lines).expect("read");
    let mut seen = String::new();
    for line in lines.lines() {
        let id = batool::git::Id::from_hex(line.split(' ').nth(1).expect("a new value")).expect("an id");
        let commit = repo.read_commit(id).expect("what is pushed can be read");
        let file = repo.entry_at(commit.tree, b"d/f").expect("read").expect("there");
        let mut text = String::new();
        repo.blob_reader(file.id).expect("opened").read_to_string(&mut text).expect("read");
        seen.push_str(&text);
    }
    if !repo.is_bare() {
        for entry in repo.index().expect("read").entries() {
            seen.push_str(&format!("{} ", String::from_utf8_lossy(&entry.path)));
        }
    }
    fs::write(std::env::var_os("SEEN").expect("set"), seen).expect("written");
}

#[test]
fn hooks_see_what_git_shows_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let server = sandbox.path("server");
    let place = sandbox.path("r");
    Repo::init(&server, true, ObjectFormat::Sha1, "main").expect("made");
    Repo::init(&place, false, ObjectFormat::Sha1, "main").expect("made");
    let program = std::env::current_exe().expect("known");
    let script = format!("#!/bin/sh\nexec {} --exact looks_from_a_hook --ignored --quiet\n", program.display());
    for hook in [server.join("hooks/pre-receive"), place.join(".git/hooks/pre-commit")] {
        fs::write(&hook, &script).expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    }
    let seen = sandbox.path("seen");
    let git = |args: &[&str]| {
        let output = sandbox.command(&place, args).env("SEEN", &seen).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    fs::create_dir(place.join("d")).expect("made");
    fs::write(place.join("d/f"), "pushed").expect("written");
    fs::write(place.join("other"), "other").expect("written");
    git(&["add", "."]);
    git(&["commit", "-qm", "one", "d/f"]);
    assert_eq!(fs::read_to_string(&seen).expect("the hook ran"), "d/f ", "a commit of one path shows that alone");
    git(&["push", "-q", server.to_str().expect("plain"), "main"]);
    assert_eq!(fs::read_to_string(&seen).expect("the hook ran"), "pushed");
}
