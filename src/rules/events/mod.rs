//! The rules for event logs, by what they are about.

mod clock;
mod identity;
mod lines;
mod order;
mod schema;
mod spans;
mod steps;
mod tamper;
mod whole;

use super::{Page, Report, Rule};
use crate::events::fault::Fault;
use crate::events::{EventLog, NAME};
use crate::finding::Place;

pub(crate) use whole::NO_CLAIMS;

/// The rules for event logs, in the order in which a log is read.
pub static EVENTS: &[&Rule<EventLog>] = &[
    &lines::LINE_LENGTH,
    &lines::ENCODING,
    &lines::DEPTH,
    &lines::JSON,
    &lines::SURROGATE,
    &lines::NUMBER,
    &lines::DUP_KEY,
    &lines::TORN_TAIL,
    &lines::CONTAINER,
    &schema::UNKNOWN_FIELD,
    &schema::MISSING_FIELD,
    &schema::TYPE,
    &schema::KIND,
    &schema::PHASE,
    &schema::SCHEMA_VERSION,
    &schema::FIELD_RULE,
    &identity::RUN_ID,
    &identity::DUP_EVENT_ID,
    &identity::RUN_START_POSITION,
    &identity::AFTER_RUN_END,
    &identity::RANK_UNDECLARED,
    &identity::RUN_START_MISSING,
    &order::SEQ_REPEAT,
    &order::SEQ_PARTIAL,
    &order::SEQ_GAP,
    &tamper::CHAIN_PARTIAL,
    &tamper::TAMPER_HASH,
    &tamper::TAMPER_CHAIN,
    &tamper::TAMPER_SEAL,
    &tamper::TAMPER_EXPECTED,
    &clock::CLOCK_DECREASE,
    &clock::CLOCK_DOMAIN,
    &clock::CLOCK_SKEW,
    &spans::START_MISSING,
    &spans::END_MISSING,
    &spans::END_LOST,
    &steps::STEP_GAP,
    &steps::STEP_REPEAT,
    &steps::RESUME_UNSUPPORTED,
    &steps::SDC_UNRESOLVED,
    &steps::CONTRACT_SDC_GAP,
    &steps::CONTRACT_CKPT_GAP,
    &whole::EMPTY,
    &whole::RANK_MISSING,
    &whole::RESOURCE_LIMIT,
    &whole::NO_CLAIMS,
];

/// A line of the log; 0 is the log as a whole.
fn line(line: u64) -> Place {
    Place::row(NAME, line)
}

impl Report<'_> {
    /// Repeats what was noticed while the log was read.
    fn noticed(&mut self, log: &EventLog, fault: Fault) {
        self.tally.merge(log.faults.of(fault));
    }
}
