//! Whether an outcome of the mapping resolution agrees with itself, and stands in order.

use std::borrow::Cow;
use std::ops::Range;

use super::mapping::Mapping;
use crate::digest::Fingerprint;
use crate::finding::{Place, Quote, printable, thing};
use crate::json::{Kind, Value};

const PATH: &str = "audit/mapping_resolution.json";

/// Checks one predicate that has its shape.
pub(super) fn check(predicate: Value<'_>, pointer: &str, first: usize, mapping: &mut Mapping) {
    let events = mapping.events.get(first..).unwrap_or_default();
    let mut sense = Sense { pointer, decisions: events.iter().map(|event| event.decision).collect(), mapping };
    match predicate.get_text("status").as_deref() {
        Some("resolved") => sense.resolved(predicate),
        Some("conflict") => sense.conflict(predicate),
        _ => {}
    }
}

struct Sense<'a> {
    pointer: &'a str,
    /// The ids of its decisions, in their order.
    decisions: Vec<Fingerprint>,
    mapping: &'a mut Mapping,
}

impl Sense<'_> {
    /// Notes a contradiction about these decisions, or about the predicate as a whole.
    fn wrong(&mut self, decisions: Range<usize>, inside: &str, text: impl FnOnce() -> String) {
        let place = Place::member(PATH, format!("{}{inside}", self.pointer));
        let mut about = self.decisions.get(decisions).unwrap_or_default().to_vec();
        if about.len() != 1 {
            about.push(thing(PATH, 0, self.pointer));
        }
        self.mapping.contradictions.add_quoted(&about, place, Quote { expected: None }, text);
    }

    fn unordered(&mut self, inside: &str) {
        let place = Place::member(PATH, format!("{}{inside}", self.pointer));
        self.mapping.unordered.add(place, || "does not sort after the one before it".into());
    }

    fn resolved(&mut self, predicate: Value<'_>) {
        let mut candidates = 0;
        let mut decided = Vec::new();
        let mut last = None;
        for (n, decision) in items(predicate, "decisions").enumerate() {
            let chosen = decision.get("chosen_asrt_id");
            let mut among = items(decision, "candidate_asrt_ids").inspect(|_| candidates += 1);
            let is_candidate = chosen.is_some_and(|chosen| among.any(|id| id.raw() == chosen.raw()));
            among.for_each(drop);
            if !is_candidate {
                self.wrong(n..n + 1, &format!("/decisions/{n}/chosen_asrt_id"), || "is none of the candidates".into());
            }
            let order = (python_texts(decision.get("key_tuple")), decision.get_text("chosen_asrt_id"));
            if last.as_ref().is_some_and(|last| *last >= order) {
                self.unordered(&format!("/decisions/{n}"));
            }
            last = Some(order);
            decided.push((raw(decision, "key_tuple"), raw(decision, "chosen_value_tuple")));
        }
        let stated = predicate.get("candidate_count").map(Value::raw).unwrap_or_default();
        if stated != candidates.to_string().as_bytes() {
            self.wrong(0..0, "/candidate_count", || {
                format!("should be {candidates}, as many candidates the decisions name")
            });
        }
        self.chosen(predicate, decided);
    }

    /// What was chosen stands in the order of keys alone, decisions in that of keys and assertions: keys that are spelt
    /// alike, such as 1 and "1", may stand otherwise here than there.
    fn chosen(&mut self, predicate: Value<'_>, mut decided: Vec<(&[u8], &[u8])>) {
        let chosen = || items(predicate, "chosen");
        let mut pairs: Vec<_> = chosen().map(|pair| (raw(pair, "key_tuple"), raw(pair, "value_tuple"))).collect();
        if pairs == decided {
            return;
        }
        if pairs.len() != decided.len() {
            let (n, m) = (pairs.len(), decided.len());
            return self.wrong(0..0, "/chosen", || format!("has {n} entries, and there are {m} decisions"));
        }
        let differs = pairs.iter().zip(&decided).position(|(pair, decision)| pair != decision).unwrap_or_default();
        let decision = decided[differs];
        pairs.sort_unstable();
        decided.sort_unstable();
        if pairs != decided {
            return self.wrong(differs..differs + 1, &format!("/chosen/{differs}"), || {
                let [key, value] = [decision.0, decision.1].map(|raw| printable(&String::from_utf8_lossy(raw), 60));
                format!("should be the key {key} with {value}, as decision {differs} says")
            });
        }
        let mut last = None;
        for (n, pair) in chosen().enumerate() {
            let order = python_texts(pair.get("key_tuple"));
            if last.as_ref().is_some_and(|last| *last > order) {
                self.unordered(&format!("/chosen/{n}"));
            }
            last = Some(order);
        }
    }

    fn conflict(&mut self, predicate: Value<'_>) {
        let mut keys = 0;
        for (n, conflict) in items(predicate, "conflicts").enumerate() {
            keys += 1;
            let mut values: Vec<&[u8]> = Vec::new();
            let mut last = None;
            for (m, value) in items(conflict, "candidate_values").enumerate() {
                let order = python_texts(Some(value));
                if last.as_ref().is_some_and(|last| *last > order) {
                    self.unordered(&format!("/conflicts/{n}/candidate_values/{m}"));
                }
                last = Some(order);
                values.push(value.raw());
            }
            let count = values.len();
            values.sort_unstable();
            values.dedup();
            if values.len() < 2 || values.len() < count {
                self.wrong(n..n + 1, &format!("/conflicts/{n}/candidate_values"), || {
                    "are not two or more different values".into()
                });
            }
        }
        let name = predicate.get_text("pred_id").unwrap_or_default();
        let wanted = format!("mapping conflict for {name}: {keys} key(s)");
        if keys == 0 || !predicate.get("error").is_some_and(|error| error.is_text(&wanted)) {
            let all = 0..self.decisions.len();
            self.wrong(all, "/error", || format!("should be {:?}", printable(&wanted, 80)));
        }
    }
}

fn items<'a>(of: Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    of.get(name).into_iter().flat_map(Value::items)
}

fn raw<'a>(of: Value<'a>, name: &str) -> &'a [u8] {
    of.get(name).map(Value::raw).unwrap_or_default()
}

/// The parts of a tuple as Python spells them, by which the producer sorts.
fn python_texts(tuple: Option<Value<'_>>) -> Vec<Cow<'_, str>> {
    tuple.into_iter().flat_map(Value::items).map(python_text).collect()
}

fn python_text(part: Value<'_>) -> Cow<'_, str> {
    match part.kind() {
        Kind::String => part.text().unwrap_or_default(),
        Kind::True => "True".into(),
        Kind::False => "False".into(),
        Kind::Null => "None".into(),
        _ => String::from_utf8_lossy(part.raw()),
    }
}
