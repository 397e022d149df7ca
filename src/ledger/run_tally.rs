//! What writes, decisions and failures come to for each run, summed while their rows stream past.

use std::sync::Arc;

use super::{Row, fingerprint};
use crate::digest::{Fingerprint, FingerprintMap, FingerprintSet};
use crate::json::Value;
use crate::spill::{List, Memory};

/// Runs by number, in the order in which ledgers first mention them.
pub(crate) struct Runs {
    numbers: FingerprintMap<u32>,
    pub(crate) tallies: Vec<RunTally>,
    /// Which decisions name which run: its number, and the position of the decision.
    pub(crate) decided: List<(u32, u32)>,
    /// Which failures name which run, likewise.
    pub(crate) failed: List<(u32, u32)>,
    /// The id that was looked up last, as it is written, and its number.
    last: (Vec<u8>, u32),
    /// Some predicates as they are written.
    predicates: Vec<(Box<[u8]>, Fingerprint)>,
}

/// What ledgers other than its own say of a run.
pub(crate) struct RunTally {
    pub(crate) run: Fingerprint,
    /// The first row that mentions it.
    pub(crate) first: Mention,
    /// How many accepted writes name it.
    pub(crate) writes: u64,
    /// The predicates of those writes.
    pub(crate) predicates: FingerprintSet,
    decisions: Events,
    failures: Events,
    last_failure: Option<Failure>,
    /// A row names it that does not have its shape; the sums mean little.
    pub(crate) is_unsure: bool,
}

/// Where a run is mentioned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mention {
    pub(crate) path: &'static str,
    pub(crate) line: u32,
    pub(crate) pointer: &'static str,
}

/// Up to so many predicates are looked for one by one.
const FEW_PREDICATES: usize = 16;

impl Runs {
    /// Of no rows.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            numbers: FingerprintMap::default(),
            tallies: Vec::new(),
            decided: List::new(memory),
            failed: List::new(memory),
            last: Default::default(),
            predicates: Vec::new(),
        }
    }

    /// The id of the run with a number.
    pub(crate) fn id(&self, number: Option<u32>) -> Option<Fingerprint> {
        Some(self.tallies.get(number? as usize)?.run)
    }

    /// The number of the run with this id.
    pub(crate) fn number(&self, id: Fingerprint) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    /// The runs that the row at a position names, out of a list that grew with the rows.
    pub(crate) fn runs_of(&self, named: &List<(u32, u32)>, at: usize) -> Vec<Fingerprint> {
        let start = named.partition_point(|(_, other)| other < at as u32);
        let runs = named.range(start..named.len()).take_while(|(_, other)| *other as usize == at);
        runs.filter_map(|(run, _)| self.id(Some(run))).collect()
    }

    /// The number of the run that a value names.
    pub(super) fn mention(&mut self, run: Option<Value<'_>>, first: Mention) -> Option<u32> {
        let run = run?;
        let raw = run.raw_inner().filter(|raw| !raw.is_empty())?;
        // Rows of a run often follow each other.
        if self.last.0 == raw {
            return Some(self.last.1);
        }
        let id = fingerprint(run)?;
        let next = self.tallies.len() as u32;
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.tallies.push(RunTally::new(id, first));
        }
        self.last.0.clear();
        self.last.0.extend_from_slice(raw);
        self.last.1 = number;
        Some(number)
    }

    /// Takes an accepted write; gives the number of its run.
    pub(super) fn write(
        &mut self,
        row: &Row<'_>,
        path: &'static str,
        run: Option<Value<'_>>,
        predicate: Option<Value<'_>>,
    ) -> Option<u32> {
        let run = self.mention(run, Mention { path, line: row.line, pointer: "/run_id" })?;
        let predicate = self.predicate(predicate);
        let tally = &mut self.tallies[run as usize];
        tally.writes += 1;
        tally.predicates.extend(predicate);
        tally.is_unsure |= !row.sound;
        Some(run)
    }

    /// Takes a decision by its position.
    pub(super) fn decision(&mut self, row: &Row<'_>, path: &'static str, at: usize) {
        self.each(row, path, |runs, run| {
            runs.decided.push((run, at as u32));
            let tally = &mut runs.tallies[run as usize];
            tally.is_unsure |= !row.sound;
            tally.decisions.add(row);
        });
    }

    /// Takes a failure by its position.
    pub(super) fn failure(&mut self, row: &Row<'_>, path: &'static str, at: usize) {
        self.each(row, path, |runs, run| {
            runs.failed.push((run, at as u32));
            let tally = &mut runs.tallies[run as usize];
            tally.is_unsure |= !row.sound;
            tally.failures.add(row);
            let failure = Failure::of(row);
            if tally.last_failure.as_ref().is_none_or(|last| failure.order() > last.order()) {
                tally.last_failure = Some(failure);
            }
        });
    }

    /// Every run that a row names by `run_id` or in `run_ids`, once.
    fn each(&mut self, row: &Row<'_>, path: &'static str, mut take: impl FnMut(&mut Self, u32)) {
        let line = row.line;
        let one = self.mention(row.value.get("run_id"), Mention { path, line, pointer: "/run_id" });
        if let Some(run) = one {
            take(self, run);
        }
        for run in row.value.get("run_ids").into_iter().flat_map(|list| list.items()) {
            if let Some(run) = self.mention(Some(run), Mention { path, line, pointer: "/run_ids" })
                && one != Some(run)
            {
                take(self, run);
            }
        }
    }

    fn predicate(&mut self, predicate: Option<Value<'_>>) -> Option<Fingerprint> {
        let predicate = predicate?;
        let raw = predicate.raw();
        if let Some((_, known)) = self.predicates.iter().find(|(known, _)| **known == *raw) {
            return Some(*known);
        }
        let id = fingerprint(predicate)?;
        if self.predicates.len() < FEW_PREDICATES {
            self.predicates.push((raw.into(), id));
        }
        Some(id)
    }
}

impl RunTally {
    fn new(run: Fingerprint, first: Mention) -> Self {
        Self {
            run,
            first,
            writes: 0,
            predicates: FingerprintSet::default(),
            decisions: Events::default(),
            failures: Events::default(),
            last_failure: None,
            is_unsure: false,
        }
    }

    /// Of a run that no row mentions.
    pub(crate) fn of_nothing(run: Fingerprint) -> Self {
        Self::new(run, Mention { path: "", line: 0, pointer: "" })
    }

    /// Appends a member of the run's row that follows from decisions and failures, as JSON.
    pub(crate) fn spell(&self, member: &str, decisions: usize, out: &mut Vec<u8>) {
        let text = match member {
            "decision_count" => decisions.to_string(),
            "error_class_counts" | "error_event_kind_counts" => self.failures.by_kind(),
            "error_count" => self.failures.count().to_string(),
            "event_kind_counts" => self.decisions.by_kind(),
            "event_source_counts" => self.decisions.by_source(),
            "event_ts_max" => time(self.decisions.latest),
            "event_ts_min" => time(self.decisions.earliest),
            "failed_event_ts_max" | "last_error_ts" => time(self.failures.latest),
            "failed_event_ts_min" => time(self.failures.earliest),
            "has_failures" => (self.failures.count() > 0).to_string(),
            _ => {
                let failure = self.last_failure.as_ref();
                let text = failure.map_or(&b"null"[..], |failure| match member {
                    "last_failure_class" => &failure.class,
                    "last_failure_decision_id" => &failure.decision,
                    _ if &*failure.message == b"\"\"" => b"null",
                    _ => &failure.message,
                });
                return out.extend_from_slice(text);
            }
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// Kinds of events, in order; all but the first have to do with mappings.
const KINDS: [&str; 4] = ["accept_write", "mapping_conflict", "mapping_decision", "mapping_error"];

/// How many events of each kind there were, and when.
#[derive(Default)]
struct Events {
    kinds: [u64; KINDS.len()],
    earliest: Option<i64>,
    latest: Option<i64>,
}

impl Events {
    fn add(&mut self, row: &Row<'_>) {
        let kind = row.value.get("event_kind").and_then(|kind| KINDS.iter().position(|known| kind.is_text(known)));
        if let Some(kind) = kind {
            self.kinds[kind] += 1;
        }
        if let Some(time) = row.value.get("event_ts").and_then(|time| time.integer()) {
            self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
            self.latest = self.latest.max(Some(time));
        }
    }

    fn count(&self) -> u64 {
        self.kinds.iter().sum()
    }

    fn by_kind(&self) -> String {
        counts(KINDS.into_iter().zip(self.kinds))
    }

    fn by_source(&self) -> String {
        let [accepted, mappings @ ..] = self.kinds;
        counts([("accept", accepted), ("mapping", mappings.iter().sum())].into_iter())
    }
}

/// An object of those counts that are not zero.
fn counts(counts: impl Iterator<Item = (&'static str, u64)>) -> String {
    let members: Vec<String> =
        counts.filter(|(_, count)| *count > 0).map(|(name, count)| format!("\"{name}\":{count}")).collect();
    format!("{{{}}}", members.join(","))
}

fn time(time: Option<i64>) -> String {
    time.map_or_else(|| "null".to_owned(), |time| time.to_string())
}

/// A failure, with texts as they are written.
struct Failure {
    time: Option<i64>,
    /// The decision's id with escapes resolved, by which failures of one time are ordered.
    id: Box<[u8]>,
    decision: Box<[u8]>,
    class: Box<[u8]>,
    message: Box<[u8]>,
}

impl Failure {
    fn of(row: &Row<'_>) -> Self {
        let raw = |name: &str| row.value.get(name).map_or_else(Default::default, |value| value.raw().into());
        Self {
            time: row.value.get("event_ts").and_then(|time| time.integer()),
            id: row.value.get("decision_id").and_then(|id| id.bytes()).unwrap_or_default().as_ref().into(),
            decision: raw("decision_id"),
            class: raw("error_class"),
            message: raw("message"),
        }
    }

    fn order(&self) -> (Option<i64>, &[u8]) {
        (self.time, &self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    fn told(rows: &[&str]) -> (Runs, Vec<String>) {
        let mut runs = Runs::new(&Memory::new(0));
        for (at, text) in rows.iter().enumerate() {
            let mut scanner = Scanner::new(8);
            let value = scanner.scan(text.as_bytes()).expect("this is JSON").root();
            runs.failure(&Row { value, text: text.as_bytes(), line: at as u32 + 1, sound: true }, "f", at);
        }
        let members = ["last_failure_decision_id", "last_failure_message", "error_class_counts", "last_error_ts"];
        let told = members.map(|member| {
            let mut out = Vec::new();
            runs.tallies[0].spell(member, 0, &mut out);
            String::from_utf8(out).expect("it was UTF-8 before")
        });
        (runs, told.into())
    }

    #[test]
    fn the_last_failure_is_the_one_of_the_latest_time_and_then_of_the_greatest_id() {
        let row = |id: &str, time: &str, message: &str| {
            format!(
                r#"{{"decision_id":"{id}","error_class":"mapping_conflict","event_kind":"mapping_conflict","event_ts":{time},"message":"{message}","run_ids":["a"]}}"#
            )
        };
        let rows = [row("d", "null", "m"), row("b", "-5", "n"), row("c", "-5", ""), row("a", "-5", "o")];
        let (runs, told) = self::told(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(told, ["\"c\"", "null", "{\"mapping_conflict\":4}", "-5"]);
        assert!(runs.failed.iter().eq([(0, 0), (0, 1), (0, 2), (0, 3)]));
    }

    #[test]
    fn a_row_counts_once_for_a_run_that_it_names_twice() {
        let mut runs = Runs::new(&Memory::new(0));
        let mut scanner = Scanner::new(8);
        let text = br#"{"event_kind":"accept_write","event_ts":7,"run_id":"b","run_ids":["a","b"]}"#;
        let value = scanner.scan(text).expect("this is JSON").root();
        runs.decision(&Row { value, text, line: 1, sound: true }, "d", 0);
        assert!(runs.decided.iter().eq([(0, 0), (1, 0)]));
        assert_eq!(runs.tallies.iter().map(|tally| tally.decisions.count()).collect::<Vec<_>>(), [1, 1]);
    }
}
