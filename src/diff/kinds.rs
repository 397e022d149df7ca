//! The kinds of records that packages of factgraph hold: keys, ids, clocks and references, measured on real runs.

use super::role::Role::{Anywhere, Each, Id, IdWhere, Ids, Own, Record, Step, Volatile, VolatileBeside};
use super::role::{Kind, Members, Origin, Pool, Role};
use super::split;

/// All kinds, in an order in which what names something comes before what refers to it.
pub(super) static FACTGRAPH: &[&Kind] = &[
    &MANIFEST,
    &SCHEMA,
    &POLICY,
    &FACTS,
    &ACCEPT_WRITE,
    &CANDIDATE,
    &SUPPORT,
    &RULE_TRACE,
    &DECISION,
    &ACCEPT_FAILED,
    &RUN,
    &MAPPING,
    &ANNOTATIONS,
    &CERTAINTY,
    &PROVENANCE_TREE,
    &PROVENANCE_STATUS,
    &PROVENANCE_TIMELINE,
    &EVIDENCE_GRAPH,
    &ROUND_EVENT,
    &AUTHORING,
    &AUTHORING_IN_DB,
    &RUN_MANIFEST,
    &FILES,
];

pub(super) const MAPPING_ITEM: Role = Record(&[
    ("candidate_asrt_ids", Ids(Pool::Claim)),
    ("chosen_asrt_id", Id(Pool::Claim)),
    ("generated_at", Volatile),
]);

pub(super) static MANIFEST: Kind = Kind {
    name: "manifest",
    origin: Origin::Document("manifest.json"),
    key: &[],
    own: &[],
    members: &[("digests", Record(&[("edb_digest", Volatile)])), ("generated_at", Volatile), ("run_id", Id(Pool::Run))],
};

pub(super) static SCHEMA: Kind = Kind {
    name: "schema",
    origin: Origin::Parts("schema/schema_ir.json", split::schema),
    key: &["what", "name"],
    own: &[],
    members: &[],
};

static POLICY: Kind =
    Kind { name: "policy", origin: Origin::Document("policy/policy_ir.json"), key: &[], own: &[], members: &[] };

const META_TEXTS: Members = &[
    ("assertion_digest", Volatile),
    ("candidate_id", Id(Pool::Candidate)),
    ("ingest_key", VolatileBeside("candidate_id")),
    ("revoked_asrt_id", Own),
    ("run_id", Id(Pool::Run)),
    ("support_digest", Id(Pool::Support)),
    ("trace_id", Id(Pool::Run)),
    ("tx_id", Volatile),
];
const META_TIMES: Members = &[("accepted_at", Volatile), ("ingested_at", Volatile)];
const REVOCATION: Members = &[("asrt_id", Own), ("meta_str", Record(META_TEXTS)), ("meta_time", Record(META_TIMES))];

pub(super) static FACTS: Kind = Kind {
    name: "facts",
    origin: Origin::Facts,
    key: &["pred_id", "e_ref", "tup_digest"],
    own: &[("asrt_id", Pool::Claim), ("revoked/asrt_id", Pool::Claim)],
    members: &[
        ("asrt_id", Own),
        ("meta_str", Record(META_TEXTS)),
        ("meta_time", Record(META_TIMES)),
        ("revoked", Record(REVOCATION)),
    ],
};

pub(super) static ACCEPT_WRITE: Kind = Kind {
    name: "accept_write_ledger",
    origin: Origin::Rows("audit/accept_write_ledger.jsonl"),
    key: &["pred_id", "e_ref", "cand_key_digest"],
    own: &[("candidate_id", Pool::Candidate), ("asrt_id", Pool::Claim)],
    members: &[
        ("asrt_id", Id(Pool::Claim)),
        ("candidate_id", Own),
        ("ingested_at", Volatile),
        ("run_id", Id(Pool::Run)),
        ("support_digest", Id(Pool::Support)),
    ],
};

static CANDIDATE: Kind = Kind {
    name: "candidate_ledger",
    origin: Origin::Rows("audit/candidate_ledger.jsonl"),
    key: &["pred_id", "cand_key_digest"],
    own: &[],
    members: &[
        ("asrt_id", Id(Pool::Claim)),
        ("candidate_id", Id(Pool::Candidate)),
        ("decision_id", Id(Pool::Decision)),
        ("event_ts", Volatile),
        ("run_id", Id(Pool::Run)),
        ("support_digest", Id(Pool::Support)),
    ],
};

const EDGE: Role = Record(&[("child_support_digest", Id(Pool::Support))]);
const WITNESS: Role = Record(&[("asrt_ids", Ids(Pool::Claim))]);

static SUPPORT: Kind = Kind {
    name: "support_artifacts",
    origin: Origin::Rows("audit/support_artifacts.jsonl"),
    key: &["kind", "root_result_kind", "binding", "rule_refs", "pred_witnesses/*/pred_condition_key"],
    own: &[("support_digest", Pool::Support)],
    members: &[("pred_witnesses", Each(&WITNESS)), ("rule_ref_edges", Each(&EDGE)), ("support_digest", Own)],
};

const INVOCATION: Role = Record(&[
    ("invocation_id", Step),
    ("memo_source_invocation_id", Step),
    ("parent_invocation_id", Step),
    ("pred_witnesses", Each(&WITNESS)),
    ("ruleref_links", Each(&LINK)),
]);
const LINK: Role = Record(&[("child_invocation_id", Step)]);

static RULE_TRACE: Kind = Kind {
    name: "rule_trace_artifacts",
    origin: Origin::Rows("audit/rule_trace_artifacts.jsonl"),
    key: &["root_rule", "select_vars", "root_rows"],
    own: &[("rule_run_id", Pool::Trace)],
    members: &[("invocations", Each(&INVOCATION)), ("rule_run_id", Own)],
};

const EVENT: Members = &[
    ("asrt_id", Id(Pool::Claim)),
    ("candidate_asrt_ids", Ids(Pool::Claim)),
    ("candidate_id", Id(Pool::Candidate)),
    ("candidate_ids", Ids(Pool::Candidate)),
    ("chosen_asrt_id", Id(Pool::Claim)),
    ("decision_id", Own),
    ("event_ts", Volatile),
    ("run_id", Id(Pool::Run)),
    ("run_ids", Ids(Pool::Run)),
    ("support_digest", Id(Pool::Support)),
];

static DECISION: Kind = Kind {
    name: "decision_log",
    origin: Origin::Rows("audit/decision_log.jsonl"),
    key: &["event_source", "pred_id", "cand_key_digest", "key_tuple"],
    own: &[("decision_id", Pool::Decision)],
    members: EVENT,
};

static ACCEPT_FAILED: Kind = Kind {
    name: "accept_failed",
    origin: Origin::Rows("audit/accept_failed.jsonl"),
    key: &["event_source", "pred_id", "key_tuple"],
    own: &[],
    members: EVENT,
};

static RUN: Kind = Kind {
    name: "run_ledger",
    origin: Origin::Rows("audit/run_ledger.jsonl"),
    key: &["run_id"],
    own: &[],
    members: &[
        ("candidate_ids", Ids(Pool::Candidate)),
        ("decision_ids", Ids(Pool::Decision)),
        ("event_ts_max", Volatile),
        ("event_ts_min", Volatile),
        ("failed_decision_ids", Ids(Pool::Decision)),
        ("failed_event_ts_max", Volatile),
        ("failed_event_ts_min", Volatile),
        ("last_error_ts", Volatile),
        ("last_failure_decision_id", Id(Pool::Decision)),
        ("run_id", Id(Pool::Run)),
    ],
};

static MAPPING: Kind = Kind {
    name: "mapping_resolution",
    origin: Origin::Parts("audit/mapping_resolution.json", split::mapping),
    key: &["what", "pred_id", "key_tuple"],
    own: &[],
    members: &[("is", MAPPING_ITEM)],
};

static ANNOTATIONS: Kind = Kind {
    name: "assertion_annotations",
    origin: Origin::Rows("audit/assertion_annotations.jsonl"),
    key: &["asrt_id", "namespace", "category", "key"],
    own: &[],
    members: &[("asrt_id", Id(Pool::Claim)), ("value", IdWhere(Pool::Run, "key", "trace_id"))],
};

/// Rows that a caller added for a candidate.
macro_rules! for_candidates {
    ($kind:ident, $name:literal, $payload:literal) => {
        static $kind: Kind = Kind {
            name: $name,
            origin: Origin::Rows(concat!("audit/", $name, ".jsonl")),
            key: &["candidate_id"],
            own: &[],
            members: &[("candidate_id", Id(Pool::Candidate)), ($payload, Anywhere)],
        };
    };
}

for_candidates!(CERTAINTY, "certainty_summaries", "certainty_summary");
for_candidates!(PROVENANCE_TREE, "provenance_trees", "provenance_tree");
for_candidates!(PROVENANCE_STATUS, "provenance_statuses", "status");
for_candidates!(PROVENANCE_TIMELINE, "provenance_timelines", "provenance_timeline");
for_candidates!(EVIDENCE_GRAPH, "evidence_graphs", "evidence_graph");

static ROUND_EVENT: Kind = Kind {
    name: "round_events",
    origin: Origin::Rows("audit/round_events.jsonl"),
    key: &["round_id", "sequence"],
    own: &[],
    members: &[
        ("event_ts", Volatile),
        (
            "payload",
            Record(&[
                ("finalized_at", Volatile),
                ("request", Anywhere),
                ("result", Anywhere),
                ("started_at", Volatile),
            ]),
        ),
        ("round_id", Id(Pool::Round)),
    ],
};

/// Rows of earlier releases, which nothing describes but their reader.
static AUTHORING: Kind = Kind {
    name: "authoring_apply_events",
    origin: Origin::Rows("authoring_apply_events.jsonl"),
    key: &["apply_request_id", "kind", "action_id"],
    own: &[],
    members: &[("event_ts", Volatile)],
};

static AUTHORING_IN_DB: Kind = Kind {
    name: "db/audit/authoring_apply_events",
    origin: Origin::Rows("db/audit/authoring_apply_events.jsonl"),
    ..AUTHORING
};

pub(super) static RUN_MANIFEST: Kind = Kind {
    name: "run_manifest",
    origin: Origin::Document("outputs/run_manifest.json"),
    key: &[],
    own: &[],
    members: &[("finished_at", Volatile), ("started_at", Volatile), ("run_id", Id(Pool::Run))],
};

pub(super) static FILES: Kind = Kind { name: "files", origin: Origin::Files, key: &["path"], own: &[], members: &[] };
