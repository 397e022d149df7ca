//! How the sides stand: what a verdict on each says, and what is different between the two verdicts.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::{self, Observed};
use super::review::Topic;
use crate::assess::Assessed;
use crate::events::SCHEMA;
use crate::verdict::Verdict;

/// Claims of event logs that measure time: no two runs are the same there.
const MEASURED: [&str; 3] = ["clock_skew_bound", "step_tail_latency", "time_coverage"];

/// What was said of one side when it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// Whose rules it follows.
    pub dialect: &'static str,
    /// What it holds.
    pub shape: &'static str,
    /// What each claim says.
    claims: BTreeMap<String, String>,
    findings: BTreeSet<String>,
    /// Of an event log.
    observed: Option<Observed>,
}

impl Standing {
    /// What matters of an assessment.
    pub fn of(assessed: &Assessed) -> Self {
        let judgement = assessed.judgement();
        let (dialect, shape, observed) = match assessed {
            Assessed::Package(package) => (package.package.dialect.name(), package.package.shape.name(), None),
            Assessed::Log(log) => (SCHEMA, "event-log", Some(Observed::of(&log.log))),
        };
        Self {
            verdict: judgement.verdict,
            dialect,
            shape,
            claims: judgement.claims.iter().map(|claim| (claim.name.to_owned(), claim.text.clone())).collect(),
            findings: judgement.findings.iter().map(|finding| finding.code.clone()).collect(),
            observed,
        }
    }

    /// Dialect, shape and verdict, in words.
    pub fn describe(&self) -> String {
        format!("{}, {}, {}", self.dialect, self.shape, self.verdict.word())
    }
}

/// What differs between two standings.
pub(super) fn topics(a: &Standing, b: &Standing) -> Vec<Topic> {
    let words = |name, before: &str, after: &str| Topic {
        name,
        items: if before == after { Vec::new() } else { vec![format!("{before} -> {after}")] },
    };
    let only = |name, here: &BTreeSet<String>, there: &BTreeSet<String>| Topic {
        name,
        items: here.difference(there).cloned().collect(),
    };
    let [claims_a, claims_b] = [a, b].map(|standing| standing.claims.keys().cloned().collect());
    let mut topics = vec![
        words("dialect-differs", a.dialect, b.dialect),
        words("shape-differs", a.shape, b.shape),
        words("verdict-changed", a.verdict.word(), b.verdict.word()),
        only("claims-lost", &claims_a, &claims_b),
        only("claims-gained", &claims_b, &claims_a),
        only("findings-gone", &a.findings, &b.findings),
        only("findings-new", &b.findings, &a.findings),
    ];
    if let (Some(seen_a), Some(seen_b)) = (&a.observed, &b.observed) {
        topics.push(Topic { name: "claims-changed", items: restated(a, b, |name| !MEASURED.contains(&name)) });
        topics.extend(observed::topics(seen_a, seen_b));
    }
    topics.into_iter().filter(|topic| !topic.items.is_empty()).collect()
}

/// How the time of two event logs went. It is told, and is no difference: no two runs are the same there.
pub(super) fn measures(a: &Standing, b: &Standing) -> Vec<Topic> {
    let (Some(seen_a), Some(seen_b)) = (&a.observed, &b.observed) else { return Vec::new() };
    let measured = Topic { name: "times-measured", items: restated(a, b, |name| MEASURED.contains(&name)) };
    [observed::shares(seen_a, seen_b), measured].into_iter().filter(|topic| !topic.items.is_empty()).collect()
}

/// Claims that both make and that say something else.
fn restated(a: &Standing, b: &Standing, of: impl Fn(&str) -> bool) -> Vec<String> {
    let both = a.claims.iter().filter_map(|(name, before)| Some((name, before, b.claims.get(name)?)));
    let other = both.filter(|(name, before, after)| of(name) && before != after);
    other.map(|(name, before, after)| format!("{name}: {before} -> {after}")).collect()
}
