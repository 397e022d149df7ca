//! The ledgers of a package: what their rows look like, how they are ordered, what is kept of them.
//!
//! A ledger is a static value in a file of its own. While rows stream past, `observe` keeps what rules need: fingerprints
//! of ids, line numbers, checksums; never the row.

mod columns;
pub(crate) mod shape;

mod accept_failed;
mod accept_write;
mod annotations;
mod authoring;
mod candidate;
mod certainty;
mod decision;
mod evidence_graph;
pub(crate) mod flaws;
pub(crate) mod mapping;
mod mapping_sense;
mod moment;
mod provenance_status;
mod provenance_timeline;
mod provenance_tree;
mod round_event;
mod rule_trace;
mod run;
mod run_tally;
mod support;
mod witnesses;

use std::sync::Arc;

use crate::digest::Fingerprint;
use crate::finding::Place;
use crate::json::Value;
use crate::spill::{Heap, List, Memory, record};
use flaws::Flaws;

pub(crate) use accept_write::{AcceptColumns, AcceptWrite, MEMBERS as ACCEPT_MEMBERS, Rests};
pub(crate) use annotations::{
    Annotations, COPIED_PREFIX, Copied, FIRST_NOTED, Notes, Subject, copied_value, first_values,
};
pub(crate) use candidate::{Candidate, MEMBERS as CANDIDATE_MEMBERS};
pub(crate) use columns::{Columns, MaskedRow, pointer_to};
pub(crate) use decision::{Decision, DecisionBody, Links, MEMBERS as DECISION_MEMBERS};
pub(crate) use evidence_graph::GraphCounts;
pub(crate) use moment::Moment;
pub(crate) use round_event::Rounds;
pub(crate) use run::{MEMBERS as RUN_MEMBERS, Run, RunList};
pub(crate) use run_tally::{RunTally, Runs};
pub(crate) use support::Supports;
pub(crate) use witnesses::{WitnessList, Witnesses};

/// One kind of JSONL file under `audit/`.
pub struct Ledger {
    /// Its name in the manifest's `paths.audit_files`.
    pub name: &'static str,
    /// Where it stands in a package.
    pub path: &'static str,
    /// Whether every package of audit kind has it, even empty; otherwise it is listed only when it has rows.
    pub required: bool,
    pub(crate) shape: shape::Shape,
    pub(crate) order: Order,
    pub(crate) observe: fn(&Row<'_>, &mut Facts),
}

impl Ledger {
    /// True for files whose rows are a candidate's id and a payload from the caller.
    pub(crate) fn per_candidate(&self) -> bool {
        matches!(self.shape, shape::Shape::Record([("candidate_id", _), _]) | shape::Shape::Flattened(_))
    }
}

/// How the rows of a ledger follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// In the order of events; nothing to check.
    Free,
    /// By these members as texts; with `true`, none twice.
    By(&'static [&'static str], bool),
    /// By the bytes of the row.
    Text,
}

/// Every ledger that the manifest may list.
pub static KINDS: &[&Ledger] = &[
    &accept_failed::LEDGER,
    &accept_write::LEDGER,
    &annotations::LEDGER,
    &candidate::LEDGER,
    &certainty::LEDGER,
    &decision::LEDGER,
    &evidence_graph::LEDGER,
    &provenance_status::LEDGER,
    &provenance_timeline::LEDGER,
    &provenance_tree::LEDGER,
    &round_event::LEDGER,
    &rule_trace::LEDGER,
    &run::LEDGER,
    &support::LEDGER,
];

/// Files that older producers left beside the ledgers; no manifest lists them.
pub static LEGACY: &[&Ledger] = &[&authoring::AT_ROOT, &authoring::IN_DB];

/// A row while it is looked at.
pub(crate) struct Row<'a> {
    /// The parsed row.
    pub(crate) value: Value<'a>,
    /// Its bytes, without the newline.
    pub(crate) text: &'a [u8],
    /// Its line, from 1.
    pub(crate) line: u32,
    /// It has its shape and is in canonical form.
    pub(crate) sound: bool,
}

impl Row<'_> {
    /// The fingerprint of a member that is a text and not empty.
    fn id(&self, name: &str) -> Option<Fingerprint> {
        self.value.get(name).and_then(fingerprint)
    }
}

/// The fingerprint of a text that is not empty.
fn fingerprint(value: Value<'_>) -> Option<Fingerprint> {
    let bytes = value.bytes()?;
    (!bytes.is_empty()).then(|| Fingerprint::of(&bytes))
}

/// What is kept of all ledgers.
pub(crate) struct Facts {
    pub(crate) accept_writes: List<AcceptWrite>,
    pub(crate) annotations: Annotations,
    pub(crate) candidate_mentions: List<CandidateMention>,
    pub(crate) candidates: List<Candidate>,
    pub(crate) decisions: List<Decision>,
    pub(crate) failures: List<MaskedRow>,
    pub(crate) flaws: Flaws,
    pub(crate) graphs: GraphCounts,
    pub(crate) notes: Notes,
    pub(crate) rounds: Rounds,
    /// Rows of the run ledger.
    pub(crate) runs: Vec<Run>,
    /// All ids that those rows list, one list behind the other.
    pub(crate) listed: List<Fingerprint>,
    /// The links of decisions about mappings.
    pub(crate) links: Heap,
    /// What the other ledgers say of runs.
    pub(crate) told: Runs,
    pub(crate) supports: Supports,
    pub(crate) witnesses: Witnesses,
}

impl Facts {
    /// Nothing is known yet.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            accept_writes: List::new(memory),
            annotations: Annotations::new(memory),
            candidate_mentions: List::new(memory),
            candidates: List::new(memory),
            decisions: List::new(memory),
            failures: List::new(memory),
            flaws: Flaws::default(),
            graphs: GraphCounts::default(),
            notes: Notes::new(memory),
            rounds: Rounds::new(memory),
            runs: Vec::new(),
            listed: List::new(memory),
            links: Heap::new(memory),
            told: Runs::new(memory),
            supports: Supports::new(memory),
            witnesses: Witnesses::new(memory),
        }
    }

    /// Notes the candidate of a row that a caller added.
    fn mention_candidate(&mut self, row: &Row<'_>, path: &'static str) {
        if let Some(candidate) = row.id("candidate_id") {
            let kind = KINDS.iter().position(|kind| kind.path == path).unwrap_or_default() as u8;
            self.candidate_mentions.push(CandidateMention { candidate, kind, line: row.line });
        }
    }
}

/// A row that a caller added for a candidate.
#[derive(Clone, Copy)]
pub(crate) struct CandidateMention {
    pub(crate) candidate: Fingerprint,
    /// Which of all kinds of ledgers it stands in.
    kind: u8,
    pub(crate) line: u32,
}

record!(CandidateMention { candidate: Fingerprint, kind: u8, line: u32 });

impl CandidateMention {
    /// Where the ledger stands.
    pub(crate) fn path(&self) -> &'static str {
        KINDS[usize::from(self.kind)].path
    }
}

/// Where in an accepted write the member of a row that follows from it comes from, if it is copied.
pub(crate) fn source_of(member: &str, writes: &'static str, line: u32) -> Option<Place> {
    let pointer = match member {
        "candidate_ids" => "/candidate_id",
        "run_ids" => "/run_id",
        "event_ts" => "/ingested_at",
        "" | "decision_id" | "event_kind" | "event_source" | "state" => return None,
        copied => return Some(Place::row(writes, line.into()).with(format!("/{copied}"))),
    };
    Some(Place::row(writes, line.into()).with(pointer))
}

/// Keeps nothing of a row.
fn keep_nothing(_: &Row<'_>, _: &mut Facts) {}
