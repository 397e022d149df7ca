//! For CI that shows results of analysis: SARIF 2.1.0.
//!
//! Source: OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.13 to 3.33.

use std::collections::BTreeSet;

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
    tool: Tool<'r>,
}

#[derive(Serialize)]
struct Tool<'r> {
    driver: Driver<'r>,
}

#[derive(Serialize)]
struct Driver<'r> {
    name: &'static str,
    rules: Vec<Descriptor<'r>>,
    version: &'static str,
}

#[derive(Serialize)]
struct Descriptor<'r> {
    id: &'r str,
    #[serde(flatten)]
    texts: Option<Texts>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Texts {
    full_description: Message,
    help: Message,
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
    let described = DRIFT_CODES.iter().map(|code| Descriptor {
        id: code.code,
        texts: Some(Texts {
            full_description: message(code.page.means),
            help: message(code.page.next),
            short_description: message(code.page.title),
        }),
    });
    // Not every code that a check may say is about drift; each that is said has a descriptor.
    let said = report.runs.iter().flat_map(|held| &held.findings).map(|finding| finding.code.as_str());
    let others: BTreeSet<&str> = said.filter(|said| DRIFT_CODES.iter().all(|code| code.code != *said)).collect();
    let rules = described.chain(others.into_iter().map(|id| Descriptor { id, texts: None }));
    let uri = reference(&format!("baselines/{}.json", report.baseline));
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

/// A path as a reference of RFC 3986: what a name may hold and a reference may not is spelt with percent signs.
fn reference(path: &str) -> String {
    let spell = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    path.bytes().map(spell).collect()
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
