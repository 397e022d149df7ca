//! What is noticed while a log is read: an exact count and the first lines of each kind of fault.

use std::sync::Arc;

use crate::finding::{Place, Tally};

/// The name of the one file of an event log.
pub const NAME: &str = "events.jsonl";

macro_rules! faults {
    ($($name:ident),* $(,)?) => {
        /// The ways in which a line, or the log up to it, can be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the rules of the same names tell what they mean")]
        pub(crate) enum Fault { $($name),* }
        const COUNT: usize = [$(Fault::$name),*].len();
    };
}

faults! {
    Container, LineLength, Encoding, Depth, Json, Surrogate, Number, DuplicateKey, TornTail,
    UnknownField, MissingField, Type, Kind, Phase, SchemaVersion, FieldRule,
    RunId, DuplicateId, AfterRunEnd, RunStartPosition, RankUndeclared, RunStartMissing,
    SeqRepeat, SeqPartial, SeqGap,
    ChainPartial, TamperHash, TamperChain,
    ClockDecrease, ClockDomain, ClockSkew,
    StartMissing, EndMissing, EndLost,
    StepGap, StepRepeat, ResumeUnsupported, ContractSdc,
    ResourceLimit,
}

/// Everything that was noticed.
pub(crate) struct Faults {
    file: Arc<str>,
    tallies: [Tally; COUNT],
}

impl Default for Faults {
    fn default() -> Self {
        Self { file: NAME.into(), tallies: std::array::from_fn(|_| Tally::default()) }
    }
}

impl Faults {
    /// Counts one more; line 0 is the log as a whole.
    pub(super) fn add(&mut self, fault: Fault, line: u64, text: impl FnOnce() -> String) {
        self.tallies[fault as usize].add(Place::row(self.file.clone(), line), text);
    }

    /// All faults of one kind.
    pub(crate) fn of(&self, fault: Fault) -> &Tally {
        &self.tallies[fault as usize]
    }
}
