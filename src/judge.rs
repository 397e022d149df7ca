//! The judge: asks every rule, weighs what they say, and lets claims stand or fall.

use crate::claim::{self, Claimed, NonClaimed};
use crate::error::Result;
use crate::events::{EventLog, NAME};
use crate::finding::{Finding, Place, Tally, Weight};
use crate::package::Package;
use crate::rules::events::NO_CLAIMS;
use crate::rules::{self, Consequences, Fold, Rule};
pub use crate::verdict::{Options, Profile, Verdict};

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
///
/// # Errors
/// When what was kept of it in temporary files cannot be read back.
pub fn judge(package: &Package, options: Options) -> Result<Judgement> {
    let findings = ask(rules::PACKAGE, package, options);
    let verdict = weigh(&findings);
    let (claims, non_claims) = claim::decide(package, options, verdict, &findings);
    package.memory.check()?;
    Ok(Judgement { verdict, findings, claims, non_claims })
}

/// Judges an event log by all rules for event logs.
pub fn judge_log(log: &EventLog, options: Options) -> Judgement {
    let mut findings = ask(rules::EVENTS, log, options);
    let (claims, non_claims) = claim::events::decide(log, options, &findings);
    if weigh(&findings) < Verdict::Reject && !claim::events::shows_something(&claims) {
        let mut tally = Tally::default();
        tally.add(Place::row(NAME, 0), || {
            "neither a floor of useful steps nor a dominant component can be claimed".into()
        });
        findings.push(finding(&NO_CLAIMS, tally, options));
        findings.sort_by(|a, b| a.code.cmp(&b.code));
    }
    Judgement { verdict: weigh(&findings), findings, claims, non_claims }
}

/// What all rules of a table find, by code.
fn ask<F>(rules: &[&Rule<F>], facts: &F, options: Options) -> Vec<Finding> {
    let mut fold = Fold::default();
    let findings = rules.iter().map(|rule| finding(rule, rule.run(facts, &mut fold), options));
    let mut findings: Vec<Finding> = findings.filter(|finding| finding.tally.count() > 0).collect();
    for finding in &mut findings {
        finding.consequences = fold.of(&finding.code);
    }
    findings.sort_by(|a, b| a.code.cmp(&b.code));
    findings
}

fn finding<F>(rule: &Rule<F>, tally: Tally, options: Options) -> Finding {
    match rule.code.strip_prefix("U_") {
        Some(rest) if options.strict && rule.promoted => Finding {
            code: format!("R_STRICT_{rest}"),
            weight: Weight::Violation,
            tally,
            consequences: Consequences::new(),
        },
        _ => Finding { code: rule.code.to_owned(), weight: rule.weight(), tally, consequences: Consequences::new() },
    }
}

/// The heaviest finding decides.
fn weigh(findings: &[Finding]) -> Verdict {
    match findings.iter().map(|finding| finding.weight).max() {
        Some(Weight::Violation) => Verdict::Reject,
        Some(Weight::Gap) => Verdict::Undecidable,
        _ => Verdict::Verified,
    }
}
