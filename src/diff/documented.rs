//! The kinds of records of the documented dialect: other writers' rows, told by the names they share.

use super::kinds::{FILES, MANIFEST, MAPPING_ITEM, RUN_MANIFEST};
use super::role::Role::{Anywhere, Id, Ids, Own, Record, Volatile};
use super::role::{Kind, Members, Origin, Pool};
use super::split;

/// All kinds, in an order in which what names something comes before what refers to it.
pub(super) static KINDS: &[&Kind] = &[
    &MANIFEST,
    &RUN,
    &CANDIDATE,
    &ACCEPT_WRITE,
    &SUPPORT,
    &RULE_TRACE,
    &DECISION,
    &ACCEPT_FAILED,
    &MAPPING,
    &EVIDENCE,
    &RUN_MANIFEST,
    &FILES,
];

/// Ids and clocks by the names that documented writers give them.
const MEMBERS: Members = &[
    ("accepted_at", Volatile),
    ("asrt_id", Id(Pool::Claim)),
    ("assertion_id", Id(Pool::Claim)),
    ("assertion_ids", Ids(Pool::Claim)),
    ("candidate_id", Id(Pool::Candidate)),
    ("candidate_ids", Ids(Pool::Candidate)),
    ("decision_id", Id(Pool::Decision)),
    ("event_ts", Volatile),
    ("generated_at", Volatile),
    ("ingested_at", Volatile),
    ("run_id", Id(Pool::Run)),
    ("run_ids", Ids(Pool::Run)),
    ("support_digest", Id(Pool::Support)),
];

static RUN: Kind = Kind {
    name: "run_ledger",
    origin: Origin::Rows("run_ledger"),
    key: &["pred_id|predicate", "e_ref|subject", "value", "?run_id"],
    own: &[("asrt_id|assertion_id", Pool::Claim)],
    members: &[
        ("accepted_at", Volatile),
        ("asrt_id", Own),
        ("assertion_id", Own),
        ("event_ts", Volatile),
        ("event_ts_max", Volatile),
        ("event_ts_min", Volatile),
        ("ingested_at", Volatile),
        ("run_id", Id(Pool::Run)),
    ],
};

static CANDIDATE: Kind = Kind {
    name: "candidate_ledger",
    origin: Origin::Rows("candidate_ledger"),
    key: &["pred_id|predicate", "e_ref|subject", "cand_key_digest|value", "?candidate_id"],
    own: &[("candidate_id", Pool::Candidate)],
    members: &[
        ("asrt_id", Id(Pool::Claim)),
        ("assertion_id", Id(Pool::Claim)),
        ("candidate_id", Own),
        ("decision_id", Id(Pool::Decision)),
        ("event_ts", Volatile),
        ("ingested_at", Volatile),
        ("run_id", Id(Pool::Run)),
        ("support_digest", Id(Pool::Support)),
    ],
};

static ACCEPT_WRITE: Kind = Kind {
    name: "accept_write_ledger",
    origin: Origin::Rows("accept_write_ledger"),
    key: &["candidate_id", "asrt_id|assertion_id"],
    own: &[],
    members: MEMBERS,
};

static SUPPORT: Kind = Kind {
    name: "support_artifacts",
    origin: Origin::Rows("support_artifacts"),
    key: &["candidate_id", "kind", "binding"],
    own: &[("support_digest", Pool::Support)],
    members: &[("candidate_id", Id(Pool::Candidate)), ("pred_witnesses", Anywhere), ("support_digest", Own)],
};

static RULE_TRACE: Kind = Kind {
    name: "rule_trace_artifacts",
    origin: Origin::Rows("rule_trace_artifacts"),
    key: &["candidate_id", "root_rule|rule_id"],
    own: &[("rule_run_id", Pool::Trace)],
    members: &[("candidate_id", Id(Pool::Candidate)), ("rule_run_id", Own)],
};

static DECISION: Kind = Kind {
    name: "decision_log",
    origin: Origin::Rows("decision_log"),
    key: &["candidate_id", "pred_id|predicate", "key_tuple"],
    own: &[("decision_id", Pool::Decision)],
    members: &[
        ("asrt_id", Id(Pool::Claim)),
        ("assertion_id", Id(Pool::Claim)),
        ("assertion_ids", Ids(Pool::Claim)),
        ("candidate_id", Id(Pool::Candidate)),
        ("candidate_ids", Ids(Pool::Candidate)),
        ("decision_id", Own),
        ("event_ts", Volatile),
        ("run_id", Id(Pool::Run)),
        ("run_ids", Ids(Pool::Run)),
        ("support_digest", Id(Pool::Support)),
    ],
};

static ACCEPT_FAILED: Kind = Kind {
    name: "accept_failed",
    origin: Origin::Rows("accept_failed"),
    key: &["candidate_id", "event_kind|error_class", "pred_id|predicate", "key_tuple"],
    own: &[],
    members: MEMBERS,
};

static MAPPING: Kind = Kind {
    name: "mapping_resolution",
    origin: Origin::Parts("mapping_resolution", split::mapping),
    key: &["what", "pred_id", "key_tuple"],
    own: &[],
    members: &[("is", MAPPING_ITEM)],
};

static EVIDENCE: Kind = Kind {
    name: "evidence_graphs",
    origin: Origin::Rows("evidence_graphs"),
    key: &["candidate_id"],
    own: &[],
    members: &[
        ("candidate_id", Id(Pool::Candidate)),
        ("evidence_graph", Record(&[("nodes", Anywhere)])),
        ("nodes", Anywhere),
    ],
};
