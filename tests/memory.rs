//! How much memory there is changes no answer: what does not fit stands in temporary files, and is the same there.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use batool::assess::assess;
use batool::judge::Options;
use batool::source::{Limits, open_path};
use support::recipes::{fixtures, recipes};
use support::{files, shared};

/// The certificate, if what is kept of rows may take so much memory.
fn certificate(path: &Path, limits: Limits, memory: usize) -> String {
    let limits = Limits { memory, ..limits };
    let mut source = open_path(path, limits).unwrap();
    let assessment = assess(&mut *source, &mut (), limits, Options::default()).unwrap();
    String::from_utf8(assessment.certificate().to_bytes().unwrap()).unwrap()
}

fn is_same(path: &Path, limits: Limits) -> bool {
    let roomy = certificate(path, limits, usize::MAX);
    [0, 1 << 20].into_iter().all(|memory| {
        let tight = certificate(path, limits, memory);
        let first = roomy.lines().zip(tight.lines()).find(|(one, other)| one != other);
        first.is_none_or(|(one, other)| panic!("with {memory}: {}\n{other}\ninstead of\n{one}", path.display()))
    })
}

#[test]
fn good_packages_are_certified_alike() {
    let packages = fs::read_dir(fixtures().join("packages")).unwrap().map(|entry| entry.unwrap().path());
    assert!(packages.filter(|path| is_same(path, Limits::default())).count() > 5);
}

#[test]
fn faulty_packages_are_certified_alike() {
    for recipe in recipes() {
        let (_kept, path) = recipe.cook();
        assert!(is_same(&path, recipe.limits()));
    }
}

/// A faulty line here and there: repeated, dropped, exchanged with the one below, or with another digit in it.
fn spoil(path: &Path, every: usize) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for (n, at) in (every..lines.len()).step_by(every).enumerate() {
        match n % 5 {
            0 => lines[at] = lines[at].repeat(2),
            1 => lines[at].clear(),
            2 => lines.swap(at - 1, at),
            3 => lines[at] = lines[at].replacen('7', "8", 3),
            _ => lines[at] = lines[at].replacen("\"run_id\":\"", "\"run_id\":\"other", 1),
        }
    }
    fs::write(path, lines.concat()).unwrap();
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn a_large_package_is_certified_alike_whatever_is_wrong_with_it() {
    let Some(tool) = shared("tools").map(|tools| tools.join("scale_package.py")).filter(|tool| tool.is_file()) else {
        return eprintln!("SKIPPED: there is no ../shared/tools/scale_package.py");
    };
    let room = tempfile::tempdir().unwrap();
    let package = room.path().join("package");
    let made = Command::new("python3").arg(tool).args(["--rows", "8000", "--out"]).arg(&package).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return eprintln!("SKIPPED: python3 could not make a package");
    }
    assert!(is_same(&package, Limits::default()));
    // First the facts alone, which upset all ledgers, then everything.
    for (folder, every) in [("facts", 97), ("audit", 59)] {
        files(&package.join(folder)).iter().for_each(|path| spoil(path, every));
        assert!(is_same(&package, Limits::default()));
    }
}

#[test]
fn without_room_for_temporary_files_there_is_no_verdict() {
    let package = fixtures().join("packages/ok-full");
    let verify = |memory: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batool"));
        command.args(["verify", "--memory", memory]).arg(&package).env("TMPDIR", "/nowhere/at/all");
        command.output().unwrap()
    };
    let [roomy, tight] = ["1M", "0"].map(verify);
    assert_eq!((roomy.status.code(), tight.status.code()), (Some(0), Some(74)));
    assert!(tight.stdout.is_empty());
    let told = String::from_utf8(tight.stderr).unwrap();
    assert!(told.contains("cannot make a temporary file") && told.contains("allow more memory"), "{told}");
}
