//! `accept_write_ledger.jsonl`: a row for each claim that came from an accepted candidate.

use super::flaws::Flaw;
use super::shape::{Shape, Type};
use super::{Columns, Facts, Ledger, Order, Row, candidate, decision};
use crate::digest::{Fingerprint, Hasher};
use crate::json::Value;

/// What the ids of decisions that accept a write begin with.
pub(crate) const DECISION_PREFIX: &str = "accept_write:";

pub(super) static LEDGER: Ledger = Ledger {
    name: "accept_write_ledger",
    path: "audit/accept_write_ledger.jsonl",
    required: true,
    shape: Shape::Record(&[
        ("approved_by", Type::MaybeText),
        ("asrt_id", Type::Name),
        ("cand_key_digest", Type::MaybeDigest),
        ("candidate_id", Type::Name),
        ("derived_rule_id", Type::MaybeText),
        ("derived_rule_version", Type::MaybeText),
        ("e_ref", Type::Name),
        ("ingested_at", Type::MaybeTime),
        ("key_tuple_digest", Type::MaybeDigest),
        ("note", Type::MaybeText),
        ("pred_id", Type::Name),
        ("run_id", Type::MaybeText),
        ("support_digest", Type::MaybeDigest),
        ("support_kind", Type::MaybeText),
    ]),
    order: Order::By(&["candidate_id", "asrt_id"], false),
    observe,
};

/// The members of a row but for `ingested_at`, in order.
pub(crate) const MEMBERS: [&str; 13] = [
    "approved_by",
    "asrt_id",
    "cand_key_digest",
    "candidate_id",
    "derived_rule_id",
    "derived_rule_version",
    "e_ref",
    "key_tuple_digest",
    "note",
    "pred_id",
    "run_id",
    "support_digest",
    "support_kind",
];

/// Stands for those members.
pub(crate) type AcceptColumns = Columns<13>;

/// What is kept of a row.
pub(crate) struct AcceptWrite {
    /// The claim.
    pub(crate) assertion: Fingerprint,
    /// The row itself, but for the time.
    pub(crate) columns: AcceptColumns,
    /// When the claim was ingested, in nanoseconds.
    pub(crate) ingested_at: Option<i64>,
    /// The accepted candidate.
    pub(crate) candidate: Fingerprint,
    /// The number of the run that it names.
    pub(crate) run: Option<u32>,
    /// The rule and version that derived it are named.
    pub(crate) has_rule: bool,
    /// The support that the row names, if any.
    pub(crate) support: Option<Fingerprint>,
    /// What the row says it rests on.
    pub(crate) rests: Rests,
    /// The id of the decision that must stand in the decision log.
    pub(crate) decision: Fingerprint,
    /// The row that must stand in the candidate ledger; none if the write has no key digests.
    pub(crate) as_candidate: Option<Columns<{ candidate::N }>>,
    /// The row that must stand in the decision log.
    pub(crate) as_decision: Columns<{ decision::N }>,
    pub(crate) line: u32,
    pub(crate) sound: bool,
}

/// What a write says it rests on, by the kind of its support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rests {
    /// An artifact, as engines of factgraph itself write it.
    OnArtifact,
    /// Nothing: the engine gave no witness.
    OnNothing,
    /// Something that is kept elsewhere, if anything.
    Elsewhere,
}

impl Rests {
    fn of(row: Value<'_>) -> Self {
        let kind = row.get_text("support_kind");
        match kind.as_deref() {
            Some("native_binding_v1") if row.get("support_digest").is_some_and(|digest| digest.is_text(NO_WITNESS)) => {
                Rests::Elsewhere
            }
            Some("native_binding_v1") => Rests::OnArtifact,
            Some("engine_no_witness_v1") => Rests::OnNothing,
            _ => Rests::Elsewhere,
        }
    }
}

/// The digest that stands for no witness.
const NO_WITNESS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let (Some(assertion), Some(candidate)) = (row.id("asrt_id"), row.id("candidate_id")) else { return };
    let run = facts.told.write(row, LEDGER.path);
    let raw = |name: &str| row.value.get(name).map_or(&b""[..], |value| value.raw());
    let inner = |name: &str| row.value.get(name).and_then(|value| value.raw_inner()).unwrap_or_default();
    // Escapes of the parts are escapes of the whole, so ids can be joined as they are written.
    let decision_id =
        [b"\"", DECISION_PREFIX.as_bytes(), inner("candidate_id"), b":", inner("asrt_id"), b"\""].concat();
    let list_of = |name: &str| if inner(name).is_empty() { b"[]".to_vec() } else { [b"[", raw(name), b"]"].concat() };
    let spell = |name: &str, out: &mut Vec<u8>| match name {
        "candidate_ids" => out.extend(list_of("candidate_id")),
        "decision_id" => out.extend_from_slice(&decision_id),
        "event_kind" => out.extend_from_slice(b"\"accept_write\""),
        "event_source" => out.extend_from_slice(b"\"accept\""),
        "event_ts" => out.extend_from_slice(raw("ingested_at")),
        "run_ids" => out.extend(list_of("run_id")),
        "state" => out.extend_from_slice(b"\"accepted\""),
        name => out.extend_from_slice(raw(name)),
    };
    if row.sound {
        check_key_digest(row, facts);
    }
    let keyed = !inner("key_tuple_digest").is_empty() && !inner("cand_key_digest").is_empty();
    let text = |name: &str| row.value.get_text(name).unwrap_or_default();
    facts.accept_writes.push(AcceptWrite {
        assertion,
        columns: Columns::of_some(row.value, &MEMBERS),
        ingested_at: row.value.get("ingested_at").and_then(|time| time.integer()),
        candidate,
        run,
        has_rule: row.id("derived_rule_id").is_some() && row.id("derived_rule_version").is_some(),
        support: row.id("support_digest"),
        rests: Rests::of(row.value),
        decision: Fingerprint::of(format!("{DECISION_PREFIX}{}:{}", text("candidate_id"), text("asrt_id")).as_bytes()),
        as_candidate: keyed.then(|| Columns::from_raw(&candidate::MEMBERS, spell)),
        as_decision: Columns::from_raw(&decision::MEMBERS, spell),
        line: row.line,
        sound: row.sound,
    });
}

/// D8: the digest of the predicate, or of the type of an entity that was accepted, and of the key.
fn check_key_digest(row: &Row<'_>, facts: &mut Facts) {
    let text = |name: &str| row.value.get_text(name).unwrap_or_default();
    let (stated, key, predicate) = (text("cand_key_digest"), text("key_tuple_digest"), text("pred_id"));
    let is_of = |target: &str| {
        let mut hasher = Hasher::new();
        for part in ["factpy\0cand_key_v1\0", target, "\0", &key, "\0"] {
            hasher.update(part.as_bytes());
        }
        hasher.finish().is_spelt("sha256:", &stated)
    };
    if !stated.is_empty() && !is_of(&predicate) && !predicate.strip_suffix(":exists").is_some_and(is_of) {
        let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
        say.value(Flaw::KeyDigest, "/cand_key_digest", || {
            "is not the digest of the predicate and the key tuple".into()
        });
    }
}
