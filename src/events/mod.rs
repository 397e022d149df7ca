//! An event log as facts: what rules and claims see of it after one pass over its bytes.
//!
//! A line goes through stages, in files of their own: bytes to JSON (`parse`), members (`field`), the shape of one event
//! (`event`, `attrs`, `kind`), or all these at once where nothing is odd (`plain`); then its meaning in file order (`state`), which is kept a stream (`stream`, `steps`) and
//! over all streams (`ids`, `sync`, `time`). No event is kept.

pub(crate) mod attrs;
mod event;
pub(crate) mod fault;
mod field;
mod hashing;
mod ids;
pub(crate) mod kind;
mod parse;
mod pass;
mod plain;
mod slots;
mod state;
mod steps;
pub(crate) mod stream;
mod sync;
mod table;
mod time;

use std::collections::BTreeSet;

use crate::digest::Digest;
use attrs::Header;
use fault::Faults;
use state::Sealed;
use stream::Stream;
use time::Time;

pub(crate) use attrs::SCHEMA;
pub use fault::NAME;
pub use pass::read;
pub(crate) use state::MOST_SAMPLES;

/// What is asked of a log beside the log itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Any decrease of a clock counts, not only one beyond the tolerance.
    pub strict: bool,
    /// How far clocks may differ, in nanoseconds; else a millisecond, which a log may lower.
    pub skew_tolerance_ns: Option<u64>,
    /// The log's digest, as somebody else kept it.
    pub expected: Option<Digest>,
    /// About how many bytes of memory event ids may take. Never changes an answer.
    pub id_memory: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self { strict: false, skew_tolerance_ns: None, expected: None, id_memory: 1 << 30 }
    }
}

/// How far clocks may differ, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tolerance {
    pub(crate) ns: u64,
    /// `cli`, `log` or `default`.
    pub(crate) source: &'static str,
}

/// What is allowed where nobody sets a number.
pub(crate) const DEFAULT_SKEW_NS: u64 = Tolerance::DEFAULT_NS;

impl Tolerance {
    const DEFAULT_NS: u64 = 1_000_000;

    fn of(terms: Terms) -> Self {
        match terms.skew_tolerance_ns {
            Some(ns) => Self { ns, source: "cli" },
            None => Self { ns: Self::DEFAULT_NS, source: "default" },
        }
    }

    /// The log may lower what nobody else has set; whoever is audited must not widen it.
    fn lower(&mut self, by_log: Option<u64>) {
        if let Some(ns) = by_log.filter(|ns| self.source == "default" && *ns < self.ns) {
            *self = Self { ns, source: "log" };
        }
    }
}

/// Everything that rules and claims may ask about an event log.
pub struct EventLog {
    /// Bytes as given, decompressed.
    pub bytes: u64,
    /// Lines, the tail included.
    pub lines: u64,
    /// Events that were applied.
    pub events: u64,
    /// SHA-256 of the bytes.
    pub raw: Digest,
    /// The log's digest over canonical lines; none if a line cannot be read.
    pub digest: Option<Digest>,
    /// The run that the first event names.
    pub run_id: Option<String>,
    pub(crate) expected: Option<Digest>,
    pub(crate) tolerance: Tolerance,
    /// What the first event declares, if it begins the run.
    pub(crate) header: Option<Header>,
    /// How the run says that it ended.
    pub(crate) status: Option<&'static str>,
    pub(crate) sealed: Option<Sealed>,
    pub(crate) faults: Faults,
    /// The ranks that log, ascending.
    pub(crate) ranks: Vec<Stream>,
    /// Every stream, the run's too, is a hash chain.
    pub(crate) is_chained: bool,
    /// Ranks that are declared and log nothing.
    pub(crate) missing_ranks: u64,
    pub(crate) first_missing: Option<u32>,
    pub(crate) time: Time,
    /// Instances of collectives that two ranks entered, and the largest contradiction between clocks.
    pub(crate) sync_points: u64,
    pub(crate) most_skew: u64,
    /// Durations of steps, sorted; not all of them if there are more than can be kept.
    pub(crate) samples: Vec<i64>,
    pub(crate) sample_count: u64,
    /// Rank and step of finished steps that are not useful.
    pub(crate) not_ok: BTreeSet<(u32, u64)>,
    pub(crate) checkpoints: BTreeSet<u64>,
    /// Passed, failed, inconclusive.
    pub(crate) checks: [u64; 3],
    pub(crate) failures: u64,
    pub(crate) resumes: u64,
}

/// The steps that every rank has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The first, and the one behind the last.
    pub(crate) lo: u64,
    pub(crate) hi: u64,
    /// How many of them are useful.
    pub(crate) useful: u64,
}

impl Progress {
    /// How many steps are common to all ranks.
    pub(crate) fn steps(self) -> u64 {
        self.hi.saturating_sub(self.lo)
    }
}

impl EventLog {
    /// The digest that names the log as a package of one file.
    pub fn dir_hash(&self) -> Digest {
        Digest::of(format!("{}  {NAME}\n", self.raw).as_bytes())
    }

    /// How far all ranks together got.
    pub(crate) fn progress(&self) -> Progress {
        let checks_promised = self.header.as_ref().is_some_and(|header| header.sdc_every_steps.is_some());
        let firsts = self.ranks.iter().filter_map(|rank| rank.steps.range).map(|(first, _)| first);
        let lo = firsts.max().unwrap_or(0);
        let trusted: Option<Vec<u64>> = self.ranks.iter().map(|rank| rank.steps.trusted(checks_promised)).collect();
        let hi = trusted.unwrap_or_default().into_iter().min().unwrap_or(0);
        let wasted: BTreeSet<u64> =
            self.not_ok.iter().map(|(_, step)| *step).filter(|step| (lo..hi).contains(step)).collect();
        Progress { lo, hi, useful: hi.saturating_sub(lo) - wasted.len() as u64 }
    }

    /// The kinds of tamper evidence that were checked, sorted.
    pub(crate) fn tamper_evidence(&self) -> Vec<&'static str> {
        let present =
            [("chain", self.is_chained), ("expected_digest", self.expected.is_some()), ("seal", self.sealed.is_some())];
        present.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
    }
}
