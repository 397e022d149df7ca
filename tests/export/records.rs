//! Packages of records: what the documentation shows verifies, and what is no record is said.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shared::files;
use crate::support::{Sandbox, text};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shown(language: &str) -> String {
    let page = fs::read_to_string(root().join("docs/records.md")).expect("the page is there");
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("the page shows one");
    rest.split_once("```").expect("a block ends").0.to_owned()
}

/// Exports these records; gives the package's folder.
fn package(sandbox: &Sandbox, name: &str, records: &[u8]) -> PathBuf {
    let (file, to) = (sandbox.path(&format!("{name}.jsonl")), sandbox.path(name));
    fs::write(&file, records).expect("there is room");
    let at = sandbox.path("");
    let said = sandbox.batool(&at, &["export", "--records", &text(&file), "--to", &text(&to)]).ends(0);
    said.says(&["2 writes, 3 candidates, 2 decisions, 1 failures, 1 evidence graphs"]);
    to
}

fn is_good(sandbox: &Sandbox, package: &Path) {
    let said = sandbox.batool(package, &["verify", &text(package), "--format", "json"]).ends(0);
    let predicate = &said.json()["predicate"];
    assert_eq!((predicate["dialect"].as_str(), predicate["runId"].as_str()), (Some("documented"), Some("run-7")));
    assert_eq!(predicate["findings"], serde_json::json!([]), "{predicate}");
    let archive = sandbox.bare();
    sandbox.batool(&archive, &["archive", "add", &text(package), "--as", "run-7"]).ends(0);
}

#[path = "../../examples/write_records.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "it is a program of its own")]
mod page;

#[test]
fn the_page_of_rust_writes_a_good_package() {
    let sandbox = Sandbox::new();
    let file = fs::read_to_string(root().join("examples/write_records.rs")).expect("the example is there");
    let (_, code) = file.split_once("use std::io").expect("it begins so");
    assert_eq!(shown("rust").trim(), format!("use std::io{code}").trim(), "the page and the example differ");
    let mut records = Vec::new();
    page::write(&mut records).expect("there is room");
    is_good(&sandbox, &package(&sandbox, "rust", &records));
}

#[test]
fn the_page_of_python_writes_the_same_package() {
    let Ok(output) = Command::new("python3").args(["-c", &shown("python")]).output() else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sandbox = Sandbox::new();
    let python = package(&sandbox, "python", &output.stdout);
    is_good(&sandbox, &python);
    let mut records = Vec::new();
    page::write(&mut records).expect("there is room");
    let rust = package(&sandbox, "rust", &records);
    let rows = |root: &Path| -> Vec<Vec<serde_json::Value>> {
        let parse = |text: String| -> Vec<_> {
            text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
        };
        files(root).iter().map(|file| parse(fs::read_to_string(file).expect("it is text"))).collect()
    };
    assert_eq!(rows(&python), rows(&rust));
}

#[test]
fn what_was_proposed_and_not_accepted_is_there_and_numbers_stay_as_they_are() {
    let sandbox = Sandbox::new();
    let mut records = Vec::new();
    page::write(&mut records).expect("there is room");
    let records = String::from_utf8(records).expect("it is text").replace("\"value\":7", "\"value\":7.10e3");
    let at = package(&sandbox, "package", records.as_bytes());
    let read = |path: &str| fs::read_to_string(at.join(path)).expect("it is there");
    assert!(
        read("audit/candidate_ledger.jsonl").contains("\"c2\"")
            && read("audit/candidate_ledger.jsonl").contains("\"c3\"")
    );
    assert!(read("audit/run_ledger.jsonl").contains("7.10e3"));
    assert!(read("audit/accept_failed.jsonl").contains("the store was locked"));
    let again = package(&sandbox, "again", records.as_bytes());
    for file in files(&at) {
        let other = again.join(file.strip_prefix(&at).expect("it lies there"));
        assert_eq!(fs::read(&file).ok(), fs::read(other).ok(), "the same file, the same bytes");
    }
}

#[test]
fn what_is_no_record_is_said_with_its_line_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let at = sandbox.path("");
    let good = "{\"kind\":\"candidate\",\"candidate_id\":\"c\"}\n";
    for (records, words) in [
        ("{\"kind\":\"candidate\",\"candidate_id\":\"c\"}", "does not end with a newline"),
        ("{\"kind\":\"candi\0\0\0\0", "its byte 14 is zero"),
        ("\0\0\0\0\n", "its byte 0 is zero"),
        ("\n", "JSON"),
        ("[]\n", "no object with a text `kind`"),
        ("{\"kind\":1}\n", "no object with a text `kind`"),
        ("{\"kind\":\"claim\"}\n", "there is no kind"),
        ("{\"kind\":\"candidate\",\"kind\":\"write\"}\n", "JSON"),
        ("{\"kind\":\"candidate\",\"candidate_id\":\"\"}\n", "a candidate needs a text `candidate_id`"),
        ("{\"kind\":\"write\",\"assertion_id\":\"a\"}\n", "a write needs a text `predicate`"),
        (
            "{\"kind\":\"write\",\"assertion_id\":\"a\",\"predicate\":\"p\",\"subject\":\"s\",\"candidate_id\":\"c\"}\n",
            "`rule_id`",
        ),
        ("{\"kind\":\"decision\",\"decision_id\":\"d\",\"candidate_id\":\"c\"}\n", "`outcome`"),
        ("{\"kind\":\"run\",\"paths\":{}}\n", "a run cannot say `paths`"),
        ("{\"kind\":\"run\",\"rule_versions\":[]}\n", "versions by rule"),
        ("{\"kind\":\"run\"}\n{\"kind\":\"run\"}\n", "there is a run already"),
    ] {
        fs::write(at.join("bad.jsonl"), format!("{good}{records}")).expect("there is room");
        let said = sandbox.batool(&at, &["export", "--records", "bad.jsonl", "--to", "x"]).ends(74);
        let line = 1 + records.lines().count().max(1);
        assert!(
            said.err.contains(words) && said.err.contains(&format!("line {line} is no record")),
            "{records}: {}",
            said.err
        );
        assert!(!at.join("x").exists());
    }
    let none = sandbox.batool(&at, &["export", "--records", "none.jsonl", "--to", "x"]).ends(74);
    assert!(none.err.contains("none.jsonl"));
    sandbox.batool(&at, &["export", "--records", "bad.jsonl", "--store", "y", "--to", "x"]).ends(64);
}

#[test]
fn a_record_of_any_length_costs_no_more_memory_than_the_longest() {
    let sandbox = Sandbox::new();
    let at = sandbox.path("");
    let mut file = fs::File::create(at.join("long.jsonl")).expect("there is room");
    file.write_all(b"{\"kind\":\"run\"}\n\"").expect("there is room");
    (0..65).for_each(|_| file.write_all(&vec![b'a'; 1 << 20]).expect("there is room"));
    file.write_all(b"\"\n").expect("there is room");
    let said = sandbox.batool(&at, &["export", "--records", "long.jsonl", "--to", "x"]);
    said.fails(&["line 2 is no record", "it is longer than 67108864 bytes"]);
    assert!(!at.join("x").exists());
}

#[test]
fn records_that_contradict_each_other_are_found_by_verify() {
    let sandbox = Sandbox::new();
    let mut records = Vec::new();
    page::write(&mut records).expect("there is room");
    let records =
        String::from_utf8(records).expect("it is text").replace("\"outcome\":\"accepted\"", "\"outcome\":\"declined\"");
    let at = package(&sandbox, "package", records.as_bytes());
    sandbox.batool(&at, &["verify", &text(&at)]).ends(2).says(&["R_"]);
}
