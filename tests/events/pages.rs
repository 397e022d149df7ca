//! The writers that the documentation shows write logs that are verified.

use std::fs;
use std::path::Path;
use std::process::Command;

use batool::events::Terms;
use batool::judge::Profile;
use serde_json::json;

use crate::{assessed, told};

fn example(language: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/events.md")).unwrap();
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("the page shows one");
    rest.split_once("```").unwrap().0.to_owned()
}

fn is_a_good_log(log: &[u8]) {
    let told = told(&assessed(log, Terms { strict: true, ..Terms::default() }, Profile::Full));
    assert_eq!((&told["verdict"], &told["triggers"]), (&json!("VERIFIED"), &json!([])), "{told}");
    assert_eq!(told["claims"]["useful_compute_floor"], "3 steps");
    assert_eq!(told["claims"]["dominant_time_component"], "COMPUTE_DOMINANT (evidence=medium)", "{told}");
    assert_eq!(told["claims"]["tamper_evidence"], "chain, seal");
}

#[test]
fn the_page_of_python_writes_a_good_log() {
    let Ok(output) = Command::new("python3").args(["-c", &example("python")]).output() else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    is_a_good_log(&output.stdout);
}

#[path = "../../examples/write_events.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "it is a program of its own")]
mod page;

#[test]
fn the_page_of_rust_writes_a_good_log() {
    let file = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/write_events.rs")).unwrap();
    let (_, code) = file.split_once("use std::collections").unwrap();
    assert_eq!(example("rust").trim(), format!("use std::collections{code}").trim(), "the page and the example differ");
    let mut log = Vec::new();
    page::write(&mut log).unwrap();
    is_a_good_log(&log);
}
