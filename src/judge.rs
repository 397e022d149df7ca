//! The judge: asks every rule, weighs what they say, and lets claims stand or fall.

use crate::claim::{self, Claimed, NonClaimed};
use crate::finding::{Finding, Tally, Weight};
use crate::package::Package;
use crate::rules::{self, Rule};

/// The answer, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// No violation, no gap, and at least one claim.
    Verified,
    /// Something needed for an answer is missing or ambiguous.
    Undecidable,
    /// The input is wrong.
    Reject,
}

impl Verdict {
    /// The word that certificates and summaries use.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Verified => "VERIFIED",
            Verdict::Undecidable => "UNDECIDABLE",
            Verdict::Reject => "REJECT",
        }
    }

    /// The verdict that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Verdict::Verified, Verdict::Undecidable, Verdict::Reject].into_iter().find(|verdict| verdict.word() == word)
    }

    fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|finding| finding.weight).max() {
            Some(Weight::Violation) => Verdict::Reject,
            Some(Weight::Gap) => Verdict::Undecidable,
            _ => Verdict::Verified,
        }
    }
}

/// How many claims are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Integrity and what the manifest binds.
    Core,
    /// All claims.
    Full,
}

impl Profile {
    /// The word that options and certificates use.
    pub fn word(self) -> &'static str {
        match self {
            Profile::Core => "core",
            Profile::Full => "full",
        }
    }
}

/// How to judge; part of every certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Options {
    /// Turns certain gaps into violations.
    pub strict: bool,
    /// How many claims are made.
    pub profile: Profile,
}

impl Default for Options {
    fn default() -> Self {
        Self { strict: false, profile: Profile::Full }
    }
}

/// Everything that was decided about one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// What rules found, by code.
    pub findings: Vec<Finding>,
    /// What the verdict stands for, in catalogue order.
    pub claims: Vec<Claimed>,
    /// What it expressly does not stand for, in catalogue order.
    pub non_claims: Vec<NonClaimed>,
}

/// Judges a package by all rules for packages.
pub fn judge(package: &Package, options: Options) -> Judgement {
    let mut findings: Vec<Finding> = rules::PACKAGE
        .iter()
        .map(|rule| finding(rule, rule.run(package), options))
        .filter(|f| f.tally.count() > 0)
        .collect();
    findings.sort_by(|a, b| a.code.cmp(&b.code));
    let verdict = Verdict::of(&findings);
    let (claims, non_claims) = claim::decide(package, options, verdict, &findings);
    Judgement { verdict, findings, claims, non_claims }
}

fn finding<F>(rule: &Rule<F>, tally: Tally, options: Options) -> Finding {
    match rule.code.strip_prefix("U_") {
        Some(rest) if options.strict && rule.promoted => {
            Finding { code: format!("R_STRICT_{rest}"), weight: Weight::Violation, tally }
        }
        _ => Finding { code: rule.code.to_owned(), weight: rule.weight(), tally },
    }
}
