//! What is known of an input that was judged, as far as an archive asks: how it stands, and which certificate it gets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::token;
use crate::assess::Assessed;
use crate::error::Result;
use crate::json::canonical_bytes;
use crate::judge::Verdict;

/// How a judged input stands before a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// The dialect of an audit package; none for an event log.
    pub dialect: Option<String>,
    /// The claims that stand.
    pub claims: Vec<String>,
}

impl Standing {
    /// How an input stands that was judged just now.
    pub fn of(assessed: &Assessed) -> Self {
        let judgement = assessed.judgement();
        Self {
            verdict: judgement.verdict,
            dialect: assessed.package().map(|package| package.dialect.name().to_owned()),
            claims: judgement.claims.iter().map(|claim| claim.name.to_owned()).collect(),
        }
    }
}

/// An input that was judged, now or before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    pub(super) standing: Standing,
    /// Its `dirHash`, in hex.
    pub(super) package: String,
    /// The digest that its certificates name it by.
    pub(super) subject: String,
    /// The digest of the rules that were asked.
    pub(super) rules: String,
    /// The token of its certificate, as this version writes it.
    certificate: String,
}

impl Known {
    /// An input that was judged just now.
    pub(super) fn of(assessed: &Assessed) -> Result<Self> {
        let package = assessed.dir_hash().to_string();
        let subject = match assessed {
            Assessed::Package(_) => package.clone(),
            Assessed::Log(log) => log.log.raw.to_string(),
        };
        let certificate = token(&assessed.certificate().to_bytes()?);
        let rules = assessed.rules_digest().to_string();
        Ok(Self { standing: Standing::of(assessed), package, subject, rules, certificate })
    }

    /// True if a certificate is the one that the input gets, whichever version with these rules wrote it.
    pub(super) fn gets(&self, certificate: &[u8]) -> bool {
        token(certificate) == self.certificate
            || as_this_version(certificate).is_some_and(|ours| token(&ours) == self.certificate)
    }
}

/// The bytes that this version would have written in the place of another; nothing if no version writes such bytes.
fn as_this_version(certificate: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(certificate).ok()?;
    let bytes = |value: &Value| {
        let mut bytes = canonical_bytes(value).ok()?;
        bytes.push(b'\n');
        Some(bytes)
    };
    bytes(&value).filter(|bytes| bytes == certificate)?;
    let version = value.pointer_mut("/predicate/verifier/version").filter(|version| version.is_string())?;
    *version = env!("CARGO_PKG_VERSION").into();
    bytes(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_no_other_certificate_and_another_form_is() {
        let certificate = |version: &str| format!("{{\"predicate\":{{\"verifier\":{{\"version\":{version}}}}}}}\n");
        let ours = certificate(concat!("\"", env!("CARGO_PKG_VERSION"), "\""));
        for written in [&ours, &certificate("\"9.9\""), &certificate("\"\"")] {
            assert_eq!(as_this_version(written.as_bytes()).as_deref(), Some(ours.as_bytes()));
        }
        let spaced = ours.replace(':', ": ");
        let twice = ours.replace("{\"version\"", "{\"version\":\"1\",\"version\"");
        for odd in [&certificate("1"), &spaced, &twice, ours.trim_end(), "[]\n", "{\"predicate\":1}\n", ""] {
            assert_eq!(as_this_version(odd.as_bytes()), None, "{odd}");
        }
    }
}
