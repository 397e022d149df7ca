//! The same log through every door: a file, compressed, a stream, a tar, an archive. And the program around it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use flate2::write::GzEncoder;
use serde_json::Value;

fn batool(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batool"));
    command.current_dir(folder).args(arguments).env_remove("BATOOL_ARCHIVE").env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("TZ", "UTC");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@example.org");
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    batool(folder, arguments).output().unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events").join(name)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A folder with the good log in a folder of its own.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("run-7")).unwrap();
    fs::write(place.path().join("run-7/events.jsonl"), fixture("ok-run.jsonl")).unwrap();
    place
}

#[test]
fn the_form_of_the_original_tool_works() {
    let place = place();
    let arguments =
        ["verify", "--input", "run-7/events.jsonl", "--out", "certificate.json", "--human", "summary.txt", "--strict"];
    assert_eq!(ends(&run(place.path(), &arguments), 0), "");
    let summary = fs::read_to_string(place.path().join("summary.txt")).unwrap();
    assert!(summary.starts_with("BATool Verification Summary\nVerdict: VERIFIED\nRun ID: run-ok-001\n"), "{summary}");
    let certificate: Value = serde_json::from_slice(&fs::read(place.path().join("certificate.json")).unwrap()).unwrap();
    let told = &certificate["predicate"];
    assert_eq!((&told["kind"], &told["options"]["profile"]), (&"event-log".into(), &"core".into()));
    assert_eq!(certificate["subject"][0]["name"], "events.jsonl");
    assert_eq!(told["run"]["worldSize"], 2);
    assert_eq!(told["claims"][0]["value"]["end_step"], "5");
    assert_eq!(told["claims"][0]["value"]["steps"], 5);
}

#[test]
fn an_answer_goes_where_a_link_leads_and_replaces_no_device() {
    let place = place();
    let at = |name: &str| place.path().join(name);
    std::os::unix::fs::symlink("/dev/null", at("nowhere")).unwrap();
    std::os::unix::fs::symlink("certificate.json", at("latest")).unwrap();
    fs::write(at("certificate.json"), "older").unwrap();
    let arguments = ["verify", "--input", "run-7/events.jsonl", "--out", "latest", "--human", "nowhere"];
    assert_eq!(ends(&run(place.path(), &arguments), 0), "");
    for (link, target) in [("nowhere", "/dev/null"), ("latest", "certificate.json")] {
        assert_eq!(fs::read_link(at(link)).unwrap(), Path::new(target));
    }
    let certificate = fs::read(at("certificate.json")).unwrap();
    assert!(serde_json::from_slice::<Value>(&certificate).is_ok(), "{}", String::from_utf8_lossy(&certificate));
    let arguments = ["verify", "--input", "run-7/events.jsonl", "--out", "/dev/stdout", "--human", "nowhere"];
    assert_eq!(ends(&run(place.path(), &arguments), 0).as_bytes(), certificate);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn endings_are_verdicts_or_64_or_74() {
    let place = place();
    let torn = [fixture("ok-plain.jsonl"), b"{".to_vec()].concat();
    fs::write(place.path().join("torn.log"), &torn).unwrap();
    ends(&run(place.path(), &["verify", "--input", "torn.log"]), 1);
    ends(&run(place.path(), &["verify", "--input", "torn.log", "--strict"]), 2);
    ends(&run(place.path(), &["verify", "torn.log", "--kind", "event-log"]), 1);
    ends(&run(place.path(), &["verify", "--input", "none.jsonl", "--out", "c.json"]), 74);
    ends(&run(place.path(), &["verify", "run-7", "--kind", "audit-package"]), 74);
    ends(&run(place.path(), &["verify", "--input", "torn.log", "--expect-digest", "xyz"]), 64);
    ends(&run(place.path(), &["verify", "--input", "torn.log", "--skew-tolerance-ns", "-1"]), 64);
    let digest = "28b334480d810b26b793afeb10401549c1c48ea5dfc99d3df484710d73e6452e";
    ends(&run(place.path(), &["verify", "run-7/events.jsonl", "--expect-digest", digest]), 0);
    ends(&run(place.path(), &["verify", "torn.log", "--kind", "event-log", "--expect-digest", digest]), 2);
    assert!(!place.path().join("c.json").exists());
}

#[test]
fn every_door_gives_the_same_certificate() {
    let place = place();
    let (folder, log) = (place.path(), fixture("ok-run.jsonl"));
    fs::write(folder.join("a.jsonl.gz"), gzip(&log)).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(log.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "run-7/events.jsonl", log.as_slice()).unwrap();
    fs::write(folder.join("run-7.tar.gz"), gzip(&tar.into_inner().unwrap())).unwrap();
    let wanted = ends(&run(folder, &["verify", "--format", "json", "run-7/events.jsonl"]), 0);
    for source in ["a.jsonl.gz", "run-7", "run-7.tar.gz"] {
        assert_eq!(ends(&run(folder, &["verify", "--format", "json", source]), 0), wanted, "{source}");
    }
    for bytes in [log.clone(), gzip(&log)] {
        let mut command = batool(folder, &["verify", "--format", "json", "-", "--id-memory", "0"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert_eq!(ends(&child.wait_with_output().unwrap(), 0), wanted);
    }
}

#[test]
fn a_compressed_log_that_breaks_off_is_rejected() {
    let place = place();
    let packed = gzip(&fixture("ok-run.jsonl"));
    fs::write(place.path().join("a.jsonl.gz"), &packed[..packed.len() - 20]).unwrap();
    let said = ends(&run(place.path(), &["verify", "a.jsonl.gz"]), 2);
    assert!(said.contains("- R_CONTAINER x1 (first line 0)"), "{said}");
    ends(&run(place.path(), &["archive", "add", "a.jsonl.gz", "--as", "a", "--init", "--archive", "here"]), 2);
}

#[test]
fn an_archive_keeps_logs_as_it_keeps_packages() {
    let place = place();
    let folder = place.path();
    ends(&run(folder, &["archive", "init", "here"]), 0);
    let at = |arguments: &[&str]| run(folder, &[arguments, &["--archive", "here"]].concat());
    let said = ends(&at(&["archive", "add", "run-7/events.jsonl"]), 0);
    assert!(said.starts_with("added run-7 (VERIFIED)"), "{said}");
    assert_eq!(fs::read(folder.join("here/runs/run-7/package/events.jsonl")).unwrap(), fixture("ok-run.jsonl"));
    fs::write(folder.join("b.jsonl.gz"), gzip(&fixture("ok-plain.jsonl"))).unwrap();
    ends(&at(&["archive", "add", "b.jsonl.gz", "--as", "nightly/b"]), 0);
    let said = ends(&at(&["archive", "add", "run-7"]), 0);
    assert!(said.starts_with("already there run-7"), "{said}");
    fs::write(folder.join("run-7/events.jsonl"), fixture("ok-plain.jsonl")).unwrap();
    ends(&at(&["archive", "add", "run-7"]), 74);
    let listed = ends(&at(&["archive", "list", "--format", "json"]), 0);
    assert_eq!(listed.matches(r#""kind":"event-log""#).count(), 2, "{listed}");
    let shown = ends(&at(&["archive", "show", "run-7"]), 0);
    assert!(shown.contains("useful_compute_floor: 5 steps") && shown.contains("  events.jsonl\n"), "{shown}");
    assert!(shown.contains("tamper_evidence: chain, seal"), "the policy's profile is full: {shown}");
    ends(&at(&["verify", "run:nightly/b"]), 0);
    let report = ends(&at(&["archive", "verify"]), 0);
    assert!(report.contains("Runs: re-read 2 of 2, 2 without a finding"), "{report}");
    // A log that the policy refuses leaves nothing behind.
    fs::write(folder.join("bad.jsonl"), b"x\n").unwrap();
    ends(&at(&["archive", "add", "bad.jsonl", "--as", "bad"]), 2);
    assert!(!folder.join("here/runs/bad").exists());
}

#[test]
fn a_changed_log_in_an_archive_is_noticed() {
    let place = place();
    let folder = place.path();
    ends(&run(folder, &["archive", "add", "run-7/events.jsonl", "--init", "--archive", "here"]), 0);
    let path = folder.join("here/runs/run-7/package/events.jsonl");
    fs::write(&path, fixture("ok-plain.jsonl")).unwrap();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder.join("here")).args(["-c", "user.name=x", "-c", "user.email=x@example.org"]);
        assert!(command.args(arguments).output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["commit", "-qam", "nothing to see"]);
    let said = ends(&run(folder, &["archive", "verify", "--archive", "here"]), 2);
    assert!(said.contains("R_CERTIFICATE_MISMATCH"), "{said}");
}
