//! The certificate: what was judged, how, and what came of it, as an in-toto Statement in RFC 8785 form.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Value, json};

use crate::claim::{self, Claimed, NonClaimed};
use crate::digest::Digest;
use crate::error::Result;
use crate::events::{EventLog, NAME, SCHEMA};
use crate::finding::{Finding, Place};
use crate::json::canonical_bytes;
use crate::judge::{Judgement, Options};
use crate::package::{Dialect, Package};
use crate::rules;
use crate::rules::events::NO_CLAIMS;

/// The type of the Statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of its predicate.
pub const PREDICATE_TYPE: &str = "urn:batool:certificate:1";

/// The kind of input that is an event log.
pub const EVENT_LOG: &str = "event-log";

/// A certificate, ready to be written.
///
/// Nothing in it depends on the machine, the day, or the door through which the package came.
#[derive(Debug, Serialize)]
pub struct Certificate {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: [Subject; 1],
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: Predicate,
}

#[derive(Debug, Serialize)]
struct Subject {
    name: &'static str,
    digest: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate {
    verifier: Verifier,
    kind: &'static str,
    dialect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<&'static str>,
    options: BTreeMap<&'static str, Value>,
    verdict: &'static str,
    #[serde(flatten)]
    log: Option<LogEntry>,
    run_id: Option<String>,
    files: Vec<FileEntry>,
    claims: Vec<ClaimEntry>,
    non_claims: Vec<NonClaimEntry>,
    findings: Vec<FindingEntry>,
}

/// What only the certificate of an event log says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogEntry {
    contract_ok: bool,
    tamper_evidence: Vec<&'static str>,
    input: Value,
    run: Value,
}

#[derive(Debug, Serialize)]
struct Verifier {
    name: &'static str,
    version: &'static str,
    rules: String,
}

#[derive(Debug, Serialize)]
struct FileEntry {
    path: String,
    size: Value,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct ClaimEntry {
    claim: &'static str,
    text: String,
    value: BTreeMap<&'static str, Value>,
}

#[derive(Debug, Serialize)]
struct NonClaimEntry {
    claim: &'static str,
    reasons: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FindingEntry {
    code: String,
    weight: &'static str,
    count: u64,
    /// How many findings only follow from these, if any.
    #[serde(skip_serializing_if = "is_zero")]
    consequences: u64,
    text: String,
    first: PlaceEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<Vec<PlaceEntry>>,
}

#[derive(Debug, Serialize)]
struct PlaceEntry {
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pointer: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Certificate {
    /// The certificate of a judgement by this version of `batool`.
    pub(crate) fn new(package: &Package, options: Options, judgement: &Judgement) -> Self {
        let dir_hash = package.dir_hash().to_string();
        let options = BTreeMap::from([("profile", options.profile.word().into()), ("strict", options.strict.into())]);
        Self {
            statement_type: STATEMENT_TYPE,
            subject: [Subject { name: "package", digest: BTreeMap::from([("dirHash", dir_hash)]) }],
            predicate_type: PREDICATE_TYPE,
            predicate: Predicate {
                verifier: Verifier::new(rules_digest()),
                kind: if package.dialect == Dialect::Unknown && package.manifest.is_none() {
                    "unknown"
                } else {
                    "audit-package"
                },
                dialect: package.dialect.name(),
                shape: (package.dialect == Dialect::FactGraph).then(|| package.shape.name()),
                options,
                verdict: judgement.verdict.word(),
                log: None,
                run_id: package.run_id().map(str::to_owned),
                files: package
                    .files
                    .iter()
                    .map(|file| FileEntry {
                        path: file.path.clone(),
                        size: integer(file.size),
                        sha256: file.digest.to_string(),
                    })
                    .collect(),
                claims: judgement.claims.iter().cloned().map(ClaimEntry::from).collect(),
                non_claims: judgement.non_claims.iter().cloned().map(NonClaimEntry::from).collect(),
                findings: judgement.findings.iter().map(FindingEntry::from).collect(),
            },
        }
    }

    /// The certificate of a judgement of an event log.
    pub(crate) fn of_log(log: &EventLog, options: Options, judgement: &Judgement) -> Self {
        let raw = log.raw.to_string();
        let options = BTreeMap::from([
            ("profile", options.profile.word().into()),
            ("skewToleranceNs", log.tolerance.ns.to_string().into()),
            ("skewToleranceSource", log.tolerance.source.into()),
            ("strict", options.strict.into()),
        ]);
        // What the judge adds for want of claims breaks no contract.
        let contract_ok = judgement.findings.iter().all(|finding| finding.code == NO_CLAIMS.code);
        let digest =
            json!({ "alg": "sha256", "canon": "KEYSORT_UTF8", "hex": log.digest.map(|digest| digest.to_string()) });
        let world_size = log.header.as_ref().map(|header| header.world_size);
        let entry = LogEntry {
            contract_ok,
            tamper_evidence: log.tamper_evidence(),
            input: json!({
                "bytes": integer(log.bytes), "digest": digest, "events": integer(log.events), "lines": integer(log.lines),
            }),
            run: json!({
                "ranksSeen": log.ranks.len(), "runId": log.run_id, "status": log.status, "worldSize": world_size,
            }),
        };
        Self {
            statement_type: STATEMENT_TYPE,
            subject: [Subject { name: NAME, digest: BTreeMap::from([("sha256", raw.clone())]) }],
            predicate_type: PREDICATE_TYPE,
            predicate: Predicate {
                verifier: Verifier::new(log_rules_digest()),
                kind: EVENT_LOG,
                dialect: SCHEMA,
                shape: None,
                options,
                verdict: judgement.verdict.word(),
                log: Some(entry),
                run_id: log.run_id.clone(),
                files: vec![FileEntry { path: NAME.into(), size: integer(log.bytes), sha256: raw }],
                claims: judgement.claims.iter().cloned().map(ClaimEntry::from).collect(),
                non_claims: judgement.non_claims.iter().cloned().map(NonClaimEntry::from).collect(),
                findings: judgement.findings.iter().map(FindingEntry::of_log).collect(),
            },
        }
    }

    /// RFC 8785 bytes and one newline.
    ///
    /// # Errors
    /// Never for a certificate made here; the type allows for it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = canonical_bytes(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The verdict in it.
    pub fn verdict(&self) -> &'static str {
        self.predicate.verdict
    }
}

/// Counts and sizes are numbers as long as a double holds them exactly.
fn integer(value: u64) -> Value {
    if value < 1 << 53 { value.into() } else { value.to_string().into() }
}

impl From<Claimed> for ClaimEntry {
    fn from(claim: Claimed) -> Self {
        Self { claim: claim.name, text: claim.text, value: claim.value }
    }
}

impl From<NonClaimed> for NonClaimEntry {
    fn from(non_claim: NonClaimed) -> Self {
        Self { claim: non_claim.name, reasons: non_claim.reasons }
    }
}

impl From<&Finding> for FindingEntry {
    fn from(finding: &Finding) -> Self {
        let mut places = finding.tally.places().map(|(place, _)| PlaceEntry::from(place));
        let first = places.next().unwrap_or_else(|| PlaceEntry::from(&Place::package()));
        Self {
            code: finding.code.clone(),
            weight: finding.weight.word(),
            count: finding.tally.count(),
            consequences: finding.consequences(),
            text: format!("{}{}", finding.text(), finding.aftermath()),
            first,
            more: Some(places.collect()),
        }
    }
}

impl FindingEntry {
    /// In an event log a place is a line, and 0 is the log as a whole.
    fn of_log(finding: &Finding) -> Self {
        let line = finding.tally.places().next().map_or(0, |(place, _)| place.line);
        let first = PlaceEntry { file: String::new(), line: Some(line), pointer: String::new() };
        Self { first, more: None, ..Self::from(finding) }
    }
}

impl Verifier {
    fn new(rules: Digest) -> Self {
        Self { name: "batool", version: env!("CARGO_PKG_VERSION"), rules: rules.to_string() }
    }
}

impl From<&Place> for PlaceEntry {
    fn from(place: &Place) -> Self {
        Self {
            file: place.file.to_string(),
            line: Some(place.line).filter(|line| *line > 0),
            pointer: place.pointer.clone(),
        }
    }
}

/// The digest that names today's rules for packages: SHA-256 of the RFC 8785 list of codes and revisions.
pub fn rules_digest() -> Digest {
    static DIGEST: OnceLock<Digest> = OnceLock::new();
    *DIGEST.get_or_init(|| {
        let rules = rules::PACKAGE.iter().map(|rule| (rule.code, rule.revision));
        let claims = claim::PACKAGE.iter().map(|claim| (claim.name, claim.revision));
        digest_of(rules.chain(claims).collect())
    })
}

/// The same of today's rules for event logs.
pub fn log_rules_digest() -> Digest {
    static DIGEST: OnceLock<Digest> = OnceLock::new();
    *DIGEST.get_or_init(|| {
        let rules = rules::EVENTS.iter().map(|rule| (rule.code, rule.revision));
        let claims = claim::EVENTS.iter().map(|(_, claim)| (claim.name, claim.revision));
        digest_of(rules.chain(claims).collect())
    })
}

/// The digest of `[{"code":…,"revision":…},…]` as RFC 8785 writes it: nothing in a code needs an escape.
fn digest_of(mut list: Vec<(&str, u32)>) -> Digest {
    list.sort_unstable();
    let list: Vec<_> =
        list.into_iter().map(|(code, revision)| format!(r#"{{"code":"{code}","revision":{revision}}}"#)).collect();
    Digest::of(format!("[{}]", list.join(",")).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_rules_is_hashed_as_canonical_json() {
        let list = vec![("R_B", 12), ("R_A", 1), ("acceptance-traceability", 3)];
        let json = json!([
            {"revision": 1, "code": "R_A"},
            {"revision": 12, "code": "R_B"},
            {"revision": 3, "code": "acceptance-traceability"},
        ]);
        assert_eq!(digest_of(list), Digest::of(&canonical_bytes(&json).expect("it is JSON")));
        let codes = rules::PACKAGE.iter().map(|rule| rule.code).chain(rules::EVENTS.iter().map(|rule| rule.code));
        let names = claim::PACKAGE.iter().map(|claim| claim.name);
        let names = names.chain(claim::EVENTS.iter().map(|(_, claim)| claim.name));
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-. ".contains(&byte));
        assert_eq!(codes.chain(names).find(|text| !is_plain(text)), None);
    }
}
