//! How mappings resolve, and the ledger rows that follow.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ledgers::{Event, Ledgers};
use super::object::{Object, array, text, texts};
use super::value::Term;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::facts::declared::{Declared, Mapping, TieBreak};

/// A claim of a mapping predicate that stands.
pub(super) struct Mapped {
    pub(super) sequence: i64,
    pub(super) assertion: String,
    pub(super) predicate: String,
    /// The subject first.
    pub(super) arguments: Vec<Term>,
    pub(super) source: Option<String>,
    pub(super) run: Option<String>,
    pub(super) candidate: Option<String>,
    pub(super) event_ts: Option<i128>,
    /// Or why there is none, in the producer's words.
    pub(super) ingested_at: Result<i128, String>,
}

/// Claims of mapping predicates while they come.
pub(super) struct Mappings {
    claims: BTreeMap<String, Vec<Mapped>>,
}

/// A tuple as JSON, as Python sorts it, and in a form in which those are equal that are so to Python.
struct Tuple {
    json: Vec<u8>,
    order: Vec<String>,
    like: Vec<String>,
}

/// The claims of one key.
struct Group<'a> {
    key: Tuple,
    claims: Vec<(&'a Mapped, i128, Tuple)>,
}

enum Outcome<'a> {
    Error(String),
    Conflict(Vec<Group<'a>>),
    Resolved(Vec<(Group<'a>, usize, &'static str)>),
}

impl Mappings {
    pub(super) fn new(declared: &Declared) -> Self {
        let mapped = declared.predicates.iter().filter(|predicate| predicate.mapping.is_some());
        Self { claims: mapped.map(|predicate| (predicate.id.clone(), Vec::new())).collect() }
    }

    pub(super) fn wants(&self, predicate: &str) -> bool {
        self.claims.contains_key(predicate)
    }

    pub(super) fn take(&mut self, claim: Mapped) {
        if let Some(claims) = self.claims.get_mut(&claim.predicate) {
            claims.push(claim);
        }
    }

    /// Resolves all; gives the document, and adds to the ledgers.
    pub(super) fn write(
        mut self,
        declared: &Declared,
        mode: &str,
        now: i64,
        ledgers: &mut Ledgers<'_>,
    ) -> Result<Vec<u8>> {
        let mut rows = Vec::new();
        for (id, claims) in &mut self.claims {
            claims.sort_by_key(|claim| claim.sequence);
            let mapping = declared.position(id).and_then(|at| declared.predicates[at].mapping.as_ref());
            let Some(mapping) = mapping else { continue };
            let outcome = resolve(mapping, claims, mode)?;
            rows.push(Row { id, mode }.write(outcome, claims.len(), ledgers)?);
        }
        let document = Object::default()
            .number("generated_at", Some(now))
            .text("mapping_audit_version", "mapping_audit_v1")
            .text("policy_mode", mode)
            .raw("predicates", array(rows));
        Ok(document.to_bytes())
    }
}

fn resolve<'a>(mapping: &Mapping, claims: &'a [Mapped], mode: &str) -> Result<Outcome<'a>> {
    if mode == "idb" && mapping.needs_edb {
        let text = "mapping tie-break requires policy_mode='edb' for deterministic precompute";
        return Ok(Outcome::Error(text.into()));
    }
    if let TieBreak::Broken(text) = &mapping.tie_break {
        let text = text.clone().ok_or_else(|| {
            Error::new("cannot tell how the producer words a fault of a mapping")
                .because("its text depends on the version of Python")
                .hint("correct the tie_break in the schema")
        })?;
        return Ok(Outcome::Error(text));
    }
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut known: HashMap<Vec<String>, usize> = HashMap::new();
    for claim in claims {
        let Some((key, value)) = tuple(claim, &mapping.keys).zip(tuple(claim, &mapping.values)) else {
            return Ok(Outcome::Error("tuple index out of range".into()));
        };
        let at = match &claim.ingested_at {
            Ok(at) => *at,
            Err(text) => return Ok(Outcome::Error(text.clone())),
        };
        let group = *known.entry(key.like.clone()).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Group { key, claims: Vec::new() });
        }
        groups[group].claims.push((claim, at, value));
    }
    let (mut resolved, mut conflicts) = (Vec::new(), Vec::new());
    for group in groups {
        let values: BTreeSet<&[String]> = group.claims.iter().map(|(.., value)| value.like.as_slice()).collect();
        let chosen = match &mapping.tie_break {
            _ if values.len() == 1 => Some((0, "single_value")),
            TieBreak::Error | TieBreak::Broken(_) => None,
            TieBreak::Latest => Some((latest(&group), "latest_by_ingested_at_then_min_assertion_id")),
            TieBreak::PreferSource(Some(sources)) => Some((preferred(&group, sources), "prefer_source")),
            TieBreak::PreferSource(None) => {
                return Ok(Outcome::Error("prefer_source requires tie_break.source_rank string list".into()));
            }
        };
        match chosen {
            Some((at, reason)) => resolved.push((group, at, reason)),
            None => conflicts.push(group),
        }
    }
    if conflicts.is_empty() {
        return Ok(Outcome::Resolved(resolved));
    }
    Ok(Outcome::Conflict(conflicts))
}

fn tuple(claim: &Mapped, positions: &[usize]) -> Option<Tuple> {
    let parts: Vec<&Term> = positions.iter().map(|at| claim.arguments.get(*at)).collect::<Option<_>>()?;
    let json = |term: &&Term| match term.tag.as_str() {
        "int" | "time" | "bool" => term.text.clone().into_bytes(),
        _ => text(&term.text),
    };
    let order = |term: &&Term| match (term.tag.as_str(), term.text.as_str()) {
        ("bool", "true") => "True".to_owned(),
        ("bool", _) => "False".to_owned(),
        (_, text) => text.to_owned(),
    };
    // 1 and true are equal to Python, and "1" is another.
    let like = |term: &&Term| match (term.tag.as_str(), term.text.as_str()) {
        ("bool", "true") => "#1".to_owned(),
        ("bool", _) => "#0".to_owned(),
        ("int" | "time", number) => format!("#{number}"),
        (_, text) => format!("'{text}"),
    };
    Some(Tuple {
        json: array(parts.iter().map(json)),
        order: parts.iter().map(order).collect(),
        like: parts.iter().map(like).collect(),
    })
}

/// The newest; of equally new ones that of the smallest id, where the end of an id is greater than any character.
fn latest(group: &Group<'_>) -> usize {
    let ids = |claim: &Mapped| claim.assertion.chars().map(Reverse).collect::<Vec<_>>();
    let all = group.claims.iter().enumerate();
    let best = all.max_by(|(_, (a, at, _)), (_, (b, bt, _))| at.cmp(bt).then_with(|| ids(a).cmp(&ids(b))));
    best.map_or(0, |(n, _)| n)
}

fn preferred(group: &Group<'_>, sources: &[String]) -> usize {
    let rank: HashMap<&str, usize> = sources.iter().enumerate().map(|(n, source)| (source.as_str(), n)).collect();
    let place = |claim: &Mapped| claim.source.as_deref().and_then(|source| rank.get(source)).copied();
    let best =
        group.claims.iter().enumerate().min_by_key(|(_, (claim, at, _))| {
            (place(claim).unwrap_or(rank.len()), Reverse(*at), claim.assertion.as_str())
        });
    best.map_or(0, |(n, _)| n)
}

/// One predicate's row, and the rows of ledgers that it leads to.
struct Row<'a> {
    id: &'a str,
    mode: &'a str,
}

impl Row<'_> {
    fn write(&self, outcome: Outcome<'_>, count: usize, ledgers: &mut Ledgers<'_>) -> Result<Vec<u8>> {
        let row = self.begin();
        let row = match outcome {
            Outcome::Error(error) => {
                let id = format!("mapping_error:{}", self.id);
                let event = self.event(&id, "mapping_error", None, &[]);
                let what = Event { id: &id, source: "mapping", kind: "mapping_error", runs: &[], at: None };
                let decision = event.clone().text("status", "error").text("error", &error);
                ledgers.decision(&decision.to_bytes(), &what)?;
                let failure = event.text("error_class", "mapping_error").text("message", &error);
                ledgers.failure(&failure.to_bytes(), &what, &error)?;
                row.text("status", "error").text("error", &error)
            }
            Outcome::Conflict(groups) => {
                let error = format!("mapping conflict for {}: {} key(s)", self.id, groups.len());
                let mut conflicts = Vec::new();
                for group in &groups {
                    conflicts.push(self.conflict(group, &error, ledgers)?);
                }
                row.text("status", "conflict").text("error", &error).raw("conflicts", array(conflicts))
            }
            Outcome::Resolved(mut groups) => {
                groups.sort_by(|(a, ..), (b, ..)| a.key.order.cmp(&b.key.order));
                let chosen = array(groups.iter().map(|(group, at, _)| {
                    let value = group.claims[*at].2.json.clone();
                    Object::default().raw("key_tuple", group.key.json.clone()).raw("value_tuple", value).to_bytes()
                }));
                groups.sort_by(|(a, n, _), (b, m, _)| {
                    (&a.key.order, &a.claims[*n].0.assertion).cmp(&(&b.key.order, &b.claims[*m].0.assertion))
                });
                let mut decisions = Vec::new();
                for (group, at, reason) in &groups {
                    decisions.push(self.resolved(group, *at, reason, ledgers)?);
                }
                let row = row.text("status", "resolved").number("candidate_count", Some(count));
                row.raw("chosen", chosen).raw("decisions", array(decisions))
            }
        };
        Ok(row.to_bytes())
    }

    fn begin(&self) -> Object {
        Object::default().text("pred_id", self.id).text("policy_mode", self.mode)
    }

    fn event(&self, id: &str, kind: &str, at: Option<i128>, claims: &[(&Mapped, i128, Tuple)]) -> Object {
        let candidates: BTreeSet<&str> = claims.iter().filter_map(|(claim, ..)| claim.candidate.as_deref()).collect();
        self.begin()
            .text("decision_id", id)
            .text("event_source", "mapping")
            .text("event_kind", kind)
            .raw("run_ids", texts(runs(claims)))
            .raw("candidate_ids", texts(candidates))
            .number("event_ts", at)
    }

    fn conflict(&self, group: &Group<'_>, error: &str, ledgers: &mut Ledgers<'_>) -> Result<Vec<u8>> {
        let mut values: BTreeMap<&[String], &Tuple> = BTreeMap::new();
        for (.., value) in &group.claims {
            values.entry(&value.like).or_insert(value);
        }
        let mut values: Vec<&Tuple> = values.into_values().collect();
        values.sort_by(|a, b| a.order.cmp(&b.order));
        let values = array(values.iter().map(|value| &value.json));
        let (id, at) = (keyed("mapping_conflict", self.id, group), newest(group));
        let conflict =
            Object::default().raw("key_tuple", group.key.json.clone()).raw("candidate_asrt_ids", assertions(group));
        let with = |object: Object| {
            object.raw("key_tuple", group.key.json.clone()).raw("candidate_asrt_ids", assertions(group))
        };
        let event = with(self.event(&id, "mapping_conflict", at, &group.claims));
        let runs = runs(&group.claims);
        let what = Event { id: &id, source: "mapping", kind: "mapping_conflict", runs: &runs, at };
        let decision =
            event.clone().text("status", "conflict").text("error", error).raw("candidate_values", values.clone());
        ledgers.decision(&decision.to_bytes(), &what)?;
        let failure = event.text("error_class", "mapping_conflict").text("message", error);
        ledgers.failure(&failure.to_bytes(), &what, error)?;
        Ok(conflict.raw("candidate_values", values).to_bytes())
    }

    fn resolved(&self, group: &Group<'_>, at: usize, reason: &str, ledgers: &mut Ledgers<'_>) -> Result<Vec<u8>> {
        let (claim, _, value) = &group.claims[at];
        let with = |object: Object| {
            object
                .raw("key_tuple", group.key.json.clone())
                .text("chosen_asrt_id", &claim.assertion)
                .raw("chosen_value_tuple", value.json.clone())
                .text("reason", reason)
                .raw("candidate_asrt_ids", assertions(group))
        };
        let (id, at) = (keyed("mapping_decision", self.id, group), newest(group));
        let event = with(self.event(&id, "mapping_decision", at, &group.claims)).text("status", "resolved");
        let runs = runs(&group.claims);
        let what = Event { id: &id, source: "mapping", kind: "mapping_decision", runs: &runs, at };
        ledgers.decision(&event.to_bytes(), &what)?;
        Ok(with(Object::default()).to_bytes())
    }
}

fn runs<'a>(claims: &'a [(&Mapped, i128, Tuple)]) -> Vec<&'a str> {
    let runs: BTreeSet<&str> = claims.iter().filter_map(|(claim, ..)| claim.run.as_deref()).collect();
    runs.into_iter().collect()
}

fn assertions(group: &Group<'_>) -> Vec<u8> {
    let ids: BTreeSet<&str> = group.claims.iter().map(|(claim, ..)| claim.assertion.as_str()).collect();
    texts(ids)
}

fn newest(group: &Group<'_>) -> Option<i128> {
    group.claims.iter().filter_map(|(claim, ..)| claim.event_ts).max()
}

/// `<kind>:<predicate>:<12 hex>`; the hex is the start of a digest of the key.
fn keyed(kind: &str, predicate: &str, group: &Group<'_>) -> String {
    let key = Digest::of(&Object::default().raw("key_tuple", group.key.json.clone()).to_bytes()).to_string();
    format!("{kind}:{predicate}:{}", &key[..12])
}
