//! Event logs get the verdicts, codes and claims that the format prescribes, in bounded memory and through every door.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod doors;
mod fixtures;
mod memory;
mod pages;

use std::path::Path;

use batool::assess::{LogAssessment, assess_log};
use batool::events::Terms;
use batool::judge::Profile;
use serde_json::Value;

pub(crate) fn assessed(log: &[u8], terms: Terms, profile: Profile) -> LogAssessment {
    assess_log(&mut { log }, &mut (), terms, profile).expect("a text can be read")
}

/// Code, count and first line of each finding; claims with their texts; non-claims with their reasons.
pub(crate) fn told(assessment: &LogAssessment) -> Value {
    let judgement = &assessment.judgement;
    let findings: Vec<Value> = judgement
        .findings
        .iter()
        .map(|finding| {
            let line = finding.tally.places().next().map_or(0, |(place, _)| place.line);
            serde_json::json!([finding.code, finding.tally.count(), line])
        })
        .collect();
    let claims: serde_json::Map<String, Value> =
        judgement.claims.iter().map(|claim| (claim.name.to_owned(), claim.text.clone().into())).collect();
    let non_claims: serde_json::Map<String, Value> =
        judgement.non_claims.iter().map(|claim| (claim.name.to_owned(), claim.reasons.clone().into())).collect();
    serde_json::json!({
        "claims": claims, "non_claims": non_claims, "triggers": findings, "verdict": judgement.verdict.word(),
    })
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
}
