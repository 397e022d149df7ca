//! No downgrade: a package of the documented dialect with any one mark of factgraph 0.3 is held to factgraph's rules.

mod support;

use std::fs;
use std::path::Path;

use batool::assess::assess;
use batool::judge::{Options, Verdict};
use batool::package::Dialect;
use batool::source::{Limits, open_path};
use support::copy;
use support::recipes::fixtures;

/// A documented package after an edit: its dialect and verdict, and the codes that were found.
fn judged(edit: &dyn Fn(&Path)) -> (Dialect, Verdict, Vec<String>) {
    let place = tempfile::tempdir().expect("there is room");
    copy(&fixtures().join("packages/ok-documented"), place.path());
    edit(place.path());
    let mut source = open_path(place.path(), Limits::default()).expect("it can be opened");
    let found = assess(&mut *source, &mut (), Limits::default(), Options::default()).expect("it can be read");
    let codes = found.judgement.findings.iter().map(|finding| finding.code.clone()).collect();
    (found.package.dialect, found.judgement.verdict, codes)
}

#[track_caller]
fn refused(what: &str, edit: &dyn Fn(&Path)) {
    let (dialect, verdict, codes) = judged(edit);
    assert!(dialect != Dialect::Documented, "{what} is taken for documented");
    assert_eq!(verdict, Verdict::Reject, "{what}");
    assert!(codes.iter().any(|code| code == "R_DIALECT_MIXED"), "{what}: {codes:?}");
}

fn replace(file: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(file).expect("it is there");
    assert!(text.contains(old), "{old} stands in {}", file.display());
    fs::write(file, text.replacen(old, new, 1)).expect("there is room");
}

fn append(file: &Path, text: &str) {
    let old = fs::read_to_string(file).unwrap_or_default();
    fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("there is room");
    fs::write(file, format!("{old}{text}\n")).expect("there is room");
}

/// The first row of a ledger in one of the packages of factgraph.
fn row(package: &str, ledger: &str) -> String {
    let path = fixtures().join("packages").join(package).join("audit").join(ledger);
    let text = fs::read_to_string(&path).unwrap_or_default();
    text.lines().next().unwrap_or_else(|| panic!("{} has a row", path.display())).to_owned()
}

#[test]
fn without_an_edit_it_is_documented() {
    assert_eq!(judged(&|_| {}), (Dialect::Documented, Verdict::Verified, Vec::new()));
}

#[test]
fn each_mark_in_the_manifest() {
    let marks = [
        r#""export_version": "v2""#,
        r#""protocol_version": {}"#,
        r#""digests": {}"#,
        r#""policy_mode": "edb""#,
        r#""outputs_map": {}"#,
        r#""dialect_version": "1""#,
    ];
    for mark in marks {
        refused(mark, &|root| {
            replace(&root.join("manifest.json"), "{\"package_kind\"", &format!("{{{mark}, \"package_kind\""));
        });
    }
    refused("paths.facts", &|root| replace(&root.join("manifest.json"), "\"paths\": {", "\"paths\": {\"facts\": {}, "));
}

#[test]
fn a_table_of_facts() {
    refused("facts/x.facts", &|root| append(&root.join("facts/x.facts"), "a\tb"));
}

#[test]
fn a_mapping_resolution_with_a_version() {
    refused("mapping_audit_version", &|root| {
        replace(&root.join("audit/mapping_resolution.json"), "{", "{\"mapping_audit_version\": \"1\", ");
    });
}

#[test]
fn a_full_row_of_each_ledger() {
    let rows = [
        ("ok-full", "accept_write_ledger.jsonl"),
        ("ok-full", "candidate_ledger.jsonl"),
        ("ok-mapping", "decision_log.jsonl"),
        ("ok-mapping", "accept_failed.jsonl"),
        ("ok-full", "run_ledger.jsonl"),
        ("ok-full", "support_artifacts.jsonl"),
        ("ok-traces", "rule_trace_artifacts.jsonl"),
        ("ok-full", "assertion_annotations.jsonl"),
        ("ok-rounds", "round_events.jsonl"),
    ];
    for (package, ledger) in rows {
        // In whatever file the row stands, and with whatever else in it.
        let row = row(package, ledger);
        let more = row.replacen('{', "{\"more\": 1, ", 1);
        for row in [row, more] {
            refused(ledger, &|root| append(&root.join("audit/accept_failed.jsonl"), &row));
        }
        let row = self::row(package, ledger);
        let first = row.split('"').nth(1).expect("a row has members");
        // Rows of conflicts have all that rows of errors have, so it has to be a member of both.
        let name = if row.contains("\"decision_id\"") { "decision_id" } else { first };
        let less = row.replacen(&format!("\"{name}\""), "\"another\"", 1);
        let (dialect, ..) = judged(&|root| append(&root.join("audit/accept_failed.jsonl"), &less));
        assert_eq!(dialect, Dialect::Documented, "{ledger} without one member is any writer's");
    }
}

#[test]
fn an_evidence_graph_with_paths() {
    refused("a file", &|root| replace(&root.join("audit/evidence_graphs/k1.json"), "{", "{\"paths\": [], "));
    refused("a row", &|root| {
        replace(&root.join("manifest.json"), "\"audit/evidence_graphs\"", "\"audit/evidence_graphs.jsonl\"");
        fs::remove_dir_all(root.join("audit/evidence_graphs")).expect("it is there");
        let row = r#"{"candidate_id": "k1", "evidence_graph": {"atoms": [], "paths": []}}"#;
        append(&root.join("audit/evidence_graphs.jsonl"), row);
    });
    refused("a row that is the graph", &|root| {
        let text = r#""accept_failed": "audit/accept_failed.jsonl""#;
        replace(
            &root.join("manifest.json"),
            text,
            &format!("{text}, \"evidence_graphs\": \"audit/evidence_graphs.jsonl\""),
        );
        append(&root.join("audit/evidence_graphs.jsonl"), r#"{"candidate_id": "k1", "paths": []}"#);
    });
}

#[test]
fn names_that_any_writer_may_use_are_no_marks() {
    let (dialect, verdict, codes) = judged(&|root| {
        let names = r#"{"generated_at": 7, "run_id": "r1", "target_engine": "own", "entrypoints": [], "package_kind""#;
        replace(&root.join("manifest.json"), "{\"package_kind\"", names);
    });
    assert_eq!((dialect, verdict), (Dialect::Documented, Verdict::Verified), "{codes:?}");
}
