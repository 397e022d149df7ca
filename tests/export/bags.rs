//! Bags: what a manifest states is so, of the payload and of the tag files, as other tools see it too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256, Sha512};

use crate::shared::{copy, files};
use crate::support::{Package, Sandbox, text};

/// A bag with tag files of all sorts.
fn bag(sandbox: &Sandbox) -> PathBuf {
    let archive = sandbox.archive("from", true, "sha1");
    sandbox.add(&archive, "run-7", &Package::documented("x", 2).with_empty("outputs/.work").with("100%.txt", "%\n"));
    let at = sandbox.path("bag");
    let args = ["export", "run-7", "--to", &text(&at), "--format", "bagit", "--with-certificate"].map(str::to_owned);
    sandbox.batool(&archive, &args.each_ref().map(String::as_str)).ends(0);
    at
}

fn sum(algorithm: &str, bytes: &[u8]) -> String {
    let sum = match algorithm {
        "sha256" => Sha256::digest(bytes).to_vec(),
        _ => Sha512::digest(bytes).to_vec(),
    };
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a manifest of these files.
fn manifest(bag: &Path, name: &str, algorithm: &str, wanted: impl Fn(&str) -> bool) {
    let mut lines = String::new();
    for file in files(bag) {
        let path = text(file.strip_prefix(bag).expect("it lies there"));
        if wanted(&path) {
            let sum = sum(algorithm, &fs::read(&file).expect("it is there"));
            lines.push_str(&format!("{sum}  {}\n", path.replace('%', "%25")));
        }
    }
    fs::write(bag.join(name), lines).expect("there is room");
}

fn is_payload(path: &str) -> bool {
    path.starts_with("data/")
}

fn is_tag(path: &str) -> bool {
    !is_payload(path) && !path.starts_with("tagmanifest-")
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(file).expect("it is there");
    let changed = change(text.clone());
    assert_ne!(changed, text, "{}", file.display());
    fs::write(file, changed).expect("there is room");
}

fn without(text: String, line: &str) -> String {
    text.lines().filter(|other| !other.contains(line)).map(|line| format!("{line}\n")).collect()
}

/// What the tool of its kind says of a bag; nothing where it is not there.
fn is_valid(bag: &Path) -> Option<bool> {
    let python = std::env::var_os("BATOOL_PYTHON").unwrap_or_else(|| "python3".into());
    let said = Command::new(python).args(["-m", "bagit", "--quiet", "--validate"]).arg(bag).output().ok()?;
    let talk = String::from_utf8_lossy(&said.stderr).into_owned();
    (!talk.contains("No module named bagit")).then(|| said.status.success())
}

type Change = fn(&Path);

#[test]
fn a_bag_that_is_not_what_its_manifests_state_is_refused() {
    let sandbox = Sandbox::new();
    let good = bag(&sandbox);
    let other = sandbox.archive("other", true, "sha1");
    let cases: [(&str, Change, &str); 14] = [
        ("info", |at| edit(&at.join("bag-info.txt"), |text| text.replace("run-7", "run-8")), "bag-info.txt"),
        ("declaration", |at| edit(&at.join("bagit.txt"), |text| text.replace("1.0", "0.9")), "bagit.txt"),
        ("manifest", |at| edit(&at.join("manifest-sha256.txt"), |text| format!("{text}\n")), "manifest-sha256.txt"),
        ("certificate", |at| edit(&at.join("certificate.json"), |text| format!("{text} ")), "it has the digest"),
        ("gone", |at| fs::remove_file(at.join("summary.txt")).expect("it is there"), "it is not there"),
        (
            "unlisted-manifest",
            |at| edit(&at.join("tagmanifest-sha256.txt"), |text| without(text, " manifest-sha256.txt")),
            "no digest is stated for it in tagmanifest-sha256.txt",
        ),
        (
            "unlisted-info",
            |at| edit(&at.join("tagmanifest-sha256.txt"), |text| without(text, "bag-info.txt")),
            "no digest is stated for it in tagmanifest-sha256.txt",
        ),
        (
            "climbing",
            |at| {
                fs::write(at.parent().expect("it has one").join("outside"), "x").expect("there is room");
                let line = format!("{}  ../outside\n", sum("sha256", b"x"));
                edit(&at.join("tagmanifest-sha256.txt"), |text| text + &line);
            },
            "../outside",
        ),
        (
            "itself",
            |at| {
                manifest(at, "tagmanifest-sha512.txt", "sha512", is_tag);
                let line = format!(
                    "{}  tagmanifest-sha512.txt\n",
                    sum("sha256", &fs::read(at.join("tagmanifest-sha512.txt")).expect("it is there"))
                );
                edit(&at.join("tagmanifest-sha256.txt"), |text| text + &line);
            },
            "as no manifest of tags may",
        ),
        (
            "second-manifest-is-wrong",
            |at| {
                manifest(at, "manifest-sha512.txt", "sha512", is_payload);
                edit(&at.join("manifest-sha512.txt"), |text| text.replacen(['0', '1', '2', '3'], "f", 1));
                manifest(at, "tagmanifest-sha256.txt", "sha256", is_tag);
            },
            "is stated",
        ),
        (
            "second-manifest-is-not-whole",
            |at| {
                manifest(at, "manifest-sha512.txt", "sha512", |path| {
                    is_payload(path) && !path.ends_with("manifest.json")
                });
                manifest(at, "tagmanifest-sha256.txt", "sha256", is_tag);
            },
            "no digest is stated for it in manifest-sha512.txt",
        ),
        (
            "second-manifest-is-unlisted",
            |at| manifest(at, "manifest-sha512.txt", "sha512", is_payload),
            "no digest is stated for it in tagmanifest-sha256.txt",
        ),
        (
            "second-tagmanifest-is-wrong",
            |at| {
                manifest(at, "tagmanifest-sha512.txt", "sha512", is_tag);
                edit(&at.join("tagmanifest-sha512.txt"), |text| text.replacen(['0', '1', '2', '3'], "f", 1));
            },
            "it has the digest",
        ),
        (
            "sha512-alone-is-wrong",
            |at| {
                fs::remove_file(at.join("manifest-sha256.txt")).expect("it is there");
                manifest(at, "manifest-sha512.txt", "sha512", is_payload);
                manifest(at, "tagmanifest-sha256.txt", "sha256", is_tag);
                edit(&at.join("data/manifest.json"), |text| format!("{text} "));
            },
            "it has the digest",
        ),
    ];
    for (name, change, words) in cases {
        let at = sandbox.path(name);
        copy(&good, &at);
        change(&at);
        let said = sandbox.batool(&other, &["archive", "add", &text(&at), "--as", "x", "--format", "json"]).ends(2);
        said.says(&["REJECT", "R_CONTAINER", words]);
    }
}

#[test]
fn a_bag_that_cannot_be_read_is_no_verdict() {
    let sandbox = Sandbox::new();
    let good = bag(&sandbox);
    let other = sandbox.archive("other", true, "sha1");
    let cases: [(&str, Change, &str); 5] = [
        ("line", |at| edit(&at.join("tagmanifest-sha256.txt"), |text| format!("{text}nonsense\n")), "is no digest"),
        ("short", |at| edit(&at.join("manifest-sha256.txt"), |text| text.replacen("  ", "0  ", 1)), "is no digest"),
        (
            "twice",
            |at| {
                let line = format!("{}  bagit.txt\n", "0".repeat(64));
                edit(&at.join("tagmanifest-sha256.txt"), |text| text + &line);
            },
            "twice",
        ),
        (
            "tag-in-the-manifest",
            |at| manifest(at, "manifest-sha256.txt", "sha256", |path| is_payload(path) || path == "bagit.txt"),
            "is no payload",
        ),
        (
            "weak",
            |at| fs::rename(at.join("manifest-sha256.txt"), at.join("manifest-md5.txt")).expect("it is there"),
            "neither that nor manifest-sha512.txt",
        ),
    ];
    for (name, change, words) in cases {
        let at = sandbox.path(name);
        copy(&good, &at);
        change(&at);
        let said = sandbox.batool(&other, &["archive", "add", &text(&at), "--as", "x"]).ends(74);
        assert!(said.err.contains("cannot take the package out of the bag"), "{}", said.err);
        assert!(said.err.contains(words), "{name}: {}", said.err);
    }
}

#[test]
fn what_a_bag_may_do_it_may_do() {
    let sandbox = Sandbox::new();
    let good = bag(&sandbox);
    let other = sandbox.archive("other", true, "sha1");
    let cases: [(&str, Change); 7] = [
        ("as-it-is", |_| {}),
        ("no-tagmanifest", |at| fs::remove_file(at.join("tagmanifest-sha256.txt")).expect("it is there")),
        ("a-note", |at| fs::write(at.join("notes.txt"), "mine").expect("there is room")),
        ("upper-case", |at| {
            let upper = |text: String| {
                text.lines()
                    .map(|line| {
                        let (sum, path) = line.split_once("  ").expect("it is a line of ours");
                        format!("{}\t *{path}\r\n", sum.to_uppercase())
                    })
                    .collect()
            };
            edit(&at.join("manifest-sha256.txt"), upper);
            manifest(at, "tagmanifest-sha256.txt", "sha256", is_tag);
            edit(&at.join("tagmanifest-sha256.txt"), upper);
        }),
        ("both", |at| {
            manifest(at, "manifest-sha512.txt", "sha512", is_payload);
            manifest(at, "tagmanifest-sha512.txt", "sha512", is_tag);
            manifest(at, "tagmanifest-sha256.txt", "sha256", is_tag);
        }),
        ("sha512", |at| {
            fs::remove_file(at.join("manifest-sha256.txt")).expect("it is there");
            fs::remove_file(at.join("tagmanifest-sha256.txt")).expect("it is there");
            manifest(at, "manifest-sha512.txt", "sha512", is_payload);
            manifest(at, "tagmanifest-sha512.txt", "sha512", is_tag);
        }),
        ("weaker-beside", |at| {
            fs::write(at.join("tagmanifest-md5.txt"), "").expect("there is room");
        }),
    ];
    for (name, change) in cases {
        let at = sandbox.path(name);
        copy(&good, &at);
        change(&at);
        sandbox.batool(&other, &["archive", "add", &text(&at)]).ends(0).says(&["run-7"]);
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn bags_of_the_tool_of_their_kind_are_read_and_what_it_refuses_is_refused() {
    const MAKE: &str = "import bagit, sys; bagit.make_bag(sys.argv[1], {'Contact-Name': 'N'}, \
                        checksums=sys.argv[2].split(',') if sys.argv[2] else None)";
    let sandbox = Sandbox::new();
    if is_valid(&bag(&sandbox)).is_none() {
        return eprintln!("skipped: there is no bagit for this python3 (set BATOOL_PYTHON)");
    }
    let python = std::env::var_os("BATOOL_PYTHON").unwrap_or_else(|| "python3".into());
    let archive = sandbox.archive("other", true, "sha1");
    for sums in ["", "sha256", "sha512", "md5,sha256"] {
        let name = format!("bag-{}", sums.replace(',', "-"));
        sandbox
            .folder(&name, &Package::documented("x", 2).with("100%.txt", "%\n").with("outputs/Größe 日本.txt", "ü\n"));
        let at = sandbox.path(&name);
        let made = Command::new(&python).args(["-c", MAKE]).arg(&at).arg(sums).output().expect("it runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        assert_eq!(is_valid(&at), Some(true));
        sandbox.batool(&archive, &["archive", "add", &text(&at), "--as", "good"]).ends(0);
        for file in files(&at) {
            let path = text(file.strip_prefix(&at).expect("it lies there"));
            // Its own sums are what the tool goes by; weaker ones are nothing to us.
            if path.starts_with("tagmanifest-") || path.contains("md5") {
                continue;
            }
            let bytes = fs::read(&file).expect("it is there");
            fs::write(&file, [&bytes[..], b"\n"].concat()).expect("there is room");
            assert_eq!(is_valid(&at), Some(false), "{path}");
            sandbox.batool(&archive, &["archive", "add", &text(&at), "--as", "bad"]).ends(2);
            fs::write(&file, bytes).expect("there is room");
        }
    }
}
