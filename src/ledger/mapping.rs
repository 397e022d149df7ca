//! `mapping_resolution.json`: how mapping predicates were resolved, and the decisions and failures that follow from it.

use std::ops::Range;

use super::columns::{Columns, MemberHasher};
use super::decision::LINKED;
use super::mapping_sense;
use super::shape::{self, Members, Misfit, Type};
use crate::digest::{Digest, Fingerprint};
use crate::finding::{Place, Tally};
use crate::json::{Kind, Value};

const MODE: Type = Type::OneOf(&["edb", "idb"]);

const DOCUMENT: Members = &[
    ("generated_at", Type::Integer),
    ("mapping_audit_version", Type::Word("mapping_audit_v1")),
    ("policy_mode", MODE),
    ("predicates", Type::Array),
];

const RESOLVED: Members = &[
    ("candidate_count", Type::Count),
    ("chosen", Type::List(&Type::Record(&[("key_tuple", Type::Array), ("value_tuple", Type::Array)]))),
    (
        "decisions",
        Type::List(&Type::Record(&[
            ("candidate_asrt_ids", Type::SortedTexts),
            ("chosen_asrt_id", Type::Name),
            ("chosen_value_tuple", Type::Array),
            ("key_tuple", Type::Array),
            ("reason", Type::OneOf(&["single_value", "latest_by_ingested_at_then_min_assertion_id", "prefer_source"])),
        ])),
    ),
    ("policy_mode", MODE),
    ("pred_id", Type::Name),
    ("status", Type::Word("resolved")),
];

const CONFLICT: Members = &[
    (
        "conflicts",
        Type::List(&Type::Record(&[
            ("candidate_asrt_ids", Type::SortedTexts),
            ("candidate_values", Type::List(&Type::Array)),
            ("key_tuple", Type::Array),
        ])),
    ),
    ("error", Type::Text),
    ("policy_mode", MODE),
    ("pred_id", Type::Name),
    ("status", Type::Word("conflict")),
];

const ERROR: Members =
    &[("error", Type::Text), ("policy_mode", MODE), ("pred_id", Type::Name), ("status", Type::Word("error"))];

const PREDICATE: shape::Shape =
    shape::Shape::By("status", &[("resolved", RESOLVED), ("conflict", CONFLICT), ("error", ERROR)]);

/// What is kept of the document.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    pub(crate) generated_at: Option<i128>,
    /// Every `policy_mode` in it, by pointer.
    pub(crate) policy_modes: Vec<(String, String)>,
    /// What must stand in the decision log and, for conflicts and errors, among the failures.
    pub(crate) events: Vec<MappingEvent>,
    /// Predicates by outcome.
    pub(crate) resolved: u64,
    pub(crate) conflicts: u64,
    pub(crate) errors: u64,
    /// Its predicates that have their shape, in order.
    pub(crate) predicates: Vec<MappedPredicate>,
    /// What does not sort after what stands before it.
    pub(crate) unordered: Tally,
    /// What does not agree with what stands beside it.
    pub(crate) contradictions: Tally,
}

/// A predicate, and what came of it.
#[derive(Debug)]
pub(crate) struct MappedPredicate {
    pub(crate) name: String,
    pub(crate) status: Status,
    /// The text of an error; empty for other outcomes.
    pub(crate) error: String,
    /// Its events among all.
    pub(crate) events: Range<usize>,
    pub(crate) pointer: String,
}

/// What came of a predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Resolved,
    Conflict,
    Error,
}

/// The members of a decision or conflict beside its key.
pub(crate) const OUTCOME: [&str; 5] =
    ["candidate_asrt_ids", "candidate_values", "chosen_asrt_id", "chosen_value_tuple", "reason"];

/// One outcome: a key decided, a key in conflict, or a predicate in error.
#[derive(Debug)]
pub(crate) struct MappingEvent {
    /// The decision's id.
    pub(crate) decision: Fingerprint,
    /// The decision's row, but for the linked members.
    pub(crate) as_decision: Fingerprint,
    /// The failure's row, but for the linked members.
    pub(crate) as_failure: Option<Fingerprint>,
    /// The key, as it is written.
    pub(crate) key: Fingerprint,
    /// What was decided about it.
    pub(crate) outcome: Columns<{ OUTCOME.len() }>,
    pub(crate) pointer: String,
}

/// Checks the document and takes what rules need.
pub(crate) fn read(root: Value<'_>, report: &mut dyn FnMut(String, Misfit)) -> Mapping {
    shape::record(root, DOCUMENT, report);
    let mut mapping = Mapping {
        generated_at: root
            .get("generated_at")
            .filter(|at| at.kind() == Kind::Integer)
            .and_then(|at| std::str::from_utf8(at.raw()).ok()?.parse().ok()),
        ..Mapping::default()
    };
    mapping
        .policy_modes
        .extend(root.get_text("policy_mode").map(|mode| ("/policy_mode".to_owned(), mode.into_owned())));
    let mut last = None;
    for (n, predicate) in root.get("predicates").into_iter().flat_map(|list| list.items()).enumerate() {
        let pointer = format!("/predicates/{n}");
        let mut sound = true;
        shape::check(predicate, &PREDICATE, &mut shape::Known::default(), &mut |inside, misfit| {
            sound = false;
            report(format!("{pointer}{inside}"), misfit);
        });
        mapping.policy_modes.extend(
            predicate.get_text("policy_mode").map(|mode| (format!("{pointer}/policy_mode"), mode.into_owned())),
        );
        let name = predicate.get_text("pred_id").map(|name| name.into_owned());
        if last.is_some() && name <= last {
            let place = Place::member("audit/mapping_resolution.json", pointer.as_str());
            mapping.unordered.add(place, || "the predicate does not sort after the one before it".into());
        }
        last = name;
        if sound {
            let start = mapping.events.len();
            let status = mapping.take(predicate, &pointer);
            mapping_sense::check(predicate, &pointer, start, &mut mapping);
            mapping.predicates.push(MappedPredicate {
                name: predicate.get_text("pred_id").unwrap_or_default().into_owned(),
                status,
                error: match status {
                    Status::Error => predicate.get_text("error").unwrap_or_default().into_owned(),
                    Status::Resolved | Status::Conflict => String::new(),
                },
                events: start..mapping.events.len(),
                pointer,
            });
        }
    }
    mapping
}

impl Mapping {
    fn take(&mut self, predicate: Value<'_>, pointer: &str) -> Status {
        let inner = |name: &str| predicate.get(name).and_then(|value| value.raw_inner()).unwrap_or_default();
        let raw = |value: Value<'_>, name: &str| value.get(name).map(|value| value.raw().to_vec()).unwrap_or_default();
        match inner("status") {
            b"resolved" => {
                self.resolved += 1;
                for (n, key) in predicate.get("decisions").into_iter().flat_map(|list| list.items()).enumerate() {
                    let id = keyed_id("mapping_decision", inner("pred_id"), &raw(key, "key_tuple"));
                    let as_decision = event(&id, "mapping_decision", |name| match name {
                        "status" => b"\"resolved\"".to_vec(),
                        "candidate_asrt_ids" | "chosen_asrt_id" | "chosen_value_tuple" | "key_tuple" | "reason" => {
                            raw(key, name)
                        }
                        "policy_mode" | "pred_id" => raw(predicate, name),
                        _ => Vec::new(),
                    });
                    self.push(&id, (as_decision, None), key, format!("{pointer}/decisions/{n}"));
                }
                Status::Resolved
            }
            b"conflict" => {
                self.conflicts += 1;
                for (n, key) in predicate.get("conflicts").into_iter().flat_map(|list| list.items()).enumerate() {
                    let id = keyed_id("mapping_conflict", inner("pred_id"), &raw(key, "key_tuple"));
                    let common = |name: &str| match name {
                        "candidate_asrt_ids" | "key_tuple" => raw(key, name),
                        "policy_mode" | "pred_id" => raw(predicate, name),
                        _ => Vec::new(),
                    };
                    let as_decision = event(&id, "mapping_conflict", |name| match name {
                        "status" => b"\"conflict\"".to_vec(),
                        "candidate_values" => raw(key, name),
                        "error" => raw(predicate, name),
                        name => common(name),
                    });
                    let as_failure = event(&id, "mapping_conflict", |name| match name {
                        "error_class" => b"\"mapping_conflict\"".to_vec(),
                        "message" => raw(predicate, "error"),
                        name => common(name),
                    });
                    self.push(&id, (as_decision, Some(as_failure)), key, format!("{pointer}/conflicts/{n}"));
                }
                Status::Conflict
            }
            _ => {
                self.errors += 1;
                let id = [b"mapping_error:", inner("pred_id")].concat();
                let common = |name: &str| match name {
                    "policy_mode" | "pred_id" => raw(predicate, name),
                    _ => Vec::new(),
                };
                let as_decision = event(&id, "mapping_error", |name| match name {
                    "status" => b"\"error\"".to_vec(),
                    "error" => raw(predicate, name),
                    name => common(name),
                });
                let as_failure = event(&id, "mapping_error", |name| match name {
                    "error_class" => b"\"mapping_error\"".to_vec(),
                    "message" => raw(predicate, "error"),
                    name => common(name),
                });
                self.push(&id, (as_decision, Some(as_failure)), predicate, pointer.to_owned());
                Status::Error
            }
        }
    }

    fn push(
        &mut self,
        id: &[u8],
        (as_decision, as_failure): (Fingerprint, Option<Fingerprint>),
        outcome: Value<'_>,
        pointer: String,
    ) {
        let spelt = [b"\"", id, b"\""].concat();
        let text = crate::json::Scanner::new(1)
            .scan(&spelt)
            .ok()
            .and_then(|id| id.root().text().map(|text| text.into_owned()));
        let decision = Fingerprint::of(text.unwrap_or_default().as_bytes());
        let raw = |name: &str| outcome.get(name).map(Value::raw).unwrap_or_default();
        let spell = |name: &str, out: &mut Vec<u8>| match name {
            // Values that are spelt alike, such as 1 and "1", may stand in any order.
            "candidate_values" => {
                if let Some(values) = outcome.get(name) {
                    push_sorted(values.items().map(Value::raw).collect(), out);
                }
            }
            name => out.extend_from_slice(raw(name)),
        };
        self.events.push(MappingEvent {
            decision,
            as_decision,
            as_failure,
            key: Fingerprint::of(raw("key_tuple")),
            outcome: Columns::from_raw(&OUTCOME, spell),
            pointer,
        });
    }
}

/// Appends an array of these values, in the order of their bytes.
pub(crate) fn push_sorted(mut values: Vec<&[u8]>, out: &mut Vec<u8>) {
    values.sort_unstable();
    out.push(b'[');
    out.extend(values.join(&b','));
    out.push(b']');
}

/// The id of the decision about a key, which is written as JSON.
pub(crate) fn decision_id(status: Status, predicate: &str, key_tuple: &[u8]) -> Fingerprint {
    Fingerprint::of(&match status {
        Status::Resolved => keyed_id("mapping_decision", predicate.as_bytes(), key_tuple),
        Status::Conflict => keyed_id("mapping_conflict", predicate.as_bytes(), key_tuple),
        Status::Error => [b"mapping_error:", predicate.as_bytes()].concat(),
    })
}

/// `<kind>:<predicate>:<12 hex>`, escaped as in a row; the hex is the start of a digest of the key.
fn keyed_id(kind: &str, predicate: &[u8], key_tuple: &[u8]) -> Vec<u8> {
    let key = Digest::of(&[b"{\"key_tuple\":", key_tuple, b"}"].concat()).to_string();
    [kind.as_bytes(), b":", predicate, b":", &key.as_bytes()[..12]].concat()
}

/// Hashes the members of an event row in canonical order, but for the linked ones.
fn event(id: &[u8], kind: &str, mut spell: impl FnMut(&str) -> Vec<u8>) -> Fingerprint {
    const NAMES: [&str; 18] = [
        "candidate_asrt_ids",
        "candidate_ids",
        "candidate_values",
        "chosen_asrt_id",
        "chosen_value_tuple",
        "decision_id",
        "error",
        "error_class",
        "event_kind",
        "event_source",
        "event_ts",
        "key_tuple",
        "message",
        "policy_mode",
        "pred_id",
        "reason",
        "run_ids",
        "status",
    ];
    let mut hasher = MemberHasher::default();
    for name in NAMES.iter().filter(|name| !LINKED.contains(name)) {
        let value = match *name {
            "decision_id" => [b"\"", id, b"\""].concat(),
            "event_kind" => format!("\"{kind}\"").into_bytes(),
            "event_source" => b"\"mapping\"".to_vec(),
            name => spell(name),
        };
        if !value.is_empty() {
            hasher.member(name.as_bytes(), &value);
        }
    }
    hasher.finish()
}
