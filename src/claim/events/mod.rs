//! What the verdict about an event log stands for: statements about the observed log, never about the machine.
//!
//! Two classes are blocked by different gaps. What counts steps stands as long as no gap says that lines are gone from
//! the middle or that steps cannot be told apart; what speaks of time, and integrity, stands only without any gap.

mod checkpoint_coverage;
mod clock_skew_bound;
mod dominant_time_component;
mod lost_work;
mod sdc_checks;
mod step_tail_latency;
mod straggler_ranks;
mod tamper_evidence;
mod time_coverage;
mod useful_compute_floor;

use serde_json::Value;

use super::{Claim, Claimed, NonClaimed, Outcome, facts};
use crate::events::EventLog;
use crate::finding::{Finding, Weight};
use crate::verdict::{Options, Profile};

/// What blocks a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Gaps that concern the counting of steps.
    Count,
    /// Every gap.
    Time,
}

/// The claims about event logs, in catalogue order.
pub static EVENTS: &[(Class, &Claim<EventLog>)] = &[
    (Class::Count, &useful_compute_floor::CLAIM),
    (Class::Time, &dominant_time_component::CLAIM),
    (Class::Time, &INTEGRITY),
    (Class::Time, &step_tail_latency::CLAIM),
    (Class::Time, &straggler_ranks::CLAIM),
    (Class::Count, &checkpoint_coverage::CLAIM),
    (Class::Count, &lost_work::CLAIM),
    (Class::Count, &sdc_checks::CLAIM),
    (Class::Time, &clock_skew_bound::CLAIM),
    (Class::Time, &time_coverage::CLAIM),
    (Class::Time, &tamper_evidence::CLAIM),
];

/// The gaps that block claims which count.
const BLOCKS_COUNTING: [&str; 10] = [
    "U_EMPTY",
    "U_END_LOST",
    "U_RANK_MISSING",
    "U_RESOURCE_LIMIT",
    "U_RESUME_UNSUPPORTED",
    "U_RUN_START_MISSING",
    "U_SEQ_GAP",
    "U_START_MISSING",
    "U_STEP_GAP",
    "U_STEP_REPEAT",
];

static INTEGRITY: Claim<EventLog> = Claim {
    name: "integrity",
    revision: 1,
    core: true,
    means: "Every rule for event logs was asked and none found a violation or a gap.",
    derive: |_| {
        Outcome::Stands("OK (contract_ok=true)".into(), facts([("contract_ok", true.into()), ("status", "OK".into())]))
    },
};

impl Class {
    fn blocks(self, finding: &Finding) -> bool {
        finding.weight == Weight::Gap && (self == Class::Time || BLOCKS_COUNTING.contains(&finding.code.as_str()))
    }
}

/// Lets every claim of the profile stand or fall. `findings` stand in the order of their codes.
pub(crate) fn decide(log: &EventLog, options: Options, findings: &[Finding]) -> (Vec<Claimed>, Vec<NonClaimed>) {
    let is_rejected = findings.iter().any(|finding| finding.weight == Weight::Violation);
    let (mut claims, mut non_claims) = (Vec::new(), Vec::new());
    for (class, claim) in EVENTS.iter().filter(|(_, claim)| claim.core || options.profile == Profile::Full) {
        let blocking = findings.iter().filter(|finding| class.blocks(finding)).map(|finding| finding.code.clone());
        let reasons = if is_rejected { vec!["NC_REJECTED".to_owned()] } else { blocking.collect() };
        let name = claim.name;
        if !reasons.is_empty() {
            non_claims.push(NonClaimed { name, reasons });
            continue;
        }
        match (claim.derive)(log) {
            Outcome::Stands(text, value) => claims.push(Claimed { name, text, value }),
            Outcome::Not(reason) => non_claims.push(NonClaimed { name, reasons: vec![reason.into()] }),
        }
    }
    (claims, non_claims)
}

/// True if one of the two claims stands without which a log shows nothing.
pub(crate) fn shows_something(claims: &[Claimed]) -> bool {
    let needed = [useful_compute_floor::CLAIM.name, dominant_time_component::CLAIM.name];
    claims.iter().any(|claim| needed.contains(&claim.name))
}

/// An amount of nanoseconds or the number of a step: always a string, as it may be more than a double holds.
fn exact(amount: impl ToString) -> Value {
    amount.to_string().into()
}

/// A count: a number as long as a double holds it.
fn count(count: u128) -> Value {
    u64::try_from(count).ok().filter(|count| *count < 1 << 53).map_or_else(|| exact(count), Value::from)
}
