//! One run held against the one that was released.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{CLAIM, KIND, REJECTED, UNDECIDABLE};
use super::{May, Policy, events, records};
use crate::certificate::EVENT_LOG;
use crate::diff::Answer;
use crate::error::Result;
use crate::finding::{Finding, Place, Tally};
use crate::verdict::Verdict;

/// Where what is said of certificates stands.
const CERTIFICATE: &str = "certificate";

/// What was found, by code.
#[derive(Default)]
pub(super) struct Drift(BTreeMap<&'static str, Tally>);

impl Drift {
    pub(super) fn say(&mut self, code: &'static str, file: &str, at: &str, text: impl FnOnce() -> String) {
        self.0.entry(code).or_default().add(Place::file(file).with(at), text);
    }

    fn findings(self) -> Vec<Finding> {
        self.0.into_iter().map(|(code, tally)| Finding::new(code, tally)).collect()
    }
}

/// Holds a run against a policy: certificates as JSON, the released one first, and for packages what differs.
///
/// # Errors
/// When what differs cannot be read.
pub fn judge(policy: &Policy, [before, after]: [&Value; 2], answer: Option<&Answer>) -> Result<Vec<Finding>> {
    let mut drift = Drift::default();
    let text = |certificate: &Value, name: &str| certificate["predicate"][name].as_str().unwrap_or("none").to_owned();
    for name in ["kind", "dialect", "shape"] {
        let (was, is) = (text(before, name), text(after, name));
        if was != is {
            drift.say(KIND, CERTIFICATE, &format!("/{name}"), || format!("was {was}, and is {is}"));
        }
    }
    let (was, is) = (text(before, "verdict"), text(after, "verdict"));
    if is == Verdict::Reject.word() {
        drift.say(REJECTED, CERTIFICATE, "/verdict", || format!("was {was}, and is {is}"));
    } else if is == Verdict::Undecidable.word() && was == Verdict::Verified.word() {
        drift.say(UNDECIDABLE, CERTIFICATE, "/verdict", || format!("was {was}, and is {is}"));
    }
    // Where nothing can be claimed the verdict has told it.
    if policy.claims == May::Stay && was == is {
        for name in claims(before).filter(|name| claim(after, name).is_none()) {
            drift.say(CLAIM, CERTIFICATE, &format!("/claims/{name}"), || "does not stand any more".to_owned());
        }
    }
    if [before, after].iter().all(|certificate| text(certificate, "kind") == EVENT_LOG) {
        events::hold(&policy.events, [before, after], &mut drift);
    }
    if let Some(answer) = answer {
        records::hold(policy, answer, &mut drift)?;
    }
    Ok(drift.findings())
}

fn claims(certificate: &Value) -> impl Iterator<Item = &str> {
    certificate["predicate"]["claims"].as_array().into_iter().flatten().filter_map(|claim| claim["claim"].as_str())
}

/// The value of a claim that a certificate makes.
pub(super) fn claim<'c>(certificate: &'c Value, name: &str) -> Option<&'c Value> {
    let mut claims = certificate["predicate"]["claims"].as_array()?.iter();
    claims.find(|claim| claim["claim"] == name).map(|claim| &claim["value"])
}
