//! The certificate: what was judged, how, and what came of it, as an in-toto Statement in RFC 8785 form.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::claim::{self, Claimed, NonClaimed};
use crate::digest::Digest;
use crate::error::Result;
use crate::finding::{Finding, Place};
use crate::json::canonical_bytes;
use crate::judge::{Judgement, Options};
use crate::package::{Dialect, Package};
use crate::rules;

/// The type of the Statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of its predicate.
pub const PREDICATE_TYPE: &str = "urn:batool:certificate:1";

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
    run_id: Option<String>,
    files: Vec<FileEntry>,
    claims: Vec<ClaimEntry>,
    non_claims: Vec<NonClaimEntry>,
    findings: Vec<FindingEntry>,
}

#[derive(Debug, Serialize)]
struct Verifier {
    name: &'static str,
    version: String,
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
    more: Vec<PlaceEntry>,
}

#[derive(Debug, Serialize)]
struct PlaceEntry {
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "is_zero")]
    line: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pointer: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Certificate {
    /// The certificate of a judgement by this version of `batool`.
    pub(crate) fn new(package: &Package, options: Options, judgement: &Judgement) -> Self {
        Self::by_version(package, options, judgement, env!("CARGO_PKG_VERSION"))
    }

    /// The same under another version's name, for re-deriving a certificate that it wrote with equal rules.
    pub(crate) fn by_version(package: &Package, options: Options, judgement: &Judgement, version: &str) -> Self {
        let dir_hash = package.dir_hash().to_string();
        let options = BTreeMap::from([("profile", options.profile.word().into()), ("strict", options.strict.into())]);
        Self {
            statement_type: STATEMENT_TYPE,
            subject: [Subject { name: "package", digest: BTreeMap::from([("dirHash", dir_hash)]) }],
            predicate_type: PREDICATE_TYPE,
            predicate: Predicate {
                verifier: Verifier { name: "batool", version: version.to_owned(), rules: rules_digest().to_string() },
                kind: if package.dialect == Dialect::Unknown && package.manifest.is_none() {
                    "unknown"
                } else {
                    "audit-package"
                },
                dialect: package.dialect.name(),
                shape: (package.dialect == Dialect::FactGraph).then(|| package.shape.name()),
                options,
                verdict: judgement.verdict.word(),
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
            more: places.collect(),
        }
    }
}

impl From<&Place> for PlaceEntry {
    fn from(place: &Place) -> Self {
        Self { file: place.file.to_string(), line: place.line, pointer: place.pointer.clone() }
    }
}

/// The digest that names today's rules for packages: SHA-256 of the RFC 8785 list of codes and revisions.
pub fn rules_digest() -> Digest {
    let rules = rules::PACKAGE.iter().map(|rule| (rule.code, rule.revision));
    let claims = claim::PACKAGE.iter().map(|claim| (claim.name, claim.revision));
    let mut list: Vec<_> = rules.chain(claims).collect();
    list.sort_unstable();
    let list: Vec<_> = list
        .into_iter()
        .map(|(code, revision)| BTreeMap::from([("code", Value::from(code)), ("revision", revision.into())]))
        .collect();
    Digest::of(&canonical_bytes(&list).expect("texts and small integers are JSON"))
}
