//! `accept_write_ledger.jsonl`: a row for each claim that came from an accepted candidate.

use super::columns::place;
use super::flaws::Flaw;
use super::shape::{Shape, Type};
use super::{Columns, Facts, Ledger, Moment, Order, Row, candidate, decision};
use crate::digest::{Digest, Fingerprint};
use crate::json::Value;
use crate::spill::{Record, record};

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
#[derive(Clone, Copy)]
pub(crate) struct AcceptWrite {
    /// The claim.
    pub(crate) assertion: Fingerprint,
    /// The row itself, but for the time.
    pub(crate) columns: AcceptColumns,
    /// When the claim was ingested.
    pub(crate) ingested: Moment,
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
    /// The row that must stand in the candidate ledger, if there must be one.
    pub(crate) as_candidate: Columns<{ candidate::N }>,
    /// The write has key digests, so the candidate ledger must have its row.
    pub(crate) is_keyed: bool,
    /// The row that must stand in the decision log.
    pub(crate) as_decision: Columns<{ decision::N }>,
    pub(crate) line: u32,
    pub(crate) sound: bool,
}

record!(AcceptWrite {
    assertion: Fingerprint,
    columns: AcceptColumns,
    ingested: Moment,
    candidate: Fingerprint,
    run: Option<u32>,
    has_rule: bool,
    support: Option<Fingerprint>,
    rests: Rests,
    decision: Fingerprint,
    as_candidate: Columns<{ candidate::N }>,
    is_keyed: bool,
    as_decision: Columns<{ decision::N }>,
    line: u32,
    sound: bool,
});

impl AcceptWrite {
    /// The candidate, as an id of the write.
    pub(crate) fn by_candidate(&self) -> Option<Fingerprint> {
        Some(self.candidate)
    }

    /// The claim, as an id of the write.
    pub(crate) fn by_assertion(&self) -> Option<Fingerprint> {
        Some(self.assertion)
    }

    /// The same for writes with key digests only.
    pub(crate) fn by_keyed_assertion(&self) -> Option<Fingerprint> {
        self.is_keyed.then_some(self.assertion)
    }

    /// The decision, as an id of the write.
    pub(crate) fn by_decision(&self) -> Option<Fingerprint> {
        Some(self.decision)
    }
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

impl Record for Rests {
    const BYTES: usize = 1;

    fn write(&self, out: &mut [u8]) {
        out[0] = *self as u8;
    }

    fn read(bytes: &[u8]) -> Self {
        match bytes {
            [0] => Rests::OnArtifact,
            [1] => Rests::OnNothing,
            _ => Rests::Elsewhere,
        }
    }
}

impl Rests {
    fn of(kind: Option<Value<'_>>, support: Option<Value<'_>>) -> Self {
        let is = |value: Option<Value<'_>>, text: &str| value.is_some_and(|value| value.is_text(text));
        if is(kind, "native_binding_v1") && !is(support, NO_WITNESS) {
            Rests::OnArtifact
        } else if is(kind, "engine_no_witness_v1") {
            Rests::OnNothing
        } else {
            Rests::Elsewhere
        }
    }
}

/// The digest that stands for no witness.
const NO_WITNESS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Where each member of a row that follows from a write stands in the write; behind the last, if it is no copy.
const CANDIDATE_FROM: [usize; candidate::N] = copied(&candidate::MEMBERS);
const DECISION_FROM: [usize; decision::N] = copied(&decision::MEMBERS);

const fn copied<const N: usize>(names: &[&str; N]) -> [usize; N] {
    let mut from = [MEMBERS.len(); N];
    let mut n = 0;
    while n < N {
        from[n] = place(names[n], &MEMBERS);
        n += 1;
    }
    from
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let members = row.value.gather(&MEMBERS);
    let id = |at: usize| members[at].and_then(super::fingerprint);
    let (Some(assertion), Some(candidate)) =
        (id(const { place("asrt_id", &MEMBERS) }), id(const { place("candidate_id", &MEMBERS) }))
    else {
        return;
    };
    let run_id = const { place("run_id", &MEMBERS) };
    let run = facts.told.write(row, LEDGER.path, members[run_id], members[const { place("pred_id", &MEMBERS) }]);
    let raw = |at: usize| members[at].map_or(&b""[..], |value| value.raw());
    let inner = |at: usize| members[at].and_then(|value| value.raw_inner()).unwrap_or_default();
    let text = |at: usize| members[at].and_then(|value| value.bytes()).unwrap_or_default();
    let of = [const { place("candidate_id", &MEMBERS) }, const { place("asrt_id", &MEMBERS) }];
    // Escapes of the parts are escapes of the whole, so ids can be joined as they are written.
    let decision_id = [DECISION_PREFIX.as_bytes(), inner(of[0]), b":", inner(of[1])].concat();
    let decision = [DECISION_PREFIX.as_bytes(), &text(of[0]), b":", &text(of[1])].concat();
    let time = row.value.get("ingested_at");
    let spell = |name: &str, from: usize, out: &mut Vec<u8>| {
        let list = |at: usize, out: &mut Vec<u8>| {
            let item = if inner(at).is_empty() { b"" } else { raw(at) };
            [b"[", item, b"]"].iter().for_each(|part| out.extend_from_slice(part));
        };
        match name {
            _ if from < MEMBERS.len() => out.extend_from_slice(raw(from)),
            "candidate_ids" => list(of[0], out),
            "decision_id" => [b"\"", &*decision_id, b"\""].iter().for_each(|part| out.extend_from_slice(part)),
            "event_kind" => out.extend_from_slice(b"\"accept_write\""),
            "event_source" => out.extend_from_slice(b"\"accept\""),
            "event_ts" => out.extend_from_slice(time.map_or(b"", |time| time.raw())),
            "run_ids" => list(run_id, out),
            "state" => out.extend_from_slice(b"\"accepted\""),
            _ => {}
        }
    };
    if row.sound {
        check_key_digest(row, facts);
    }
    let (mut as_candidate, mut as_decision) = (CANDIDATE_FROM.into_iter(), DECISION_FROM.into_iter());
    let mut next = |name: &str, out: &mut Vec<u8>| spell(name, as_candidate.next().unwrap_or_default(), out);
    let keyed = [const { place("key_tuple_digest", &MEMBERS) }, const { place("cand_key_digest", &MEMBERS) }];
    let keyed = keyed.iter().all(|at| !inner(*at).is_empty());
    let rule = [const { place("derived_rule_id", &MEMBERS) }, const { place("derived_rule_version", &MEMBERS) }];
    let (support, kind) = (const { place("support_digest", &MEMBERS) }, const { place("support_kind", &MEMBERS) });
    facts.accept_writes.push(AcceptWrite {
        assertion,
        columns: Columns::from_values(&members),
        ingested: Moment::of(time.and_then(|time| time.integer())),
        candidate,
        run,
        has_rule: rule.iter().all(|at| !inner(*at).is_empty()),
        support: id(support),
        rests: Rests::of(members[kind], members[support]),
        decision: Fingerprint::of(&decision),
        as_candidate: Columns::from_raw(&candidate::MEMBERS, &mut next),
        is_keyed: keyed,
        as_decision: Columns::from_raw(&decision::MEMBERS, |name, out| {
            spell(name, as_decision.next().unwrap_or_default(), out);
        }),
        line: row.line,
        sound: row.sound,
    });
}

/// D8: the digest of the predicate, or of the type of an entity that was accepted, and of the key.
fn check_key_digest(row: &Row<'_>, facts: &mut Facts) {
    let text = |name: &str| row.value.get_text(name).unwrap_or_default();
    let (stated, key, predicate) = (text("cand_key_digest"), text("key_tuple_digest"), text("pred_id"));
    let is_of = |target: &str| {
        let digest = Digest::of_ended(b"factpy\0cand_key_v1\0", &[target.as_bytes(), key.as_bytes()]);
        digest.is_spelt("sha256:", &stated)
    };
    if !stated.is_empty() && !is_of(&predicate) && !predicate.strip_suffix(":exists").is_some_and(is_of) {
        let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
        say.value(Flaw::KeyDigest, "/cand_key_digest", || {
            "is not the digest of the predicate and the key tuple".into()
        });
    }
}
