//! What holds of any two packages: checked on real ones and on generated ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Sandbox, of, totals};

/// Packages of the project of which every pair is compared.
const FIXTURES: [&str; 9] = [
    "ok-full",
    "ok-mapping",
    "ok-audit-only",
    "ok-evidence",
    "ok-traces",
    "ok-rounds",
    "ok-unicode",
    "ok-inference",
    "ok-documented",
];

/// Records as answers show them, as often as they stand there. Runs are paired anew in every answer: here any run is as
/// good as another.
#[derive(Debug, PartialEq)]
struct Records {
    counts: BTreeMap<String, usize>,
    runs: Vec<String>,
}

impl Records {
    fn name(&self, ledger: &Value, record: &Value) -> String {
        let mut text = format!("{ledger} {record}").replace("\"unmatched run ", "\"run ");
        for run in &self.runs {
            text = text.replace(&json!(run).to_string(), "\"run \"");
        }
        let mut parts = text.split("\"run ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + "\"run " + part.trim_start_matches(|c: char| c.is_ascii_digit()))
    }

    fn put(&mut self, ledger: &Value, record: &Value) {
        *self.counts.entry(self.name(ledger, record)).or_default() += 1;
    }

    #[track_caller]
    fn take(&mut self, ledger: &Value, record: &Value) {
        let name = self.name(ledger, record);
        let count = self.counts.get_mut(&name).unwrap_or_else(|| panic!("there is no {name} to take away"));
        *count -= 1;
        self.counts.retain(|_, count| *count > 0);
    }
}

/// The ids of runs in the run ledgers of some packages.
fn runs_of(sandbox: &Sandbox, packages: &[&str]) -> Vec<String> {
    let ledgers = packages.iter().map(|package| sandbox.path(package).join("audit/run_ledger.jsonl"));
    let text: String = ledgers.map(|path| fs::read_to_string(path).expect("it can be read")).collect();
    let rows = text.lines().map(|row| serde_json::from_str::<Value>(row).expect("rows are JSON"));
    rows.filter_map(|row| row["run_id"].as_str().map(str::to_owned)).collect()
}

/// All records of a package: what it has and an empty one has not.
fn records(sandbox: &Sandbox, package: &str, runs: &[String]) -> Records {
    let [full, empty] = [package.to_owned(), format!("empty-{package}")].map(|name| sandbox.path(&name));
    fs::create_dir_all(empty.join("facts")).expect("there is room");
    fs::copy(full.join("manifest.json"), empty.join("manifest.json")).expect("there is room");
    if full.join("facts").exists() {
        fs::write(empty.join("facts/claim.facts"), "").expect("there is room");
    }
    // The manifest itself would be in both.
    let mut records = Records { counts: BTreeMap::new(), runs: runs.to_vec() };
    for line in of(&sandbox.lines(&format!("empty-{package}"), package, &["--no-verify"]), "change") {
        if line["what"] == "added" {
            records.put(&line["ledger"], &line["after"]);
        }
    }
    records
}

/// Carries out what an answer says.
#[track_caller]
fn apply(records: &mut Records, lines: &[Value]) {
    for line in of(lines, "change").into_iter().filter(|line| line["ledger"] != "manifest") {
        let ledger = &line["ledger"];
        match line["what"].as_str() {
            Some("added") => records.put(ledger, &line["after"]),
            Some("removed") => records.take(ledger, &line["before"]),
            _ => {
                records.take(ledger, &line["before"]);
                let mut record = line["before"].clone();
                for field in line["fields"].as_array().expect("a change has fields") {
                    set(
                        &mut record,
                        field["pointer"].as_str().expect("a pointer"),
                        field.get("before"),
                        field.get("after"),
                    );
                }
                records.put(ledger, &record);
            }
        }
    }
}

#[track_caller]
fn set(record: &mut Value, pointer: &str, before: Option<&Value>, after: Option<&Value>) {
    assert_eq!(record.pointer(pointer), before, "{pointer}");
    let (around, name) = pointer.rsplit_once('/').expect("a field stands in a record");
    let name = name.replace("~1", "/").replace("~0", "~");
    match (record.pointer_mut(around).expect("it stands there"), after) {
        (Value::Object(members), Some(value)) => drop(members.insert(name, value.clone())),
        (Value::Object(members), None) => drop(members.remove(&name)),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().expect("a place")] = value.clone(),
        (other, _) => panic!("{pointer} in {other}"),
    }
}

/// An answer to `diff b a`, as one to `diff a b`.
fn mirrored(lines: &[Value]) -> Vec<Value> {
    let swap = |value: &Value, one: &str, other: &str| {
        let mut value = value.clone();
        if let Some(members) = value.as_object_mut() {
            let (a, b) = (members.remove(one), members.remove(other));
            members.extend(a.map(|a| (other.to_owned(), a)));
            members.extend(b.map(|b| (one.to_owned(), b)));
        }
        value
    };
    let changes = lines.iter().filter(|line| ["change", "total"].contains(&line["line"].as_str().unwrap_or_default()));
    let mirror = changes.map(|line| {
        let mut line = swap(&swap(line, "before", "after"), "added", "removed");
        let word = match line["what"].as_str() {
            Some("added") => "removed",
            Some("removed") => "added",
            other => other.unwrap_or_default(),
        };
        if line["line"] == "change" {
            line["what"] = json!(word);
        } else if let Some(repeated) = line["repeated"].as_array_mut() {
            repeated.reverse();
        }
        let fields = line.get_mut("fields").and_then(Value::as_array_mut);
        fields.into_iter().flatten().for_each(|field| *field = swap(field, "before", "after"));
        // What stands in b is told by a and the fields: the record itself is told from its side only.
        if line["what"] == "changed" {
            line.as_object_mut().expect("a line").retain(|name, _| name != "before" && name != "after");
        }
        line
    });
    mirror.collect()
}

fn bare(lines: &[Value]) -> Vec<Value> {
    mirrored(&mirrored(lines))
}

#[test]
fn a_package_does_not_differ_from_itself() {
    let sandbox = Sandbox::new();
    for fixture in FIXTURES {
        sandbox.copy(fixture, fixture);
        let said = sandbox.batool(&["diff", fixture, fixture, "--exit-code", "--include-volatile"]);
        assert_eq!(said.code, Some(0), "{fixture}: {}", said.out);
        assert!(!said.out.contains("@@"), "{}", said.out);
    }
}

#[test]
fn the_same_question_has_the_same_answer_in_every_process() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    sandbox.copy("ok-mapping", "b");
    for format in ["text", "json", "html"] {
        let ask = || sandbox.batool(&["diff", "a", "b", "--format", format]).out;
        let first = ask();
        assert!(first.len() > 1000, "{first}");
        assert!((0..4).all(|_| ask() == first), "{format}");
    }
}

#[test]
fn any_two_packages_mirror_and_an_answer_can_be_carried_out() {
    let sandbox = Sandbox::new();
    FIXTURES.iter().for_each(|fixture| drop(sandbox.copy(fixture, fixture)));
    for (n, a) in FIXTURES.iter().enumerate() {
        let b = FIXTURES[(n + 1) % FIXTURES.len()];
        let there = sandbox.lines(a, b, &["--no-verify"]);
        let back = sandbox.lines(b, a, &["--no-verify"]);
        assert_eq!(bare(&there), mirrored(&back), "{a} {b}");
    }
    let runs = runs_of(&sandbox, &["ok-full", "ok-mapping"]);
    let mut all = records(&sandbox, "ok-full", &runs);
    assert!(all.counts.len() > 50, "{}", all.counts.len());
    apply(&mut all, &sandbox.lines("ok-full", "ok-mapping", &["--no-verify"]));
    assert_eq!(all, records(&sandbox, "ok-mapping", &runs));
}

/// A small run of the documented dialect.
#[derive(Debug, Clone)]
struct Run {
    /// Subject and value of what was written.
    facts: Vec<(u8, u8)>,
    /// Of each fact, whether a candidate proposed it, and who approved it.
    approved: Vec<Option<u8>>,
}

fn runs() -> impl Strategy<Value = Run> {
    let facts = prop::collection::vec((0..6_u8, 0..4_u8), 1..8);
    facts.prop_flat_map(|facts| {
        let approved = prop::collection::vec(prop::option::of(0..3_u8), facts.len());
        approved.prop_map(move |approved| Run { facts: facts.clone(), approved })
    })
}

impl Run {
    /// Writes the package; ids begin with `name`, clocks at `clock`, and rows are turned by `turn`.
    fn write(&self, at: &Path, name: &str, clock: u64, turn: usize) {
        let mut ledgers: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (n, ((subject, value), approved)) in self.facts.iter().zip(&self.approved).enumerate() {
            let [assertion, candidate, decision] = ["a", "c", "d"].map(|kind| format!("{name}{kind}{n}"));
            let (subject, value) = (format!("s{subject}"), format!("v{value}"));
            ledgers
                .entry("run_ledger")
                .or_default()
                .push(json!({"assertion_id": assertion, "ingested_at": clock + n as u64,
                "predicate": "house:tag", "run_id": "the run", "subject": subject, "value": value}));
            let Some(by) = approved else { continue };
            ledgers
                .entry("candidate_ledger")
                .or_default()
                .push(json!({"candidate_id": candidate, "predicate": "house:tag",
                "rule_id": "drv", "rule_version": "1", "state": "accepted", "subject": subject, "value": value}));
            ledgers.entry("accept_write_ledger").or_default().push(json!({"assertion_id": assertion,
                "candidate_id": candidate, "rule_id": "drv", "rule_version": "1"}));
            ledgers.entry("decision_log").or_default().push(json!({"approved_by": format!("p{by}"),
                "assertion_ids": [assertion], "candidate_id": candidate, "decision_id": decision, "event_ts": clock}));
        }
        fs::create_dir_all(at.join("audit")).expect("there is room");
        let names = ["run_ledger", "candidate_ledger", "accept_write_ledger", "accept_failed", "decision_log"];
        let mut listed = serde_json::Map::new();
        for name in names {
            let mut rows = ledgers.remove(name).unwrap_or_default();
            let turn = turn % rows.len().max(1);
            rows.rotate_left(turn);
            let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
            let path = format!("audit/{name}.jsonl");
            fs::write(at.join(&path), text).expect("there is room");
            listed.insert(name.into(), json!(path));
        }
        let manifest = json!({"package_kind": "audit", "paths": {"audit_files": listed}});
        fs::write(at.join("manifest.json"), manifest.to_string()).expect("there is room");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_clocks_and_order_are_no_difference(run in runs(), turn in 0..8_usize) {
        let sandbox = Sandbox::new();
        run.write(&sandbox.path("a"), "x", 1_000, 0);
        run.write(&sandbox.path("b"), "other-", 77_000, turn);
        let said = sandbox.batool(&["diff", "a", "b", "--exit-code", "--no-verify"]);
        prop_assert_eq!(said.code, Some(0), "{}", said.out);
    }

    #[test]
    fn any_two_runs_mirror_and_an_answer_can_be_carried_out(a in runs(), b in runs(), same in any::<bool>()) {
        let sandbox = Sandbox::new();
        a.write(&sandbox.path("a"), "x", 1_000, 0);
        // The same ids for other things are as good a trap as other ids for the same things.
        b.write(&sandbox.path("b"), if same { "x" } else { "y" }, 2_000, 1);
        let there = sandbox.lines("a", "b", &["--no-verify"]);
        prop_assert_eq!(bare(&there), mirrored(&sandbox.lines("b", "a", &["--no-verify"])));
        let mut all = records(&sandbox, "a", &[]);
        apply(&mut all, &there);
        prop_assert_eq!(all, records(&sandbox, "b", &[]));
    }
}

/// Every member of every row of a ledger of the real package, changed one at a time, is one change at its place.
#[test]
fn a_single_edited_field_is_reported_once_at_its_place() {
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    let edits = [
        ("accept_write_ledger", "note", "/note"),
        ("accept_write_ledger", "approved_by", "/approved_by"),
        ("accept_write_ledger", "derived_rule_version", "/derived_rule_version"),
        ("candidate_ledger", "support_kind", "/support_kind"),
        ("candidate_ledger", "run_id", "/run_id"),
        ("decision_log", "derived_rule_id", "/derived_rule_id"),
        ("decision_log", "candidate_id", "/candidate_id"),
        ("assertion_annotations", "value", "/value"),
        ("assertion_annotations", "namespace", ""),
    ];
    for (ledger, member, pointer) in edits {
        let b = sandbox.copy("ok-full", &format!("{ledger}-{member}"));
        let path = b.join(format!("audit/{ledger}.jsonl"));
        let text = fs::read_to_string(&path).expect("it can be read");
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut row: Value = serde_json::from_str(&rows[0]).expect("rows are JSON");
        assert!(row[member].is_string(), "{ledger} {member}");
        row[member] = json!("edited");
        rows[0] = row.to_string();
        fs::write(&path, rows.join("\n") + "\n").expect("there is room");
        let name = b.file_name().expect("it has a name").to_string_lossy().into_owned();
        let lines = sandbox.lines("a", &name, &["--no-verify"]);
        let changes = of(&lines, "change");
        if pointer.is_empty() {
            // With another key it is another record.
            let mut words: Vec<_> = changes.iter().map(|line| line["what"].to_string()).collect();
            words.sort();
            assert_eq!(words, ["\"added\"", "\"removed\""], "{ledger} {member}");
            continue;
        }
        assert_eq!(changes.len(), 1, "{ledger} {member}: {changes:#?}");
        assert_eq!((&changes[0]["ledger"], &changes[0]["what"]), (&json!(ledger), &json!("changed")));
        let fields = changes[0]["fields"].as_array().expect("a change has fields");
        assert_eq!(fields.len(), 1, "{fields:?}");
        assert_eq!((fields[0]["pointer"].as_str(), &fields[0]["after"]), (Some(pointer), &json!("edited")));
    }
}

/// The same text with other ids: 32 hex digits, candidates and supports. Clocks are shifted.
fn renamed(text: &str, supports: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let turn = |hex: &str| -> String { hex.chars().rev().collect() };
    let mut rest = text;
    while let Some(at) = rest.find(is_hex) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let run = &tail[..tail.find(|c| !is_hex(c)).unwrap_or(tail.len())];
        rest = &tail[run.len()..];
        let is_clock = run.len() == 19 && run.starts_with("175");
        match run.len() {
            32 => out.push_str(&turn(run)),
            64 if before.ends_with("cand_v2:") || supports.iter().any(|known| known == run) => out.push_str(&turn(run)),
            _ if is_clock => out.push_str(&(run.parse::<u64>().expect("a clock") + 86_400_000_000_000).to_string()),
            _ => out.push_str(run),
        }
    }
    out + rest
}

#[test]
fn a_real_package_with_other_ids_clocks_and_orders_is_the_same() {
    let sandbox = Sandbox::new();
    for fixture in [
        "ok-full",
        "ok-mapping",
        "ok-evidence",
        "ok-traces",
        "ok-unicode",
        "ok-idb",
        "ok-outputs",
        "ok-rounds",
        "ok-audit-only",
    ] {
        let a = sandbox.copy(fixture, fixture);
        let name = format!("{fixture}-renamed");
        let b = sandbox.copy(fixture, &name);
        let text = |path: &Path| fs::read_to_string(path).expect("it can be read");
        let rows = text(&a.join("audit/support_artifacts.jsonl"));
        let digest = |row: &str| {
            serde_json::from_str::<Value>(row).ok()?["support_digest"].as_str()?.get(7..).map(str::to_owned)
        };
        let supports: Vec<String> = rows.lines().filter_map(digest).collect();
        let mut others = 0;
        for path in crate::shared::files(&b) {
            let before = text(&path);
            let mut after = renamed(&before, &supports);
            if path.extension().is_some_and(|end| end == "jsonl" || end == "facts") {
                after = after.lines().rev().map(|line| format!("{line}\n")).collect();
            }
            others += usize::from(after != before);
            fs::write(path, after).expect("there is room");
        }
        assert!(others > 2, "{fixture}: {others}");
        let said = sandbox.batool(&["diff", fixture, &name, "--exit-code", "--no-verify"]);
        assert_eq!(said.code, Some(0), "{fixture}: {}", said.out);
    }
}

#[test]
fn a_ledger_that_is_too_large_to_be_read_ahead_is_compared_the_same_way() {
    let sandbox = Sandbox::new();
    let facts: Vec<(u8, u8)> = (0..20_500_u32).map(|n| ((n % 250) as u8, (n / 250) as u8)).collect();
    let approved = vec![None; facts.len()];
    let mut run = Run { facts, approved };
    run.write(&sandbox.path("a"), "x", 1_000, 0);
    run.facts[77] = (7, 200);
    run.write(&sandbox.path("b"), "y", 2_000, 3);
    let lines = sandbox.lines("a", "b", &["--no-verify"]);
    assert_eq!(lines, sandbox.lines("a", "b", &["--no-verify", "--memory", "0"]));
    assert_eq!(totals(&lines, "run_ledger"), [1, 1, 0, 20_499, 0, 0]);
    let keys: Vec<String> = of(&lines, "change").iter().map(|line| line["key"].to_string()).collect();
    assert_eq!(keys, [r#"["house:tag","s7","v200"]"#, r#"["house:tag","s77","v0"]"#]);
}
