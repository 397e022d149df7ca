//! The certificates of a run: each must be what the stored package gives, by the policy that its leaf names.

use base64::Engine as _;
use serde_json::Value;

use super::Check;
use crate::archive::codes::{
    JUDGED_STRICTER, LAYOUT, LEAF_MISMATCH, MISMATCH, NOT_ACCEPTED, REJECTED_SINCE, REPEATED, RULES_UNKNOWN,
    RUN_WITHOUT_LEAF,
};
use crate::archive::known::Known;
use crate::archive::layout::{CERTIFICATE, ENVELOPE, certificate_file, certificate_number};
use crate::archive::leaf::Leaf;
use crate::archive::policy::Policy;
use crate::archive::read::{MAX_CERTIFICATE, RunEntry};
use crate::archive::released::is_released;
use crate::archive::token;
use crate::error::Result;
use crate::finding::{Place, printable};
use crate::git::{Mode, TreeEntry};
use crate::judge::Verdict;

/// What in-toto statements are called in an envelope.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A run's package, judged by the policy that held when it was added.
pub(super) struct Judged<'j> {
    pub(super) known: &'j Known,
    pub(super) policy: &'j Policy,
    /// False if that policy is not known, and another stands for it.
    pub(super) is_certain: bool,
}

/// By which rules a certificate was made.
#[derive(PartialEq, Eq)]
enum Rules {
    /// By ours; true if the same bytes come out.
    Ours(bool),
    Older,
    Unknown,
}

impl Check<'_> {
    /// Holds all certificates of a run against its package; gives the first, byte for byte.
    pub(super) fn certificates(
        &mut self,
        run: &RunEntry,
        entries: &[TreeEntry],
        judged: &Judged<'_>,
    ) -> Result<Option<Vec<u8>>> {
        let repo = self.archive.repo();
        let blob = |name: &str| {
            let entry = entries.iter().find(|entry| entry.name == name.as_bytes() && entry.mode == Mode::Blob);
            entry.map(|entry| repo.read_blob(entry.id, MAX_CERTIFICATE)).transpose()
        };
        let Some(first) = blob(CERTIFICATE)? else { return Ok(None) };
        let mut all = vec![first.clone()];
        let first_rules = self.certificate(run, CERTIFICATE, &first, judged)?;
        let mut newest = Rules::Unknown;
        let mut numbers: Vec<u32> =
            entries.iter().filter_map(|entry| certificate_number(&entry.name_lossy())).collect();
        numbers.sort_unstable();
        let mut rules = if numbers.is_empty() { Vec::new() } else { vec![rules_of(&first)] };
        for (n, number) in numbers.into_iter().enumerate() {
            let file = certificate_file(number);
            if u32::try_from(n + 2) != Ok(number) {
                self.say(LAYOUT, Place::file(run.name.inside(&file)), || "leaves out a number before its own".into());
            }
            let Some(bytes) = blob(&file)? else { continue };
            newest = self.further(run, &file, &bytes, judged)?;
            let by = rules_of(&bytes);
            if rules.contains(&by) {
                let what = || "is by the rules of another certificate beside it, and says nothing new".to_owned();
                self.say(REPEATED, Place::file(run.name.inside(&file)), what);
            }
            rules.push(by);
            all.push(bytes);
        }
        if let Some(bytes) = blob(ENVELOPE)? {
            self.leaf_of_file(run, ENVELOPE, &bytes);
            if !wraps(&bytes).is_some_and(|payload| all.contains(&payload)) {
                let what = || "wraps something else than the certificates beside it".to_owned();
                self.say(MISMATCH, Place::file(run.name.inside(ENVELOPE)), what);
            }
        }
        self.acceptance(run, &first, &first_rules, newest == Rules::Ours(true), judged);
        Ok(Some(first))
    }

    /// Whether the policy accepts the run today; where older rules had accepted it, what today's say besides.
    fn acceptance(&mut self, run: &RunEntry, first: &[u8], rules: &Rules, is_on_record: bool, judged: &Judged<'_>) {
        let place = Place::file(run.name.folder());
        if *rules != Rules::Older {
            // Nobody is accused by a policy of which it is not known that it held.
            if let Some(refusal) =
                judged.policy.refusals(&judged.known.standing).into_iter().next().filter(|_| judged.is_certain)
            {
                self.say(NOT_ACCEPTED, place, || refusal);
            }
            return;
        }
        let today = judged.known.standing.verdict;
        let said = member(&parse(first)["predicate"]["verdict"]);
        let then = [Verdict::Verified, Verdict::Undecidable].into_iter().find(|verdict| verdict.word() == said);
        if then.is_none() {
            self.say(MISMATCH, place.clone(), || format!("certifies {}", printable(&said, 40)));
        }
        if then.is_some_and(|then| today > then) {
            let code = if today == Verdict::Reject && !is_on_record { REJECTED_SINCE } else { JUDGED_STRICTER };
            self.say(code, place, || format!("was {said} when it was added, and is {} by today's rules", today.word()));
        }
    }

    /// A certificate that came after the first, by the policy of its own leaf.
    fn further(&mut self, run: &RunEntry, file: &str, bytes: &[u8], judged: &Judged<'_>) -> Result<Rules> {
        let leaf = self.leaf_of_file(run, file, bytes);
        let (policy, is_certain) = self.policy_of(run, leaf.as_ref())?;
        if policy == *judged.policy {
            return self.certificate(run, file, bytes, &Judged { is_certain, ..*judged });
        }
        let (known, _) = self.judge(run, &policy)?;
        self.certificate(run, file, bytes, &Judged { known: &known, policy: &policy, is_certain })
    }

    /// The leaf of a file beside a run's package, which must name its token.
    fn leaf_of_file(&mut self, run: &RunEntry, file: &str, bytes: &[u8]) -> Option<Leaf> {
        let path = run.name.inside(file);
        let leaf = self.leaves.at(&path).cloned();
        match &leaf {
            Some(leaf) if leaf.token() != token(bytes) => self.say(LEAF_MISMATCH, Place::file(path), || {
                format!("is {}, and its leaf in the log says {}", token(bytes), leaf.token())
            }),
            None if self.leaves.is_read => {
                self.say(RUN_WITHOUT_LEAF, Place::file(path), || "has no leaf in the log".into());
            }
            _ => {}
        }
        leaf
    }

    /// One certificate.
    fn certificate(&mut self, run: &RunEntry, file: &str, stored: &[u8], judged: &Judged<'_>) -> Result<Rules> {
        let place = || Place::file(run.name.inside(file));
        let parsed = parse(stored);
        let digest = &parsed["subject"][0]["digest"];
        let known = judged.known;
        let algorithm = if known.standing.dialect.is_some() { "dirHash" } else { "sha256" };
        let (subject, named) = (member(&digest[algorithm]), &known.subject);
        let rules = member(&parsed["predicate"]["verifier"]["rules"]);
        if rules == known.rules {
            let is_same = known.gets(stored);
            // By the options of a policy that is not known, other bytes may be right.
            if !is_same && (judged.is_certain || subject != *named) {
                self.say(MISMATCH, place(), || "is not what the stored package gives".into());
            }
            return Ok(Rules::Ours(is_same));
        }
        if subject != *named {
            self.say(MISMATCH, place(), || format!("certifies {subject}, and the package is {named}"));
        }
        if is_released(&rules) {
            return Ok(Rules::Older);
        }
        self.say(RULES_UNKNOWN, place(), || format!("was made by the rules {}", printable(&rules, 80)));
        Ok(Rules::Unknown)
    }
}

/// The rules that a certificate says it was made by.
pub(in crate::archive) fn rules_of(certificate: &[u8]) -> String {
    member(&parse(certificate)["predicate"]["verifier"]["rules"])
}

fn parse(certificate: &[u8]) -> Value {
    serde_json::from_slice(certificate).unwrap_or_default()
}

fn member(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What a DSSE envelope with a signature wraps. Whose signature it is, and whether it is valid, others can tell.
fn wraps(envelope: &[u8]) -> Option<Vec<u8>> {
    let envelope: Value = serde_json::from_slice(envelope).ok()?;
    let is_signed = envelope["signatures"].as_array().is_some_and(|signatures| !signatures.is_empty());
    let payload = envelope["payload"].as_str().filter(|_| is_signed && envelope["payloadType"] == PAYLOAD_TYPE)?;
    base64::engine::general_purpose::STANDARD.decode(payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_wraps_what_its_payload_says() {
        let envelope = |kind: &str, signatures: &str| {
            format!(r#"{{"payload":"e30K","payloadType":"{kind}","signatures":[{signatures}]}}"#).into_bytes()
        };
        let signature = r#"{"keyid":"k","sig":"c2ln"}"#;
        assert_eq!(wraps(&envelope(PAYLOAD_TYPE, signature)), Some(b"{}\n".to_vec()));
        assert_eq!(wraps(&envelope(PAYLOAD_TYPE, "")), None);
        assert_eq!(wraps(&envelope("text/plain", signature)), None);
        assert_eq!(wraps(b"{}"), None);
    }
}
