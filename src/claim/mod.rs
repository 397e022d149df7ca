//! What a verdict stands for, and what it expressly does not.
//!
//! A claim is a sentence with exact facts; when it cannot be made, it becomes a non-claim with stable reasons. Under
//! REJECT nothing is claimed; a gap blocks every claim.

mod acceptance;
mod always;
mod decisions;
mod derivation;
pub(crate) mod events;
mod evidence;
mod files;
mod graphs;
mod inputs;
mod integrity;
mod mapping;
mod proof_frames;
mod supports;
mod unaccepted;
mod unexplained;
mod versions;
mod written;

use std::collections::BTreeMap;

use serde_json::Value;

pub use events::{Class, EVENTS};

use crate::finding::{Finding, Weight};
use crate::package::Package;
use crate::verdict::{Options, Profile, Verdict};

/// A claim that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its name.
    pub name: &'static str,
    /// What the summary prints.
    pub text: String,
    /// The facts behind it: names in snake_case; counts are numbers, digests and large integers strings.
    pub value: BTreeMap<&'static str, Value>,
}

/// A claim that does not stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonClaimed {
    /// Its name.
    pub name: &'static str,
    /// Why: `NC_…` reasons, or the codes of the gaps that block it; sorted.
    pub reasons: Vec<String>,
}

/// A sentence that may be claimed about facts `F`.
pub struct Claim<F: 'static = Package> {
    /// Its name.
    pub name: &'static str,
    /// Rises with every change of behaviour.
    pub revision: u32,
    /// Made in the profile `core` too.
    core: bool,
    /// What it says, for readers of `batool explain` and the docs.
    pub means: &'static str,
    derive: fn(&F) -> Outcome,
}

/// What a claim comes to when nothing blocks it.
enum Outcome {
    /// It stands.
    Stands(String, BTreeMap<&'static str, Value>),
    /// It does not, for this reason.
    Not(&'static str),
}

/// A reason why something is not claimed.
pub struct Reason {
    /// Its code, `NC_…`.
    pub code: &'static str,
    /// What it means.
    pub means: &'static str,
}

/// The claims about packages, in catalogue order.
pub static PACKAGE: &[&Claim] = &[
    &integrity::CLAIM,
    &files::CLAIM,
    &acceptance::CLAIM,
    &decisions::CLAIM,
    &unexplained::CLAIM,
    &mapping::CLAIM,
    &derivation::CLAIM,
    &inputs::CLAIM,
    &supports::CLAIM,
    &graphs::CLAIM,
    &proof_frames::CLAIM,
    &written::CLAIM,
    &versions::CLAIM,
    &evidence::CLAIM,
    &always::AUTHENTICITY,
    &always::TRUTH,
    &always::EVIDENCE,
    &unaccepted::CLAIM,
    &always::REPRODUCIBILITY,
    &always::VOLATILE,
];

/// Every reason that a non-claim may give, beside the codes of gaps.
pub static REASONS: &[Reason] = &[
    Reason {
        code: "NC_REJECTED",
        means: "The verdict is REJECT; nothing is claimed about an input that is wrong somewhere.",
    },
    Reason {
        code: "NC_NO_SIGNATURE",
        means: "Nothing in a package says who wrote it. A certificate binds bytes, not authors; sign the certificate to bind one.",
    },
    Reason {
        code: "NC_NOT_OBSERVED",
        means: "The package records what a system wrote. Whether it is so in the world cannot be seen from here.",
    },
    Reason {
        code: "NC_LEDGERS_ALONE",
        means: "An audit-only package holds ledgers without the facts behind them. They were held against each other: an edit made alike in all of them is not noticed, and how many claims a run made, and of which predicates, is only bounded by what was accepted.",
    },
    Reason {
        code: "NC_NOT_DERIVED",
        means: "`generated_at` of manifest, mapping resolution and schema, `repr` in the schema, `target_engine`, and the times in `outputs/run_manifest.json` follow from nothing, and no digest inside the package covers them. The claim `files_bound` names every file that none covers.",
    },
    Reason {
        code: "NC_NOT_COMPLETE",
        means: "Supports and traces hold what one process evaluated; candidates may have been accepted on evidence that is not in the package.",
    },
    Reason {
        code: "NC_NOT_IN_FORMAT",
        means: "The format carries accepted candidates only; what was proposed and not accepted is not in the package.",
    },
    Reason { code: "NC_NOT_RERUN", means: "The run was not repeated; whether it would end the same way is open." },
    Reason { code: "NC_NOT_JUDGED", means: "This version of batool has no rules for this in the package's dialect." },
    Reason { code: "NC_NO_LEDGERS", means: "An inference package has no ledgers." },
    Reason { code: "NC_NO_INPUTS", means: "An audit-only package has no facts, schema, policy or rules." },
    Reason {
        code: "NC_NO_ACCEPTED_WRITES",
        means: "The accept-write ledger is empty, so there is no acceptance to trace.",
    },
    Reason { code: "NC_NO_DECISIONS", means: "The decision log is empty." },
    Reason { code: "NC_NO_CLAIMS", means: "There are no claims in the facts." },
    Reason { code: "NC_NO_MAPPINGS", means: "No predicate of the package is a mapping." },
    Reason {
        code: "NC_RUNS_ONLY",
        means: "The run ledger has a row a run, or no row at all; it lists no single assertions.",
    },
    Reason { code: "NC_NO_EVIDENCE", means: "There are no evidence graphs. The dialect does not ask for any." },
    Reason {
        code: "NC_NO_SCHEMA_VERSION",
        means: "The manifest does not name the schema's version as `schema_version`.",
    },
    Reason {
        code: "NC_NO_RULE_VERSIONS",
        means: "The manifest does not name the versions of rules as `rule_versions`.",
    },
    Reason {
        code: "NC_PINNED_BY_DIGESTS",
        means: "Packages of factgraph name no versions of schema and rules; the claim `inputs_pinned` tells whether digests pin them.",
    },
    Reason { code: "NC_NO_SUPPORTS", means: "There are no support artifacts." },
    Reason {
        code: "NC_SUPPORT_ABSENT",
        means: "An accepted write rests on a support that is not in the package, as happens when the store was opened again before the export.",
    },
    Reason { code: "NC_NO_GRAPHS", means: "There are no evidence graphs." },
    Reason {
        code: "NC_CANDIDATE_NOT_ACCEPTED",
        means: "Rows that a caller added are about candidates that no accepted write names.",
    },
    Reason { code: "NC_NO_PROOF_FRAMES", means: "No round of the package holds a proof frame." },
    Reason { code: "NC_ROUND_UNFINISHED", means: "A round never ended, so nothing seals its events." },
    Reason { code: "NC_ROUND_TIME", means: "Time goes backwards in a round." },
    Reason { code: "NC_FRAME_SUPPORT_ABSENT", means: "A proof frame is about a support that is not in the package." },
    Reason { code: "NC_NO_STEPS", means: "No STEP of the log was ever ended." },
    Reason { code: "NC_FLOOR_ZERO", means: "Steps were ended, but none by every rank and for good." },
    Reason { code: "NC_NO_TIME", means: "No rank of the log has two events at different times." },
    Reason {
        code: "NC_NO_COMPONENTS",
        means: "No component (COMPUTE, DATA_LOAD, a collective …) of any rank has a duration.",
    },
    Reason {
        code: "NC_NOT_DOMINANT",
        means: "If all time that no component accounts for, and all that clocks leave uncertain, belonged to the runner-up, the order could be another one.",
    },
    Reason { code: "NC_TOO_FEW_STEPS", means: "Fewer than 20 steps were ended; percentiles of so few mean little." },
    Reason {
        code: "NC_TOO_FEW_RANKS",
        means: "Fewer than three ranks log; with so few there is no middle to compare with.",
    },
    Reason { code: "NC_NO_CHECKPOINTS", means: "There is no durable checkpoint of a step that counts." },
    Reason { code: "NC_NO_SDC_CHECKS", means: "There is no SDC_CHECK in the log." },
    Reason {
        code: "NC_NO_SYNC_POINTS",
        means: "No collective was entered by two ranks inside a step, so no clock can be compared with another.",
    },
    Reason {
        code: "NC_NO_TAMPER_EVIDENCE",
        means: "The log is neither chained nor sealed, and no digest was expected.",
    },
    Reason {
        code: "NC_RESOURCE_LIMIT",
        means: "There are more steps than can be sorted in bounded memory, and percentiles are exact or not told.",
    },
    Reason { code: "NC_NOTHING_BOUND", means: "The manifest states no digests, so it binds no file." },
];

/// Lets every claim of the profile stand or fall.
pub(crate) fn decide(
    package: &Package,
    options: Options,
    verdict: Verdict,
    findings: &[Finding],
) -> (Vec<Claimed>, Vec<NonClaimed>) {
    let gaps: Vec<String> =
        findings.iter().filter(|finding| finding.weight == Weight::Gap).map(|finding| finding.code.clone()).collect();
    let (mut claims, mut non_claims) = (Vec::new(), Vec::new());
    for claim in PACKAGE.iter().filter(|claim| claim.core || options.profile == Profile::Full) {
        let name = claim.name;
        match ((claim.derive)(package), verdict) {
            // What is never claimed keeps its own reason, whatever the verdict.
            (Outcome::Not(reason), _) if always::REASONS.contains(&reason) => {
                non_claims.push(NonClaimed { name, reasons: vec![reason.into()] })
            }
            (_, Verdict::Reject) => non_claims.push(NonClaimed { name, reasons: vec!["NC_REJECTED".into()] }),
            (_, Verdict::Undecidable) => non_claims.push(NonClaimed { name, reasons: gaps.clone() }),
            (Outcome::Stands(text, value), Verdict::Verified) => claims.push(Claimed { name, text, value }),
            (Outcome::Not(reason), Verdict::Verified) => {
                non_claims.push(NonClaimed { name, reasons: vec![reason.into()] })
            }
        }
    }
    (claims, non_claims)
}

/// A claim's facts.
fn facts<const N: usize>(pairs: [(&'static str, Value); N]) -> BTreeMap<&'static str, Value> {
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_reasons_are_unique() {
        for (n, claim) in PACKAGE.iter().enumerate() {
            assert!(PACKAGE[..n].iter().all(|other| other.name != claim.name));
        }
        for (n, (_, claim)) in EVENTS.iter().enumerate() {
            assert!(EVENTS[..n].iter().all(|(_, other)| other.name != claim.name));
        }
        for (n, reason) in REASONS.iter().enumerate() {
            assert!(REASONS[..n].iter().all(|other| other.code != reason.code));
        }
    }
}
