//! What the program answers: about real runs, in every form, through every door, and when it cannot.

use std::fs;

use crate::shared;
use crate::support::{Sandbox, edit, golden, of, topics, totals};

#[test]
fn two_stores_of_the_same_input_differ_in_nothing_but_names() {
    let Some(runs) = shared::shared("data/packages/edge/rerun") else { return };
    let sandbox = Sandbox::new();
    let [a, b] = ["run-a", "run-b"].map(|run| runs.join(run).display().to_string());
    let lines = sandbox.lines(&a, &b, &[]);
    assert_eq!((of(&lines, "change").len(), topics(&lines)), (0, Vec::new()));
    assert_eq!(lines.last().map(|end| end["same"].clone()), Some(true.into()));
    assert_eq!(totals(&lines, "facts"), [0, 0, 0, 48, 0, 0]);
    assert_eq!(totals(&lines, "assertion_annotations"), [0, 0, 0, 147, 0, 0]);
    assert_eq!(totals(&lines, "accept_write_ledger"), [0, 0, 0, 3, 0, 0]);
    assert_eq!(totals(&lines, "support_artifacts"), [0, 0, 0, 3, 0, 0]);
    assert_eq!(totals(&lines, "run_ledger"), [0, 0, 0, 1, 0, 1]);
    assert_eq!(sandbox.batool(&["diff", &a, &b, "--exit-code"]).code, Some(0));
    let clocks = sandbox.batool(&["diff", &a, &b, "--exit-code", "--include-volatile", "--format", "stat"]);
    assert_eq!(clocks.code, Some(1), "{}", clocks.out);
}

#[test]
fn a_store_that_grew_has_exactly_what_was_done_to_it() {
    let Some(runs) = shared::shared("data/packages/growth") else { return };
    let sandbox = Sandbox::new();
    let [a, b] = ["run-a", "run-b"].map(|run| runs.join(run).display().to_string());
    let lines = sandbox.lines(&a, &b, &[]);
    let wanted = [("newly-accepted", 6), ("mapping-outcome-changed", 8), ("facts-new", 60), ("facts-retracted", 1)];
    assert_eq!(topics(&lines), wanted.map(|(name, size)| (name.to_owned(), size)));
    // 46 facts that were loaded, 6 that were accepted, 8 that were mapped; one of the first run was retracted.
    assert_eq!(totals(&lines, "facts"), [60, 0, 1, 0, 0, 46]);
    assert_eq!(totals(&lines, "run_ledger"), [3, 0, 0, 0, 0, 2]);
    assert_eq!(totals(&lines, "accept_write_ledger"), [6, 0, 0, 0, 0, 2]);
    assert_eq!(totals(&lines, "decision_log"), [14, 0, 0, 0, 0, 2]);
    assert_eq!(totals(&lines, "schema")[..3], [0, 0, 0]);
    let accepted = of(&lines, "review")[0]["items"].to_string();
    assert_eq!(accepted.matches(" by derive.ok 1.1\"").count(), 6, "{accepted}");
    let retracted: Vec<_> = of(&lines, "change")
        .into_iter()
        .filter(|line| line["ledger"] == "facts" && line["what"] == "changed")
        .collect();
    assert_eq!(retracted.len(), 1);
    assert_eq!(retracted[0]["fields"][0]["pointer"], "/revoked");
    assert_eq!(retracted[0]["fields"][0]["after"]["meta_str"]["source"], "review");
    assert_eq!(sandbox.batool(&["diff", &a, &b, "--exit-code", "--format", "stat"]).code, Some(1));
}

/// Two runs that differ in what a reviewer asks about.
fn reviewed(sandbox: &Sandbox) {
    sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    let ledger = fs::read_to_string(b.join("audit/accept_write_ledger.jsonl")).expect("it can be read");
    let mut rows: Vec<String> = ledger.lines().map(str::to_owned).collect();
    rows[0] = rows[0].replace("\"approved_by\":\"ann\"", "\"approved_by\":\"bob \\u001b[31m\"");
    rows[1] = rows[1].replace("\"derived_rule_version\":\"1\"", "\"derived_rule_version\":\"2\"");
    rows.pop();
    fs::write(b.join("audit/accept_write_ledger.jsonl"), rows.join("\n") + "\n").expect("there is room");
    edit(&b, "schema/schema_ir.json", "\"cardinality\":\"multi\"", "\"cardinality\":\"single\"");
    edit(&b, "rules/view.dl", ".decl revokes(", ".decl revokes (");
}

#[test]
fn people_read_one_record_a_hunk() {
    let sandbox = Sandbox::new();
    reviewed(&sandbox);
    golden("diff.txt", &sandbox.batool(&["diff", "a", "b", "--limit", "4"]).out);
    golden("diff-stat.txt", &sandbox.batool(&["diff", "a", "b", "--format", "stat"]).out);
    golden("diff.md", &sandbox.batool(&["diff", "a", "b", "--format", "markdown", "--limit", "4"]).out);
    golden("diff.html", &sandbox.batool(&["diff", "a", "b", "--format", "html", "--limit", "6"]).out);
    golden("diff.jsonl", &sandbox.batool(&["diff", "a", "b", "--format", "json", "--limit", "3"]).out);
}

#[test]
fn lines_are_compared_as_they_stand_when_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    assert_eq!(sandbox.batool(&["diff", "a", "b", "--raw", "--exit-code"]).out, "");
    edit(&b, "rules/view.dl", ".decl revokes(", ".decl \u{1b}revokes(");
    fs::write(b.join("more.bin"), [0xff, 0, 1]).expect("there is room");
    let said = sandbox.batool(&["diff", "a", "b", "--raw", "--exit-code"]);
    assert_eq!(said.code, Some(1));
    golden("diff-raw.txt", &said.out);
    assert_eq!(sandbox.batool(&["diff", "a", "b", "--raw", "--format", "json"]).code, Some(64));
}

#[test]
fn hostile_texts_stay_texts_in_every_form() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    let hostile = "</code><script>alert(1)</script>```\\n# x\u{1b}[2J\u{202e}@team | --> &amp;";
    let escaped = serde_json::to_string(hostile).expect("a text is JSON");
    edit(&b, "audit/accept_write_ledger.jsonl", "\"note\":\"yearly check\"", &format!("\"note\":{escaped}"));
    for format in ["text", "stat", "markdown", "html", "json"] {
        let out = sandbox.batool(&["diff", "a", "b", "--format", format, "--no-verify"]).out;
        assert!(!out.contains('\u{1b}'), "{format}: {out}");
        assert!(format == "json" || !out.contains('\u{202e}'), "{format}: {out}");
        assert!(format != "html" || !out.contains("<script"), "{out}");
        if format == "markdown" {
            let line = out.lines().find(|line| line.contains("<script>")).expect("it is shown");
            assert!(line.contains("→ ````\"</code>") && line.ends_with("\"````"), "{line}");
        }
    }
}

#[test]
fn a_side_that_was_not_verified_or_is_rejected_is_named_on_top() {
    let sandbox = Sandbox::new();
    reviewed(&sandbox);
    let rejected = sandbox.batool(&["diff", "a", "b"]);
    assert_eq!(rejected.code, Some(0));
    assert!(
        rejected.out.lines().nth(2) == Some("warning: b is REJECT; it is compared all the same"),
        "{}",
        rejected.out
    );
    let unverified = sandbox.batool(&["diff", "a", "a", "--no-verify", "--exit-code"]);
    assert!(
        unverified.out.contains("warning: a was not verified\nwarning: b was not verified\n"),
        "{}",
        unverified.out
    );
    assert_eq!(unverified.code, Some(0), "a warning is no difference");
}

#[test]
fn judging_the_sides_changes_nothing_about_their_records() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    for fixture in ["ok-mapping", "ok-documented"] {
        let b = sandbox.copy(fixture, fixture);
        let path = b.join("audit/decision_log.jsonl");
        let text = fs::read_to_string(&path).expect("it can be read");
        fs::write(path, text.trim_end().to_owned() + "\n\nno JSON").expect("there is room");
        let of_records = |more: &[&str]| -> Vec<serde_json::Value> {
            let lines = sandbox.lines("a", fixture, more);
            lines.into_iter().filter(|line| line["line"] == "change" || line["line"] == "total").collect()
        };
        let judged = of_records(&[]);
        assert!(judged.len() > 10 && judged == of_records(&["--no-verify"]), "{fixture}");
    }
}

#[test]
fn some_ledgers_can_be_asked_for_alone() {
    let sandbox = Sandbox::new();
    reviewed(&sandbox);
    let lines = sandbox.lines("a", "b", &["--ledger", "schema,facts"]);
    let mut ledgers: Vec<_> = of(&lines, "change").iter().map(|line| line["ledger"].to_string()).collect();
    ledgers.dedup();
    assert_eq!(ledgers, ["\"schema\""]);
    let wrong = sandbox.batool(&["diff", "a", "b", "--ledger", "facst"]);
    assert_eq!(wrong.code, Some(64));
    assert!(wrong.err.contains("accept_write_ledger"), "{}", wrong.err);
}

#[test]
fn every_door_gives_the_same_answer() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-mapping", "b");
    let folders = sandbox.lines("a", "b", &[]);
    assert!(of(&folders, "change").len() > 10);
    let mut tar = tar::Builder::new(fs::File::create(sandbox.path("b.tar")).expect("there is room"));
    tar.append_dir_all("b", &b).and_then(|()| tar.finish()).expect("there is room");
    let added = sandbox.batool(&["archive", "add", "a", "b", "--archive", "audits", "--init"]);
    assert_eq!(added.code, Some(0), "{}", added.err);
    for (a, b) in [("a", "b.tar"), ("run:a", "run:b"), ("run:a@main", "main:runs/b/package")] {
        assert_eq!(sandbox.lines(a, b, &["--archive", "audits"]), folders, "{a} {b}");
    }
}

#[test]
fn what_cannot_be_compared_is_an_error_and_no_answer() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    fs::write(sandbox.path("note.txt"), "hello").expect("there is room");
    for (b, word) in [("events.jsonl", "events.jsonl"), ("note.txt", "note.txt"), ("none", "none")] {
        let said = sandbox.batool(&["diff", "a", b]);
        assert_eq!((said.code, said.out.as_str()), (Some(74), ""), "{}", said.err);
        assert!(said.err.contains(word), "{}", said.err);
    }
}

#[test]
fn the_documented_dialect_is_compared_by_the_names_it_fixes() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-documented", "a");
    let b = sandbox.copy("ok-documented", "b");
    let rename = |file: &str, from: &str, to: &str| edit(&b, file, from, to);
    for file in ["run_ledger", "accept_write_ledger", "decision_log"] {
        rename(&format!("audit/{file}.jsonl"), "\"w", "\"other-");
    }
    for file in ["candidate_ledger", "accept_write_ledger", "accept_failed", "decision_log"] {
        rename(&format!("audit/{file}.jsonl"), "\"k", "\"x");
    }
    rename("audit/run_ledger.jsonl", "\"r1\"", "\"r2\"");
    rename("audit/candidate_ledger.jsonl", "\"r1\"", "\"r2\"");
    let same = sandbox.lines("a", "b", &["--exit-code", "--no-verify"]);
    assert_eq!(of(&same, "change").len(), 0, "{same:#?}");
    rename("audit/run_ledger.jsonl", "\"value\": 7", "\"value\": 8");
    rename("audit/decision_log.jsonl", "\"outcome\": \"declined\"", "\"outcome\": \"accepted\"");
    let lines = sandbox.lines("a", "b", &["--no-verify"]);
    let wanted = [("other-outcome", 1), ("facts-new", 1), ("facts-gone", 1)];
    assert_eq!(topics(&lines), wanted.map(|(name, size)| (name.to_owned(), size)));
    assert_eq!(totals(&lines, "decision_log")[..3], [0, 0, 1]);
}

#[test]
fn among_many_assertions_those_that_something_names_are_followed() {
    let sandbox = Sandbox::new();
    for (package, head) in [("a", "w"), ("b", "other-"), ("c", "other-")] {
        let at = sandbox.copy("ok-documented", package);
        // Ids may hide in the texts of graphs; without them it is known which are asked for.
        fs::remove_dir_all(at.join("audit/evidence_graphs")).expect("it is there");
        let path = at.join("audit/run_ledger.jsonl");
        let more = |n: usize| {
            format!(
                "{{\"assertion_id\": \"w{n}\", \"run_id\": \"r1\", \"predicate\": \"p\", \"subject\": \"S\", \"value\": {n}}}\n"
            )
        };
        let text = fs::read_to_string(&path).expect("it can be read");
        fs::write(path, text + &(3..50).map(more).collect::<String>()).expect("there is room");
        for file in ["run_ledger", "accept_write_ledger", "decision_log"] {
            edit(&at, &format!("audit/{file}.jsonl"), "\"w", &format!("\"{head}"));
        }
    }
    let same = sandbox.lines("a", "b", &["--no-verify"]);
    assert_eq!((of(&same, "change").len(), totals(&same, "run_ledger")), (0, [0, 0, 0, 49, 0, 0]), "{same:#?}");
    edit(&sandbox.path("c"), "audit/decision_log.jsonl", "other-2", "other-9");
    let lines = sandbox.lines("b", "c", &["--no-verify"]);
    let changes = of(&lines, "change");
    assert_eq!((changes.len(), changes[0]["ledger"].as_str()), (1, Some("decision_log")), "{changes:#?}");
    let field = &changes[0]["fields"][0];
    assert_eq!([&field["before"], &field["after"]], ["assertion safe of P-1 true", "assertion p of S 9"], "{field}");
    assert_eq!(of(&sandbox.lines("a", "c", &["--no-verify"]), "change"), changes, "whatever the ids");
}

#[test]
fn what_two_dialects_or_shapes_do_not_share_is_said_first() {
    let sandbox = Sandbox::new();
    for fixture in ["ok-documented", "ok-full", "ok-audit-only"] {
        sandbox.copy(fixture, fixture);
    }
    for (a, b, topic, warning) in [
        ("ok-documented", "ok-full", "dialect-differs", "the dialects differ"),
        ("ok-audit-only", "ok-full", "shape-differs", "only b has facts"),
    ] {
        let lines = sandbox.lines(a, b, &[]);
        assert_eq!(topics(&lines)[0], (topic.to_owned(), 1));
        assert!(lines[0]["warnings"][0].as_str().is_some_and(|said| said.starts_with(warning)), "{}", lines[0]);
        assert_eq!(lines.last().map(|end| end["same"].clone()), Some(false.into()));
    }
}

#[test]
fn rows_that_nobody_can_read_are_told_as_they_are() {
    let sandbox = Sandbox::new();
    let a = sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    for (package, row) in [(&a, "{\"x\":1,\"x\":2}\n"), (&b, "no JSON \u{1b}[2J\n")] {
        let path = package.join("audit/decision_log.jsonl");
        let text = fs::read_to_string(&path).expect("it can be read");
        fs::write(path, text + row).expect("there is room");
    }
    let lines = sandbox.lines("a", "b", &[]);
    assert_eq!(totals(&lines, "decision_log"), [1, 1, 0, 0, 0, 5]);
    let text = sandbox.batool(&["diff", "a", "b"]).out;
    assert!(!text.contains('\u{1b}') && text.contains("[2J"), "{text}");
}

#[test]
fn a_row_past_the_bound_is_named_and_not_held() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    let ledger = fs::File::options().write(true).open(b.join("audit/decision_log.jsonl")).expect("it can be written");
    let size = ledger.metadata().expect("it is there").len();
    ledger.set_len(size + (65 << 20)).expect("there is room");
    let said = sandbox.batool(&["diff", "a", "b", "--no-verify", "--exit-code", "--format", "stat"]);
    assert_eq!(said.code, Some(1));
    let warning = "warning: b: audit/decision_log.jsonl: 1 rows are longer than the bound and were not compared\n";
    assert!(said.out.contains(warning), "{}", said.out);
}

#[test]
fn keys_that_are_not_unique_are_matched_as_often_as_they_stand_and_reported() {
    let sandbox = Sandbox::new();
    let a = sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    let ledger = "audit/accept_write_ledger.jsonl";
    let row = fs::read_to_string(a.join(ledger)).expect("it can be read").lines().next().map(str::to_owned);
    let row = row.expect("there is a row");
    let noted = |note: &str| row.replace("\"note\":\"yearly check\"", &format!("\"note\":\"{note}\"")) + "\n";
    let append = |package: &std::path::Path, rows: &[&str]| {
        let text = fs::read_to_string(package.join(ledger)).expect("it can be read");
        let rows: String = rows.iter().map(|note| noted(note)).collect();
        fs::write(package.join(ledger), text + &rows).expect("there is room");
    };
    append(&a, &["one", "two", "two"]);
    append(&b, &["two", "three"]);
    let lines = sandbox.lines("a", "b", &["--ledger", "accept_write_ledger"]);
    assert_eq!(totals(&lines, "accept_write_ledger"), [0, 1, 1, 0, 0, 6]);
    let repeated = &of(&lines, "total")[0]["repeated"];
    assert_eq!(repeated.to_string(), "[2,0]", "of those that are not the same: one and two in a");
}

#[test]
fn an_id_that_reads_like_an_alias_is_not_taken_for_one() {
    let sandbox = Sandbox::new();
    let a = sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    // The run that accepted has another id in b, so it is called `run 1`; a row of a names a run of that very name.
    let run = "5d5e2cc7b5214281934e1c9783b165b0";
    for file in ["accept_write_ledger", "candidate_ledger", "decision_log", "run_ledger"] {
        edit(&b, &format!("audit/{file}.jsonl"), run, "ffffffffffffffffffffffffffffffff");
    }
    edit(&b, "facts/meta_str.facts", run, "ffffffffffffffffffffffffffffffff");
    edit(&b, "audit/assertion_annotations.jsonl", run, "ffffffffffffffffffffffffffffffff");
    let lines = sandbox.lines("a", "b", &["--no-verify"]);
    assert_eq!(of(&lines, "change").len(), 0, "{lines:#?}");
    let path = a.join("audit/candidate_ledger.jsonl");
    let text = fs::read_to_string(&path).expect("it can be read");
    fs::write(&path, text.replacen(run, "run 1", 1)).expect("there is room");
    let lines = sandbox.lines("a", "b", &["--no-verify"]);
    let changes = of(&lines, "change");
    assert_eq!(changes.len(), 1, "{changes:#?}");
    let field = &changes[0]["fields"][0];
    assert_eq!([&field["before"], &field["after"]], ["id run 1", "run 1"]);
}
