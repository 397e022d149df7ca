//! Bundles that are damaged, or of something else, are refused with a reason, and leave nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Package, Sandbox, Snapshot, run, text};

/// An archive to add to, with a temporary folder of its own, and what it was like before.
struct Place {
    sandbox: Sandbox,
    archive: PathBuf,
    folder: PathBuf,
    before: Option<Snapshot>,
}

impl Place {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("to", true, "sha1");
        let folder = sandbox.path("temporary");
        fs::create_dir(&folder).expect("there is room");
        let mut place = Self { sandbox, archive, folder, before: None };
        place.refuses("none", b"", &["cannot open the bundle"]);
        place.before = Some(Snapshot::of(&place.archive));
        place
    }

    fn from(&self, format: &str) -> PathBuf {
        let from = self.sandbox.archive("from", false, format);
        self.sandbox.add(&from, "nightly/run-7", &Package::documented("x", 2).with_empty("outputs/.work"));
        from
    }

    fn bundle(&self, from: &Path, what: &[&str]) -> Vec<u8> {
        let to = self.sandbox.path("made.bundle");
        let words = [&["bundle", "create", "-q", to.to_str().expect("it is text")][..], what].concat();
        self.sandbox.git(from, &words);
        fs::read(to).expect("git made it")
    }

    #[track_caller]
    fn refuses(&self, name: &str, bundle: &[u8], words: &[&str]) {
        let file = self.sandbox.path(&format!("{name}.bundle"));
        fs::write(&file, bundle).expect("there is room");
        let mut command = self.sandbox.command(&self.archive, &["archive", "add", &text(&file)]);
        let said = run(command.env("TMPDIR", &self.folder)).fails(&["cannot open the bundle"]);
        words.iter().for_each(|word| assert!(said.err.contains(word), "{name}: {word:?} is not in: {}", said.err));
        assert!(!said.err.contains(&text(&self.folder)), "{name}: {}", said.err);
        assert_eq!(fs::read_dir(&self.folder).expect("it is there").count(), 0, "{name} left something behind");
        if let Some(before) = &self.before {
            assert_eq!(before.differences(&Snapshot::of(&self.archive)), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn a_bundle_with_any_byte_changed_or_the_end_cut_off_is_refused() {
    for format in ["sha1", "sha256"] {
        let place = Place::new();
        let from = place.from(format);
        let whole = place.bundle(&from, &["main"]);
        let header = whole.windows(6).position(|bytes| bytes == b"\n\nPACK").expect("it has a pack");
        let flips = (0..header).step_by(7).chain((header..whole.len()).step_by(whole.len() / 24));
        for at in flips.chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            place.refuses(&format!("byte {at}"), &changed, &[]);
        }
        for length in [1, 20, header, header + 2, header + 9, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
            place.refuses(&format!("first {length}"), &whole[..length], &[]);
        }
        let file = place.sandbox.path("whole.bundle");
        fs::write(&file, &whole).expect("there is room");
        place.sandbox.batool(&place.archive, &["archive", "add", &text(&file)]).ends(0).says(&["added nightly/run-7"]);
    }
}

#[test]
fn a_bundle_of_something_else_is_refused() {
    let place = Place::new();
    let from = place.from("sha1");
    let git = |words: &[&str]| place.sandbox.git(&from, words);
    place.refuses("text", b"no bundle", &["cannot read the bundle"]);
    // Not all that it needs.
    place.sandbox.add(&from, "nightly/run-8", &Package::documented("y", 2));
    place.refuses("thin", &place.bundle(&from, &["main", "^main~1"]), &["cannot read the bundle"]);
    let objects: Vec<String> = git(&["rev-list", "--objects", "main"]).lines().map(str::to_owned).collect();
    let lost = objects.iter().find(|line| line.ends_with("manifest.json")).expect("a package has one");
    let kept: String = objects.iter().filter(|line| *line != lost).map(|line| format!("{}\n", &line[..40])).collect();
    let mut pack = place.sandbox.program("git", &from, &["pack-objects", "--stdout", "-q"]);
    let packed = place.sandbox.path("packed");
    pack.stdout(fs::File::create(&packed).expect("there is room"));
    feed(pack, kept.as_bytes());
    let with = |refs: &[&str], pack: &[u8]| {
        let id = git(&["rev-parse", "main"]);
        let lines: String = refs.iter().map(|name| format!("{id} {name}\n")).collect();
        [b"# v2 git bundle\n", lines.as_bytes(), b"\n", pack].concat()
    };
    place.refuses("lost", &with(&["refs/heads/main"], &fs::read(packed).expect("git made it")), &["cannot read the"]);
    // Other references.
    let whole = place.bundle(&from, &["main"]);
    let pack = &whole[whole.windows(6).position(|bytes| bytes == b"\n\nPACK").expect("it has a pack") + 2..];
    for (name, refs, words) in [
        ("other-branch", &["refs/heads/other"][..], "it holds no archive: its branch refs/heads/main is not there"),
        ("two-branches", &["refs/heads/main", "refs/heads/other"], "it holds 2 branches"),
        ("tag", &["refs/tags/main"], "it holds 0 branches"),
        ("head", &["HEAD"], "it holds 0 branches"),
        ("climbing", &["refs/heads/../../main"], "cannot"),
        ("option", &["refs/heads/--upload-pack=x"], "cannot"),
        ("empty", &["refs/heads/"], "cannot"),
    ] {
        place.refuses(name, &with(refs, pack), &[words]);
    }
    // No archive inside.
    git(&["switch", "-q", "--orphan", "plain"]);
    git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    place.refuses("plain", &place.bundle(&from, &["plain"]), &["it holds no archive", "batool archive bundle"]);
    fs::write(from.join("batool.toml"), "nonsense").expect("there is room");
    git(&["add", "-f", "batool.toml"]);
    git(&["commit", "-q", "--no-verify", "-m", "x"]);
    place.refuses("nonsense", &place.bundle(&from, &["plain"]), &["it holds no archive", "batool.toml"]);
}

fn feed(mut command: std::process::Command, bytes: &[u8]) {
    use std::io::Write as _;
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().expect("git runs");
    child.stdin.take().expect("it is piped").write_all(bytes).expect("it listens");
    assert!(child.wait().expect("it ends").success());
}
