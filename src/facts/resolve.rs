//! How mappings resolve: the producer's algorithm, run again over claims that stand.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::declared::{Mapping, Predicate, TieBreak};
use super::tuple::{BOOL, BYTES, ENTITY, FLOAT, INT, STRING, TIME, UUID};
use super::{Claim, Facts};
use crate::digest::{Fingerprint, hex_of};
use crate::json::push_string;
use crate::ledger::Columns;
use crate::ledger::mapping::{OUTCOME, Status, decision_id, push_sorted};

/// What must come of a mapping.
pub(crate) enum Outcome {
    /// It cannot be resolved, for this reason if its text can be told.
    Error(Option<String>),
    /// Keys with several values, in the order of their first claims.
    Conflict(Vec<Key>),
    /// Every key with the value that was chosen, in the same order.
    Resolved(Vec<Key>),
}

impl Outcome {
    /// What the resolution calls it.
    pub(crate) fn status(&self) -> Status {
        match self {
            Outcome::Error(_) => Status::Error,
            Outcome::Conflict(_) => Status::Conflict,
            Outcome::Resolved(_) => Status::Resolved,
        }
    }

    /// The ids of the decisions that must stand in the log.
    pub(crate) fn decisions(&self, predicate: &str) -> Vec<Fingerprint> {
        let id = |key: &[u8]| decision_id(self.status(), predicate, key);
        match self {
            Outcome::Error(_) => vec![id(&[])],
            Outcome::Conflict(keys) | Outcome::Resolved(keys) => keys.iter().map(|key| id(&key.key)).collect(),
        }
    }
}

/// A key, and what must stand beside it; all as JSON.
pub(crate) struct Key {
    pub(crate) key: Vec<u8>,
    /// Line of its first claim in the claims table.
    pub(crate) line: u32,
    /// Its claims.
    pub(crate) claims: Vec<Fingerprint>,
    assertions: Vec<u8>,
    /// All values, where none is chosen.
    values: Vec<Vec<u8>>,
    chosen: Option<(Vec<u8>, Vec<u8>)>,
    reason: &'static str,
}

impl Key {
    /// Appends a member.
    pub(crate) fn spell(&self, member: &str, out: &mut Vec<u8>) {
        match (member, &self.chosen) {
            ("candidate_asrt_ids", _) => out.extend_from_slice(&self.assertions),
            ("candidate_values", None) => push_sorted(self.values.iter().map(Vec::as_slice).collect(), out),
            ("chosen_asrt_id", Some((assertion, _))) => out.extend_from_slice(assertion),
            ("chosen_value_tuple", Some((_, value))) => out.extend_from_slice(value),
            ("reason", Some(_)) => push_string(out, self.reason),
            _ => {}
        }
    }

    /// Stands for all members beside the key.
    pub(crate) fn outcome(&self) -> Columns<{ OUTCOME.len() }> {
        Columns::from_raw(&OUTCOME, |member, out| self.spell(member, out))
    }
}

/// Resolves the mappings of a package.
pub(crate) struct Resolver<'a> {
    facts: &'a Facts,
    policy_mode: &'a str,
    /// Number of the predicate, sequence, and position among mapped claims of every claim that stands; sorted.
    claims: Vec<(u32, u64, u32)>,
}

/// A claim while its predicate is resolved.
struct Candidate<'a> {
    claim: Claim,
    id: Cow<'a, str>,
    source: Option<Cow<'a, str>>,
    value: Tuple,
    ingested_at: i64,
}

/// A tuple as JSON, and in a form in which those are equal that are so to Python: 1 and true are.
struct Tuple {
    json: Vec<u8>,
    like: Vec<u8>,
}

impl<'a> Resolver<'a> {
    /// Over facts that were read to the end.
    pub(crate) fn new(facts: &'a Facts, policy_mode: &'a str) -> Self {
        let mut claims: Vec<_> = facts
            .mapped
            .claims
            .iter()
            .enumerate()
            .filter_map(|(n, mapped)| {
                let claim = facts.claims.get(mapped.at as usize)?;
                facts.revoked.get(claim.id).is_none().then_some((claim.predicate, claim.sequence, n as u32))
            })
            .collect();
        claims.sort_unstable();
        Self { facts, policy_mode, claims }
    }

    /// The mappings that the schema declares, by name, with their numbers.
    pub(crate) fn predicates(&self) -> Vec<(&'a Predicate, u32)> {
        let declared = self.facts.declared.iter().flat_map(|declared| {
            self.facts.mapped.predicates.iter().zip(0..).map(|(at, number)| (&declared.predicates[*at], number))
        });
        let mut declared: Vec<_> = declared.collect();
        declared.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        declared
    }

    /// What must come of one of them; nothing if its claims cannot be read, which is said elsewhere.
    pub(crate) fn outcome(&self, predicate: &Predicate, number: u32) -> Option<Outcome> {
        let mapping = predicate.mapping.as_ref()?;
        if self.policy_mode == "idb" && mapping.needs_edb {
            let text = "mapping tie-break requires policy_mode='edb' for deterministic precompute";
            return Some(Outcome::Error(Some(text.into())));
        }
        if let TieBreak::Broken(text) = &mapping.tie_break {
            return Some(Outcome::Error(text.clone()));
        }
        let mut groups: Vec<(Vec<u8>, Vec<Candidate<'_>>)> = Vec::new();
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        let start = self.claims.partition_point(|(other, ..)| *other < number);
        for (_, _, at) in self.claims[start..].iter().take_while(|(other, ..)| *other == number) {
            let all = &self.facts.mapped;
            let mapped = all.claims.get(*at as usize)?;
            let claim = self.facts.claims.get(mapped.at as usize)?;
            let Some((key, value)) = self.tuples(mapping, &claim)? else {
                return Some(Outcome::Error(Some("tuple index out of range".into())));
            };
            let group = *known.entry(key.like).or_insert(groups.len());
            if group == groups.len() {
                groups.push((key.json, Vec::new()));
            }
            let (id, source) = (all.texts.text(mapped.id), mapped.source.map(|place| all.texts.text(place)));
            groups[group].1.push(Candidate { claim, id, source, value, ingested_at: claim.ingested_at()? });
        }
        Some(decide(mapping, groups))
    }

    /// Key and value of a claim; nothing inside if it has too few arguments.
    fn tuples(&self, mapping: &Mapping, claim: &Claim) -> Option<Option<(Tuple, Tuple)>> {
        let (_, entity) = self.facts.subject(claim);
        let arguments = self.facts.arguments(claim)?;
        let arguments: Vec<_> = std::iter::once((ENTITY, entity.as_bytes())).chain(arguments.terms().iter()).collect();
        let tuple = |positions: &[usize]| {
            let parts: Option<Vec<_>> = positions.iter().map(|position| arguments.get(*position)).collect();
            parts.map(|parts| Tuple::of(&parts))
        };
        Some(tuple(&mapping.keys).zip(tuple(&mapping.values)))
    }
}

fn decide(mapping: &Mapping, groups: Vec<(Vec<u8>, Vec<Candidate<'_>>)>) -> Outcome {
    let (mut resolved, mut conflicts) = (Vec::new(), Vec::new());
    for (key, candidates) in groups {
        let mut values: Vec<&Tuple> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for candidate in &candidates {
            if known.insert(&candidate.value.like) {
                values.push(&candidate.value);
            }
        }
        let (chosen, reason) = match &mapping.tie_break {
            _ if values.len() == 1 => (candidates.first(), "single_value"),
            TieBreak::Error | TieBreak::Broken(_) => (None, ""),
            TieBreak::Latest => (latest(&candidates), "latest_by_ingested_at_then_min_assertion_id"),
            TieBreak::PreferSource(Some(sources)) => (preferred(&candidates, sources), "prefer_source"),
            TieBreak::PreferSource(None) => {
                return Outcome::Error(Some("prefer_source requires tie_break.source_rank string list".into()));
            }
        };
        let mut ids: Vec<&str> = candidates.iter().map(|candidate| &*candidate.id).collect();
        ids.sort_unstable();
        let mut assertions = Vec::new();
        for id in ids {
            assertions.push(if assertions.is_empty() { b'[' } else { b',' });
            push_string(&mut assertions, id);
        }
        assertions.push(b']');
        let entry = Key {
            key,
            line: candidates.first().map_or(0, |candidate| candidate.claim.line),
            claims: candidates.iter().map(|candidate| candidate.claim.id).collect(),
            assertions,
            values: values.iter().map(|value| value.json.clone()).collect(),
            chosen: chosen.map(|chosen| (json(&chosen.id), chosen.value.json.clone())),
            reason,
        };
        if entry.chosen.is_some() { resolved.push(entry) } else { conflicts.push(entry) }
    }
    if conflicts.is_empty() { Outcome::Resolved(resolved) } else { Outcome::Conflict(conflicts) }
}

fn latest<'a, 'c>(candidates: &'a [Candidate<'c>]) -> Option<&'a Candidate<'c>> {
    candidates.iter().max_by(|a, b| a.ingested_at.cmp(&b.ingested_at).then_with(|| inverted(&a.id, &b.id)))
}

/// The producer compares ids by their characters with the sign changed: where they differ, the smaller character
/// wins, but the end of an id is less than any.
fn inverted(a: &str, b: &str) -> Ordering {
    a.chars().map(Reverse).cmp(b.chars().map(Reverse))
}

fn preferred<'a, 'c>(candidates: &'a [Candidate<'c>], sources: &[String]) -> Option<&'a Candidate<'c>> {
    // Of a source that stands twice, the last place counts.
    let rank: HashMap<&str, usize> = sources.iter().enumerate().map(|(n, source)| (source.as_str(), n)).collect();
    candidates.iter().min_by_key(|candidate| {
        let source = candidate.source.as_deref();
        let place = source.and_then(|source| rank.get(source)).copied().unwrap_or(rank.len());
        (place, Reverse(candidate.ingested_at), &*candidate.id)
    })
}

fn json(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push_string(&mut out, text);
    out
}

impl Tuple {
    fn of(parts: &[&(u8, &[u8])]) -> Self {
        let (mut json, mut like) = (vec![b'['], Vec::new());
        for (n, (tag, payload)) in parts.iter().enumerate() {
            if n > 0 {
                json.push(b',');
            }
            let start = json.len();
            push_part(&mut json, *tag, payload);
            match (*tag, payload.first()) {
                (BOOL, Some(1)) => like.push(b'1'),
                (BOOL, _) => like.push(b'0'),
                _ => like.extend_from_slice(&json[start..]),
            }
            like.push(b',');
        }
        json.push(b']');
        Self { json, like }
    }
}

/// Appends one value as outcomes spell it.
fn push_part(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    let text = || String::from_utf8_lossy(payload);
    match (tag, payload) {
        (INT, digits) => out.extend_from_slice(digits),
        (TIME, _) => {
            let time = payload.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
            out.extend_from_slice(time.to_string().as_bytes());
        }
        (BOOL, [1]) => out.extend_from_slice(b"true"),
        (BOOL, _) => out.extend_from_slice(b"false"),
        (FLOAT, _) => push_string(out, &format!("0x{}", hex(payload))),
        (BYTES, _) => push_string(out, &URL_SAFE_NO_PAD.encode(payload)),
        (UUID, _) => {
            let digits = hex(payload);
            let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
            let groups: Vec<&str> = groups.iter().filter_map(|(start, end)| digits.get(*start..*end)).collect();
            push_string(out, &groups.join("-"));
        }
        (STRING | ENTITY, _) => push_string(out, &text()),
        _ => push_string(out, &text()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| hex_of(*byte)).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_id_wins_but_not_by_being_shorter() {
        assert_eq!(inverted("a", "b"), Ordering::Greater);
        assert_eq!(inverted("ab", "a"), Ordering::Greater);
        assert_eq!(inverted("a", "a"), Ordering::Equal);
    }

    #[test]
    fn values_are_spelt_as_outcomes_spell_them() {
        let spell = |tag, payload: &[u8]| String::from_utf8(Tuple::of(&[&(tag, payload)]).json).expect("it is UTF-8");
        assert_eq!(spell(INT, b"-12"), "[-12]");
        assert_eq!(spell(TIME, &(-1_i64).to_be_bytes()), "[-1]");
        assert_eq!(spell(BOOL, &[1]), "[true]");
        assert_eq!(spell(FLOAT, &1.0_f64.to_be_bytes()), r#"["0x3ff0000000000000"]"#);
        assert_eq!(spell(BYTES, &[0, 1, 2, 255]), r#"["AAEC_w"]"#);
        assert_eq!(spell(UUID, &[17; 16]), r#"["11111111-1111-1111-1111-111111111111"]"#);
        assert_eq!(spell(STRING, "a\"é".as_bytes()), r#"["a\"é"]"#);
    }

    #[test]
    fn one_and_true_are_equal_as_they_are_to_python() {
        assert_eq!(Tuple::of(&[&(INT, b"1")]).like, Tuple::of(&[&(BOOL, &[1])]).like);
        assert_ne!(Tuple::of(&[&(INT, b"1")]).like, Tuple::of(&[&(STRING, b"1")]).like);
    }
}
