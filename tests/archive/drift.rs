//! Checks against a baseline: what is harmless passes, what regressed does not, in every form.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Package, Said, Sandbox, shared, text};

/// A run of some system: other seeds give other ids of runs and other outputs, and say the same.
pub(crate) fn etl(seed: &str, rows: usize) -> Package {
    let mut package = Package::documented(seed, rows);
    let path = "audit/run_ledger.jsonl".to_owned();
    let text = String::from_utf8(package.files[&path].clone()).expect("it is text");
    let trace = format!("\"trace_id\":\"{seed}\"");
    assert!(text.contains(&trace), "{text}");
    package.files.insert(path, text.replace(&trace, "\"trace_id\":\"t\"").into_bytes());
    package
}

/// An archive with the run `nightly/etl` of five accepted candidates, and the baseline v1 of it.
fn released(drift: &str) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "nightly/etl", &etl("first", 5));
    let policy = sandbox.path("drift.toml");
    fs::write(&policy, drift).expect("there is room");
    sandbox.batool(&archive, &["baseline", "create", "v1", "nightly/etl", "--drift", &text(&policy)]).ends(0);
    (sandbox, archive)
}

/// The same run with one candidate that is not accepted any more.
pub(crate) fn regressed() -> Package {
    let mut package = etl("second", 5);
    for (file, id) in [("accept_write_ledger", "c2"), ("decision_log", "c2"), ("run_ledger", "a2")] {
        let path = format!("audit/{file}.jsonl");
        let rows = String::from_utf8(package.files[&path].clone()).expect("it is text");
        let kept: String =
            rows.lines().filter(|row| !row.contains(&format!("\"{id}\""))).map(|row| format!("{row}\n")).collect();
        assert_ne!(rows, kept, "{file} has a row of {id}");
        package.files.insert(path, kept.into_bytes());
    }
    let path = "audit/candidate_ledger.jsonl".to_owned();
    let rows = String::from_utf8(package.files[&path].clone()).expect("it is text");
    let change = |row: &str| {
        if row.contains("\"c2\"") { row.replace("\"accepted\"", "\"proposed\"") } else { row.to_owned() }
    };
    let rows: String = rows.lines().map(|row| change(row) + "\n").collect();
    package.files.insert(path, rows.into_bytes());
    package
}

fn check(sandbox: &Sandbox, archive: &Path, package: &Package, more: &[&str]) -> Said {
    let folder = sandbox.folder("etl", package);
    sandbox.batool(archive, &[&["baseline", "check", "v1", &folder], more].concat())
}

/// The codes that a check found.
fn codes(said: &Said) -> Vec<String> {
    let report = said.json();
    assert_eq!(report["schema"], "batool/baseline-check/1");
    let runs = report["runs"].as_array().expect("they are a list");
    let findings = runs.iter().flat_map(|run| run["findings"].as_array().expect("they are a list"));
    findings.map(|finding| finding["code"].as_str().expect("it is text").to_owned()).collect()
}

#[test]
fn a_harmless_rerun_and_growth_pass_and_a_lost_acceptance_does_not() {
    let (sandbox, archive) = released("");
    for package in [etl("first", 5), etl("again", 5), etl("more", 7)] {
        let said = check(&sandbox, &archive, &package, &[]).ends(0);
        said.says(&["Verdict: VERIFIED", "Baseline: v1", "nightly/etl <- "]);
    }
    let said = check(&sandbox, &archive, &regressed(), &["--format", "json"]).ends(2);
    assert_eq!(codes(&said), ["R_DRIFT_ACCEPTANCE", "R_DRIFT_CHANGED", "R_DRIFT_REMOVED"]);
    check(&sandbox, &archive, &regressed(), &[]).ends(2).says(&["R_DRIFT_ACCEPTANCE x2", "was accepted, and is not"]);
    // No policy lets that pass.
    let (sandbox, archive) = released("[ledgers]\nadded = \"any\"\nremoved = \"any\"\nchanged = \"any\"\n");
    let said = check(&sandbox, &archive, &regressed(), &["--format", "json"]).ends(2);
    assert_eq!(codes(&said), ["R_DRIFT_ACCEPTANCE"]);
}

#[test]
fn budgets_are_kept_to_the_record() {
    let (sandbox, archive) = released("[ledger.candidate_ledger]\nadded = 2\n[ledger.decision_log]\nadded = \"20%\"\n");
    check(&sandbox, &archive, &etl("x", 6), &[]).ends(0);
    let said = check(&sandbox, &archive, &etl("x", 7), &["--format", "json"]).ends(2);
    assert_eq!(codes(&said), ["R_DRIFT_ADDED"]);
    assert_eq!(said.json()["runs"][0]["findings"][0]["places"][0]["file"], "decision_log", "two of five are over 20%");
    let said = check(&sandbox, &archive, &etl("x", 8), &["--format", "json"]).ends(2);
    assert_eq!(said.json()["runs"][0]["findings"][0]["count"], 6, "three candidates, three decisions");
    // Another approver is a change, unless the field is free.
    let approved = |by: &str| {
        let mut package = etl("x", 5);
        let path = "audit/decision_log.jsonl".to_owned();
        let rows = String::from_utf8(package.files[&path].clone()).expect("it is text");
        package.files.insert(path, rows.replace("ann", by).into_bytes());
        package
    };
    let said = check(&sandbox, &archive, &approved("bob"), &["--format", "json"]).ends(2);
    assert_eq!(codes(&said), ["R_DRIFT_CHANGED"]);
    let (sandbox, archive) = released("[ledger.decision_log]\nfields = [\"/approved_by\"]\n");
    check(&sandbox, &archive, &approved("bob"), &[]).ends(0);
}

#[test]
fn rules_outcomes_and_verdicts_are_held_too() {
    let (sandbox, archive) = released("");
    let manifest = |from: &str, to: &str| {
        let mut package = etl("x", 5);
        let text = String::from_utf8(package.files["manifest.json"].clone()).expect("it is text");
        assert!(text.contains(from), "{text}");
        package.files.insert("manifest.json".into(), text.replace(from, to).into_bytes());
        package
    };
    let found =
        |package: &Package, code: i32| codes(&check(&sandbox, &archive, package, &["--format", "json"]).ends(code));
    assert!(
        found(&manifest("\"schema_version\":\"3\"", "\"schema_version\":\"4\""), 2).contains(&"R_DRIFT_SCHEMA".into())
    );
    assert!(found(&Package::rejected("x"), 2).contains(&"R_DRIFT_REJECTED".into()));
    assert!(found(&manifest("\"drv.warm\":\"1.0.0\"", "\"drv.warm\":\"1.0.1\""), 2).contains(&"R_DRIFT_RULES".into()));
    let mut declined = etl("x", 5);
    let path = "audit/decision_log.jsonl".to_owned();
    let rows = String::from_utf8(declined.files[&path].clone()).expect("it is text");
    declined.files.insert(path, rows.replacen("\"accepted\"", "\"declined\"", 1).into_bytes());
    let codes_of_declined = found(&declined, 2);
    for code in ["R_DRIFT_ACCEPTANCE", "R_DRIFT_OUTCOME"] {
        assert!(codes_of_declined.iter().any(|it| it == code), "{codes_of_declined:?}");
    }
    // Another dialect can hardly be compared.
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/ok-full");
    let said = sandbox.batool(&archive, &["baseline", "check", "v1", &text(&other), "--format", "json"]).ends(2);
    for code in ["R_DRIFT_KIND", "U_DRIFT_UNREAD"] {
        assert!(codes(&said).iter().any(|it| it == code), "{}", said.out);
    }
    // One of the same dialect with another policy.
    sandbox.batool(&archive, &["archive", "add", &text(&other), "--as", "full"]).ends(0);
    sandbox.batool(&archive, &["baseline", "create", "full", "full"]).ends(0);
    let without = other.with_file_name("ok-audit-only");
    let said = sandbox.batool(&archive, &["baseline", "check", "full", &text(&without), "--format", "json"]).ends(2);
    assert!(codes(&said).iter().any(|it| it == "R_DRIFT_POLICY"), "{}", said.out);
    let undecidable = etl("x", 5).with("audit/more.jsonl", "{\"x\": 1}\n");
    assert_eq!(found(&undecidable, 1)[..], ["U_DRIFT_UNDECIDABLE"].map(str::to_owned));
}

#[test]
fn runs_pair_by_name_and_one_that_did_not_come_is_noticed() {
    let (sandbox, archive) = released("");
    sandbox.add(&archive, "nightly/load", &etl("load", 2));
    sandbox.batool(&archive, &["baseline", "create", "v2", "nightly/etl", "nightly/load"]).ends(0);
    sandbox.add(&archive, "next/load", &etl("load", 2));
    sandbox.add(&archive, "next/etl", &etl("etl", 5));
    let batool = |args: &[&str]| sandbox.batool(&archive, &[&["baseline"], args].concat());
    batool(&["check", "v2", "next/load", "next/etl"])
        .ends(0)
        .says(&["nightly/etl <- next/etl", "nightly/load <- next/load"]);
    batool(&["check", "v2", "next/load"]).ends(1).says(&["nightly/etl: UNDECIDABLE", "U_DRIFT_UNPAIRED"]);
    batool(&["check", "v2", "next/load", "next/etl", "nightly/etl@main"]).ends(1).says(&["U_DRIFT_UNPAIRED"]);
    batool(&["check", "v2"]).ends(64);
    batool(&["check", "v3", "next/etl"]).fails(&["v3"]);
    batool(&["check", "v1", "nowhere"]).fails(&["nowhere"]);
    // Two baselines beside each other.
    let said = batool(&["diff", "v1", "v2", "--format", "stat", "--exit-code"]).ends(1);
    said.says(&["in all", "only in v2: nightly/load"]);
    batool(&["diff", "v2", "v2", "--exit-code"]).ends(0);
}

#[test]
fn a_run_that_is_late_is_noticed() {
    let (sandbox, archive) = released("");
    let add = |name: &str, date: &str| {
        let folder = sandbox.folder("given", &etl(name, 5));
        let mut command = sandbox.command(&archive, &["archive", "add", &folder, "--as", name]);
        crate::support::run(command.env("GIT_COMMITTER_DATE", date)).ends(0);
    };
    let batool = |args: &[&str]| sandbox.batool(&archive, args);
    batool(&["archive", "verify", "--expect-every", "1h"]).ends(0);
    batool(&["baseline", "check", "v1", "nightly/etl", "--max-age", "1h"]).ends(0);
    add("old/etl", "2020-01-01T00:00:00Z");
    batool(&["baseline", "check", "v1", "old/etl", "--max-age", "24h"]).ends(1).says(&["U_RUN_OVERDUE", "days ago"]);
    batool(&["archive", "verify", "--expect-every", "24h"])
        .ends(1)
        .says(&["U_RUN_OVERDUE", "the newest run was added"]);
    batool(&["archive", "verify", "--expect-every", "20000d"]).ends(0);
    // What is not archived has no age, and a date in the future is no sign of life.
    let said = check(&sandbox, &archive, &etl("x", 5), &["--max-age", "24h"]).ends(1);
    said.says(&["nobody can tell how old"]);
    add("far/etl", "2090-01-01T00:00:00Z");
    batool(&["archive", "verify", "--expect-every", "24h"]).ends(1).says(&["in the future"]);
    batool(&["archive", "verify", "--expect-every", "soon"]).ends(64);
}

#[test]
fn event_logs_are_held_by_what_their_certificates_claim() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events/ok-run.jsonl");
    sandbox.batool(&archive, &["archive", "add", &text(&fixture), "--as", "train"]).ends(0);
    sandbox.batool(&archive, &["baseline", "create", "v1", "train"]).ends(0);
    sandbox.batool(&archive, &["baseline", "check", "v1", &text(&fixture)]).ends(0);
    // A plain log of fewer steps, with other time spent.
    let plain = fixture.with_file_name("ok-plain.jsonl");
    let said = sandbox.batool(&archive, &["baseline", "check", "v1", &text(&plain), "--format", "json"]).ends(2);
    let found = codes(&said);
    assert!(found.iter().any(|code| code == "R_DRIFT_CLAIM"), "{found:?}");
    // A package is no log.
    let said = check(&sandbox, &archive, &etl("x", 1), &["--format", "json"]).ends(2);
    assert!(codes(&said).contains(&"R_DRIFT_KIND".to_owned()));
}

/// A log of one rank: so many steps, each computing and then waiting for so many milliseconds.
fn training(steps: u64, compute: u64, wait: u64) -> String {
    let run = |seq: u64, ts: u64, phase: &str, attrs: Value| json!({"event_id": format!("run.{seq}"), "run_id": "r", "ts_ns": ts, "kind": "RUN", "phase": phase, "seq": seq, "attrs": attrs});
    let mut log = vec![run(0, 1, "START", json!({"schema": "batool.events/1", "world_size": 1}))];
    let mut now = 1_000_000;
    for step in 0..steps {
        let parts = [
            ("STEP", "START", 0),
            ("COMPUTE", "START", 0),
            ("COMPUTE", "END", compute),
            ("ALLREDUCE", "START", 0),
            ("ALLREDUCE", "END", wait),
            ("STEP", "END", 0),
        ];
        for (n, (kind, phase, took)) in (step * 6..).zip(parts) {
            now += took * 1_000_000;
            log.push(json!({"event_id": format!("r0.{n}"), "run_id": "r", "ts_ns": now, "kind": kind, "phase": phase,
                "seq": n, "rank": 0, "step": step}));
        }
    }
    log.push(run(1, now, "END", json!({"status": "success"})));
    log.iter().map(|event| format!("{event}\n")).collect()
}

#[test]
fn the_bounds_of_a_policy_hold_for_real_event_logs() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    let log = |name: &str, (steps, compute, wait): (u64, u64, u64)| {
        let file = sandbox.path(&format!("{name}.jsonl"));
        fs::write(&file, training(steps, compute, wait)).expect("there is room");
        text(&file)
    };
    sandbox.batool(&archive, &["archive", "add", &log("base", (40, 30, 10)), "--as", "train"]).ends(0);
    let loose = sandbox.path("loose.toml");
    let terms = "[events]\nstep_floor = 2\ntail_latency = \"20%\"\ndominant_component = \"change\"\n";
    fs::write(&loose, terms).expect("there is room");
    sandbox.batool(&archive, &["baseline", "create", "default", "train"]).ends(0);
    sandbox.batool(&archive, &["baseline", "create", "loose", "train", "--drift", &text(&loose)]).ends(0);
    type Case<'a> = (&'a str, (u64, u64, u64), &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        ("same", (40, 30, 10), &[], &[]),
        ("later", (40, 33, 11), &[], &[]),
        ("slow", (40, 35, 11), &["R_DRIFT_TAIL_LATENCY"], &[]),
        ("slower", (40, 40, 11), &["R_DRIFT_TAIL_LATENCY"], &["R_DRIFT_TAIL_LATENCY"]),
        ("short", (38, 30, 10), &["R_DRIFT_STEP_FLOOR"], &[]),
        ("waiting", (37, 10, 30), &["R_DRIFT_DOMINANT", "R_DRIFT_STEP_FLOOR"], &["R_DRIFT_STEP_FLOOR"]),
    ];
    for (name, made, by_default, by_terms) in cases {
        for (baseline, wanted) in [("default", by_default), ("loose", by_terms)] {
            let args = ["baseline", "check", baseline, &log(name, made), "--format", "json"];
            let said = sandbox.batool(&archive, &args).ends(if wanted.is_empty() { 0 } else { 2 });
            assert_eq!(codes(&said), wanted, "{name} against {baseline}");
        }
    }
}

#[test]
fn every_form_tells_the_same_and_nothing_in_a_package_breaks_it() {
    let (sandbox, archive) = released("");
    let mut package = regressed();
    let path = "audit/candidate_ledger.jsonl".to_owned();
    let row = json!({"candidate_id": "c<&\"`\u{1b}", "run_id": "x", "predicate": "p<&>\"`\u{1}", "subject": "s", "value": "v",
        "state": "proposed", "rule_id": "drv.warm", "rule_version": "1.0.0"});
    let mut rows = package.files[&path].clone();
    rows.extend(format!("{row}\n").into_bytes());
    package.files.insert(path, rows);
    let told = |format: &str| check(&sandbox, &archive, &package, &["--format", format]).ends(2).out;
    let markdown = told("markdown");
    assert!(markdown.starts_with("## Baseline `v1`: REJECT\n") && markdown.contains("- **R_DRIFT_ACCEPTANCE** x2"));
    let junit = told("junit");
    assert!(junit.contains("<testsuites tests=\"1\" failures=\"1\" errors=\"0\">"), "{junit}");
    assert!(junit.contains("<failure type=\"drift\" message=\"R_DRIFT_ACCEPTANCE "), "{junit}");
    let sarif: Value = serde_json::from_str(&told("sarif")).expect("it is JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "batool");
    let rules: Vec<&str> = run["tool"]["driver"]["rules"]
        .as_array()
        .expect("they are a list")
        .iter()
        .map(|rule| rule["id"].as_str().expect("it is text"))
        .collect();
    for result in run["results"].as_array().expect("they are a list") {
        assert!(result["message"]["text"].is_string() && result["level"] == "error");
        assert!(rules.contains(&result["ruleId"].as_str().expect("it is text")));
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "baselines/v1.json");
    }
    for text in [markdown, junit, told("text")] {
        assert!(!text.contains(['\u{1}', '\u{1b}']), "{text:?}");
    }
    // XML that a parser takes, where one is at hand.
    let file = sandbox.path("drift.xml");
    fs::write(&file, told("junit")).expect("there is room");
    let parse = "import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])";
    if let Ok(status) = std::process::Command::new("python3").args(["-c", parse, &text(&file)]).status() {
        assert!(status.success());
    }
}

#[test]
fn real_runs_of_one_system_pass_where_they_say_the_same() {
    let Some(packages) = shared("data/packages") else { return };
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    for (name, at) in [("rerun", "edge/rerun/run-a"), ("growth", "growth/run-a")] {
        sandbox.batool(&archive, &["archive", "add", &text(&packages.join(at)), "--as", name]).ends(0);
        sandbox.batool(&archive, &["baseline", "create", name, name]).ends(0);
    }
    let check = |name: &str, at: &str| {
        sandbox.batool(&archive, &["baseline", "check", name, &text(&packages.join(at)), "--format", "json"])
    };
    assert_eq!(codes(&check("rerun", "edge/rerun/run-b").ends(0)), Vec::<String>::new());
    // One fact was retracted and a mapping has more to choose from; all else only grew.
    let said = check("growth", "growth/run-b").ends(2);
    assert_eq!(codes(&said), ["R_DRIFT_CHANGED"]);
    assert_eq!(said.json()["runs"][0]["findings"][0]["count"], 2);
}
