//! Real packages get the verdict that they deserve, and the same certificate through every door.

mod support;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use batool::assess::assess;
use batool::git::Repo;
use batool::judge::{Options, Verdict};
use batool::package::Dialect;
use batool::source::{IndexSource, Limits, PackageSource, TreeSource, open_path};
use batool::summary;

use support::{copy, files, packages, shared};

/// What comes of a package: the verdict, the certificate, and the codes of the findings for a message.
struct Answer {
    verdict: Verdict,
    dialect: Dialect,
    certificate: Vec<u8>,
    codes: Vec<String>,
}

fn answer(source: &mut dyn PackageSource) -> Answer {
    let assessment = assess(source, &mut (), Limits::default(), Options::default()).expect("the package can be read");
    let findings = assessment.judgement.findings.iter();
    let codes = findings.map(|finding| format!("{}: {}", finding.code, finding.text())).collect();
    let (verdict, dialect) = (assessment.judgement.verdict, assessment.package.dialect);
    let certificate = assessment.certificate().to_bytes().expect("it is JSON");
    Answer { verdict, dialect, certificate, codes }
}

fn answer_at(path: &Path) -> Answer {
    answer(&mut *open_path(path, Limits::default()).expect("the package can be opened"))
}

/// A copy of the packages and stores, with the empty folders that git does not keep.
fn restored() -> Option<(tempfile::TempDir, Vec<PathBuf>)> {
    let data = shared("data")?;
    let place = tempfile::tempdir().expect("there is room");
    let mut found = Vec::new();
    for part in ["packages", "stores"] {
        copy(&data.join(part), &place.path().join(part));
        found.extend(packages(&place.path().join(part)));
    }
    for folder in fs::read_to_string(data.join("EMPTY_DIRS")).expect("the list is there").lines() {
        fs::create_dir_all(place.path().join(folder)).expect("there is room");
    }
    Some((place, found))
}

#[test]
fn every_package_of_the_real_producer_is_verified() {
    let Some((_place, packages)) = restored() else { return };
    assert!(packages.len() >= 27, "only {} packages", packages.len());
    for path in packages {
        let answer = answer_at(&path);
        assert_eq!(answer.verdict, Verdict::Verified, "{}: {:?}", path.display(), answer.codes);
        assert_eq!(answer.dialect, Dialect::FactGraph, "{}", path.display());
    }
}

#[test]
fn documented_packages_get_their_verdict() {
    let Some(root) = shared("data/documented") else { return };
    let expected = fs::read(root.join("expected.json")).expect("the list is there");
    let expected: serde_json::Value = serde_json::from_slice(&expected).expect("it is JSON");
    let expected = expected.as_object().expect("it is an object");
    assert!(expected.len() >= 18, "only {} packages", expected.len());
    for (name, wanted) in expected {
        let answer = answer_at(&root.join(name));
        assert_eq!(Some(answer.verdict.word()), wanted["verdict"].as_str(), "{name}: {:?}", answer.codes);
        // One fault is one finding; but a package that is of no dialect wholly breaks the rules of the one it is held to,
        // and where a ledger is listed elsewhere, the one that is there is listed nowhere.
        if !["stripped-marks", "path-escapes"].contains(&name.as_str()) {
            let findings = usize::from(answer.verdict != Verdict::Verified);
            assert_eq!(answer.codes.len(), findings, "{name}: {:?}", answer.codes);
        }
    }
}

/// Packages of all shapes, one with a file of an older producer, one with much that is not ASCII.
const SAMPLE: [&str; 5] = [
    "packages/derive-full",
    "packages/edge/authoring",
    "packages/inference",
    "packages/unicode-full",
    "stores/ledger/package-live",
];

#[test]
fn every_door_leads_to_the_same_certificate() {
    let Some((place, _)) = restored() else { return };
    for name in SAMPLE {
        let root = place.path().join(name);
        let wanted = answer_at(&root);
        assert_eq!(wanted.verdict, Verdict::Verified, "{name}");
        let outside = tempfile::tempdir().expect("there is room");
        let tar = tar(&root, "package");
        let flat = self::tar(&root, ".");
        let containers = [
            ("tar", tar.clone()),
            ("flat tar", flat),
            ("tar.gz", gzip(&tar)),
            ("tar.zst", ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest)),
            ("zip", zip(&root)),
        ];
        for (door, bytes) in containers {
            let path = outside.path().join(door);
            fs::write(&path, bytes).expect("there is room");
            same(&answer_at(&path), &wanted, &format!("{name} as {door}"));
        }
        let at = outside.path().join("repo");
        copy(&root, &at.join("runs/x/package"));
        git(&at, &["init", "-q"]);
        git(&at, &["add", "."]);
        let repo = Repo::open(&at).expect("it is a repository");
        let mut index = IndexSource::new(&repo, "runs/x/package", Limits::default()).expect("it is staged");
        same(&answer(&mut index), &wanted, &format!("{name} as staged"));
        git(&at, &["commit", "-qm", "one"]);
        fs::remove_dir_all(at.join("runs")).expect("it is there");
        let repo = Repo::open(&at).expect("it is a repository");
        let tree = repo.resolve("HEAD:runs/x/package").expect("it was committed");
        let mut tree =
            TreeSource::new(&repo, tree, "HEAD:runs/x/package".into(), Limits::default()).expect("it was committed");
        same(&answer(&mut tree), &wanted, &format!("{name} as committed"));
    }
}

#[track_caller]
fn same(answer: &Answer, wanted: &Answer, what: &str) {
    let text = |answer: &Answer| String::from_utf8_lossy(&answer.certificate).into_owned();
    assert!(answer.certificate == wanted.certificate, "{what}:\n{}\n{}", text(answer), text(wanted));
}

fn tar(root: &Path, inside: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all(inside, root).expect("the folder can be read");
    builder.into_inner().expect("a vector takes all")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

fn zip(root: &Path) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for path in files(root).iter().rev() {
        let name = path.strip_prefix(root).expect("it lies there").to_string_lossy();
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a fresh name");
        writer.write_all(&fs::read(path).expect("it can be read")).expect("a vector takes all");
    }
    writer.finish().expect("a vector takes all").into_inner()
}

fn git(at: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.arg("-C").arg(at).args(args).env_clear().env("PATH", std::env::var_os("PATH").expect("there is one"));
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", at);
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "a").env(format!("GIT_{role}_EMAIL"), "a@example.com");
    }
    assert!(git.status().expect("git runs").success(), "git {args:?}");
}

#[test]
fn the_certificate_names_files_as_sha256sum_does() {
    let Some((place, _)) = restored() else { return };
    let root = place.path().join(SAMPLE[0]);
    let command = "find . -type f | LC_ALL=C sort | xargs -d '\\n' -r sha256sum | sed 's#  \\./#  #' | sha256sum";
    let output = Command::new("sh").args(["-c", command]).current_dir(&root).output().expect("sh runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let certificate: serde_json::Value = serde_json::from_slice(&answer_at(&root).certificate).expect("it is JSON");
    assert_eq!(printed.split(' ').next(), certificate["subject"][0]["digest"]["dirHash"].as_str());
}

#[test]
fn summaries_have_their_layout() {
    let Some((place, packages)) = restored() else { return };
    for path in &packages {
        layout(&answer_at(path), &path.display().to_string());
    }
    // The same with findings: an extra file, and rows the wrong way round.
    let root = place.path().join(SAMPLE[0]);
    fs::write(root.join("audit/surprise.txt"), "x").expect("there is room");
    let ledger = root.join("audit/decision_log.jsonl");
    let text = fs::read_to_string(&ledger).expect("it can be read");
    let turned: Vec<_> = text.lines().rev().collect();
    fs::write(&ledger, turned.join("\n") + "\n").expect("there is room");
    let answer = answer_at(&root);
    assert_eq!(answer.verdict, Verdict::Reject);
    let summary = layout(&answer, "changed");
    let rows = turned.len() - 1;
    let findings = format!(
        "\n\nFindings:\n- R_FILE_UNLISTED x1 (first audit/surprise.txt)\n- R_ROW_ORDER x{rows} (first audit/decision_log.jsonl:2)\n"
    );
    assert!(summary.ends_with(&findings), "{summary}");
}

/// Checks the lines of a summary one by one against its certificate, and gives it.
fn layout(answer: &Answer, what: &str) -> String {
    let summary = summary::render(&answer.certificate).expect("it is a certificate");
    let certificate: serde_json::Value = serde_json::from_slice(&answer.certificate).expect("it is JSON");
    let predicate = &certificate["predicate"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let list = |name: &str| predicate[name].as_array().cloned().unwrap_or_default();
    let run = predicate["runId"].as_str().unwrap_or("unknown");
    let mut wanted = vec![
        "BATool Verification Summary".to_owned(),
        format!("Verdict: {}", answer.verdict.word()),
        format!("Run ID: {run}"),
        format!("Input Digest (sha256, dirHash): {}", text(&certificate["subject"][0]["digest"]["dirHash"])),
        String::new(),
        "Claims:".into(),
    ];
    let mut claims: Vec<_> =
        list("claims").iter().map(|claim| format!("- {}: {}", text(&claim["claim"]), text(&claim["text"]))).collect();
    if claims.is_empty() {
        claims.push("- none".into());
    }
    wanted.append(&mut claims);
    wanted.extend([String::new(), "Non-claims:".into()]);
    wanted.extend(list("nonClaims").iter().map(|non_claim| {
        let reasons: Vec<_> = non_claim["reasons"].as_array().into_iter().flatten().map(text).collect();
        format!("- {}: {}", text(&non_claim["claim"]), reasons.join(", "))
    }));
    if !list("findings").is_empty() {
        wanted.extend([String::new(), "Findings:".into()]);
    }
    wanted.extend(list("findings").iter().map(|finding| {
        let first = &finding["first"];
        let file = first["file"].as_str().unwrap_or("the package");
        let line = first["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        format!("- {} x{} (first {file}{line})", text(&finding["code"]), finding["count"])
    }));
    assert_eq!(summary, wanted.join("\n") + "\n", "{what}");
    summary
}
