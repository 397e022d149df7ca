//! For CI that shows results of analysis: SARIF 2.1.0.
//!
//! Source: OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.13 to 3.33.

use serde::Serialize;

use crate::drift::{DRIFT_CODES, Held, Report};
use crate::finding::{Finding, Place, Weight, printable};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'r>; 1],
    version: &'static str,
}

#[derive(Serialize)]
struct Run<'r> {
    results: Vec<Outcome<'r>>,
    tool: Tool,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    rules: Vec<Descriptor>,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    full_description: Message,
    help: Message,
    id: &'static str,
    short_description: Message,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    level: &'static str,
    locations: [Location; 1],
    message: Message,
    rule_id: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    logical_locations: [LogicalLocation; 1],
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// Tells a report as SARIF; the file that results are pinned to is the baseline's.
pub fn render(report: &Report) -> String {
    let message = |text: &str| Message { text: text.to_owned() };
    let rules = DRIFT_CODES.iter().map(|code| Descriptor {
        full_description: message(code.page.means),
        help: message(code.page.next),
        id: code.code,
        short_description: message(code.page.title),
    });
    let uri = format!("baselines/{}.json", report.baseline);
    let results = report.runs.iter().flat_map(|held| {
        let uri = uri.as_str();
        held.findings.iter().flat_map(move |finding| outcomes(held, finding, uri))
    });
    let driver = Driver { name: "batool", rules: rules.collect(), version: env!("CARGO_PKG_VERSION") };
    let run = Run { results: results.collect(), tool: Tool { driver } };
    let log = Log { schema: SCHEMA, runs: [run], version: "2.1.0" };
    let mut text = serde_json::to_string(&log).expect("it is made of texts");
    text.push('\n');
    text
}

fn outcomes<'r>(held: &'r Held, finding: &'r Finding, uri: &str) -> Vec<Outcome<'r>> {
    let level = match finding.weight {
        Weight::Violation => "error",
        Weight::Gap => "warning",
        Weight::Note => "note",
    };
    let outcome = |(place, text): (&Place, &str)| {
        let name = printable(&format!("{}: {place}", held.name()), 600);
        Outcome {
            level,
            message: Message { text: format!("{name}: {}", printable(text, 300)) },
            locations: [Location {
                logical_locations: [LogicalLocation { fully_qualified_name: name }],
                physical_location: PhysicalLocation { artifact_location: ArtifactLocation { uri: uri.to_owned() } },
            }],
            rule_id: &finding.code,
        }
    };
    finding.tally.places().map(outcome).collect()
}
