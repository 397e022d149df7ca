//! How the sides stand: what a verdict on each says, and what is different between the two verdicts.

use std::collections::BTreeSet;

use super::review::Topic;
use crate::assess::Assessment;
use crate::package::{Dialect, Shape};
use crate::verdict::Verdict;

/// What was said of one side when it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// Whose rules it follows.
    pub dialect: Dialect,
    /// What it holds.
    pub shape: Shape,
    claims: BTreeSet<String>,
    findings: BTreeSet<String>,
}

impl Standing {
    /// What matters of an assessment.
    pub fn of(assessment: &Assessment) -> Self {
        let judgement = &assessment.judgement;
        Self {
            verdict: judgement.verdict,
            dialect: assessment.package.dialect,
            shape: assessment.package.shape,
            claims: judgement.claims.iter().map(|claim| claim.name.to_owned()).collect(),
            findings: judgement.findings.iter().map(|finding| finding.code.clone()).collect(),
        }
    }

    /// Dialect, shape and verdict, in words.
    pub fn describe(&self) -> String {
        format!("{}, {}, {}", self.dialect.name(), self.shape.name(), self.verdict.word())
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
    let topics = vec![
        words("dialect-differs", a.dialect.name(), b.dialect.name()),
        words("shape-differs", a.shape.name(), b.shape.name()),
        words("verdict-changed", a.verdict.word(), b.verdict.word()),
        only("claims-lost", &a.claims, &b.claims),
        only("claims-gained", &b.claims, &a.claims),
        only("findings-gone", &a.findings, &b.findings),
        only("findings-new", &b.findings, &a.findings),
    ];
    topics.into_iter().filter(|topic| !topic.items.is_empty()).collect()
}
