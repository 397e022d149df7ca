//! For programs: one document.

use serde_json::{Value, json};

use crate::drift::Report;

/// Tells a report as JSON.
pub fn render(report: &Report) -> String {
    let runs: Vec<Value> = report.runs.iter().map(|held| {
        let findings: Vec<Value> = held.findings.iter().map(|finding| {
            let places: Vec<Value> = finding.tally.places().map(|(place, text)| {
                json!({ "at": place.pointer, "file": &*place.file, "text": text })
            }).collect();
            json!({ "code": finding.code, "count": finding.tally.count(), "places": places, "weight": finding.weight.word() })
        }).collect();
        json!({ "findings": findings, "run": held.run, "source": held.source, "verdict": held.verdict().word() })
    }).collect();
    let document = json!({
        "baseline": report.baseline, "runs": runs, "schema": "batool/baseline-check/1", "verdict": report.verdict().word(),
    });
    format!("{document}\n")
}
