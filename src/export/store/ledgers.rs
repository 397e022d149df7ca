//! The ledgers that follow from accepted writes and from mappings.

use std::collections::BTreeMap;

use super::object::{Object, counts, texts};
use super::scratch::{List, OfRun, Scratch};
use super::value::broken;
use crate::error::Result;
use crate::export::files::Files;

/// Looks up a meta text by its key.
pub(super) type Texts<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

/// An assertion, as ledgers see it.
pub(super) struct Accepted<'a> {
    pub(super) assertion: &'a str,
    pub(super) predicate: &'a str,
    pub(super) entity: &'a str,
    /// Its meta texts.
    pub(super) text: Box<Texts<'a>>,
    pub(super) ingested_at: Option<&'a str>,
}

/// A decision or a failure, as runs count it.
pub(super) struct Event<'a> {
    pub(super) id: &'a str,
    pub(super) source: &'static str,
    pub(super) kind: &'static str,
    pub(super) runs: &'a [&'a str],
    pub(super) at: Option<i128>,
}

/// Ledgers while they grow.
pub(super) struct Ledgers<'s> {
    pub(super) scratch: &'s Scratch,
    runs: BTreeMap<String, Run>,
}

/// What is summed of one run.
#[derive(Default)]
struct Run {
    claims: u64,
    sources: BTreeMap<&'static str, u64>,
    kinds: BTreeMap<&'static str, u64>,
    span: Option<(i128, i128)>,
    failures: u64,
    failure_kinds: BTreeMap<&'static str, u64>,
    failed_span: Option<(i128, i128)>,
    last_failure: Option<Failure>,
}

/// The failure that comes last: by its time, then by its id.
struct Failure {
    at: Option<i128>,
    id: String,
    class: &'static str,
    message: Option<String>,
}

fn widen(span: &mut Option<(i128, i128)>, at: i128) {
    *span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
}

impl<'s> Ledgers<'s> {
    pub(super) fn new(scratch: &'s Scratch) -> Self {
        Self { scratch, runs: BTreeMap::new() }
    }

    /// Takes an assertion: it counts for its run, and may be an accepted write.
    pub(super) fn claim(&mut self, claim: &Accepted<'_>) -> Result<()> {
        let text = &claim.text;
        let (candidate, run) = (text("candidate_id"), text("run_id"));
        if let Some(run) = run {
            self.runs.entry(run.to_owned()).or_default().claims += 1;
            self.scratch.note(run, OfRun::Predicate, claim.predicate)?;
            if let Some(candidate) = candidate.filter(|candidate| !candidate.is_empty()) {
                self.scratch.note(run, OfRun::Candidate, candidate)?;
            }
        }
        let Some(candidate) = candidate else { return Ok(()) };
        let keys = ["key_tuple_digest", "cand_key_digest", "support_digest", "support_kind"];
        let common = keys.into_iter().fold(Object::default(), |object, key| object.maybe(key, text(key)));
        let common =
            common.text("candidate_id", candidate).text("asrt_id", claim.assertion).text("pred_id", claim.predicate);
        let common = common.maybe("run_id", run);
        let by_rule = |object: Object| {
            let keys = ["derived_rule_id", "derived_rule_version"];
            keys.into_iter().fold(object, |object, key| object.maybe(key, text(key)))
        };
        let row = by_rule(common.clone()).text("e_ref", claim.entity).number("ingested_at", claim.ingested_at);
        let row = row.maybe("approved_by", text("approved_by")).maybe("note", text("note"));
        let by = [candidate.as_bytes(), claim.assertion.as_bytes()];
        self.scratch.put(List::AcceptWrite, by, &row.to_bytes())?;
        if candidate.is_empty() || claim.assertion.is_empty() {
            return Ok(());
        }
        let id = format!("accept_write:{candidate}:{}", claim.assertion);
        let event = common.text("decision_id", &id).text("event_source", "accept").text("event_kind", "accept_write");
        let event = event.number("event_ts", claim.ingested_at);
        let key = |name: &str| text(name).filter(|key| !key.is_empty());
        if let (Some(_), Some(key)) = (key("key_tuple_digest"), key("cand_key_digest")) {
            let row = event.clone().text("state", "accepted").to_bytes();
            self.scratch.put(List::Candidate, [key.as_bytes(), claim.assertion.as_bytes()], &row)?;
        }
        let run = run.filter(|run| !run.is_empty());
        let row = by_rule(event).raw("run_ids", texts(run)).raw("candidate_ids", texts([candidate])).to_bytes();
        let at = claim.ingested_at.map(time).transpose()?;
        let runs: Vec<&str> = run.into_iter().collect();
        self.decision(&row, &Event { id: &id, source: "accept", kind: "accept_write", runs: &runs, at })
    }

    /// Takes a row of the decision log.
    pub(super) fn decision(&mut self, row: &[u8], event: &Event<'_>) -> Result<()> {
        self.scratch.put(List::Decision, [row, b""], row)?;
        for run in event.runs {
            self.scratch.note(run, OfRun::Decision, event.id)?;
            let tally = self.runs.entry((*run).to_owned()).or_default();
            *tally.sources.entry(event.source).or_default() += 1;
            *tally.kinds.entry(event.kind).or_default() += 1;
            if let Some(at) = event.at {
                widen(&mut tally.span, at);
            }
        }
        Ok(())
    }

    /// Takes a row of the failures; its class is its kind.
    pub(super) fn failure(&mut self, row: &[u8], event: &Event<'_>, message: &str) -> Result<()> {
        self.scratch.put(List::AcceptFailed, [row, b""], row)?;
        for run in event.runs {
            self.scratch.note(run, OfRun::Failed, event.id)?;
            let tally = self.runs.entry((*run).to_owned()).or_default();
            tally.failures += 1;
            *tally.failure_kinds.entry(event.kind).or_default() += 1;
            if let Some(at) = event.at {
                widen(&mut tally.failed_span, at);
            }
            if tally.last_failure.as_ref().is_none_or(|last| (event.at, event.id) > (last.at, &last.id)) {
                let message = Some(message.to_owned()).filter(|message| !message.is_empty());
                tally.last_failure = Some(Failure { at: event.at, id: event.id.into(), class: event.kind, message });
            }
        }
        Ok(())
    }

    /// Writes all ledgers; gives how many writes were accepted.
    pub(super) fn write(&self, files: &Files<'_>) -> Result<u64> {
        let mut accepted = 0;
        let lists = [
            (List::AcceptWrite, "accept_write_ledger"),
            (List::Candidate, "candidate_ledger"),
            (List::Decision, "decision_log"),
            (List::AcceptFailed, "accept_failed"),
        ];
        for (list, name) in lists {
            let mut out = files.lines(&format!("audit/{name}.jsonl"))?;
            let count = self.scratch.write(list, &mut out)?;
            out.end()?;
            if matches!(list, List::AcceptWrite) {
                accepted = count;
            }
        }
        let mut out = files.lines("audit/run_ledger.jsonl")?;
        // A run that only others name has no assertion, and so no row.
        for (id, run) in self.runs.iter().filter(|(_, run)| run.claims > 0) {
            out.line(&self.run(id, run)?)?;
        }
        out.end()?;
        Ok(accepted)
    }

    fn run(&self, id: &str, run: &Run) -> Result<Vec<u8>> {
        let list = |list| self.scratch.of_run(id, list);
        let of = |items: &[String]| texts(items.iter().map(String::as_str));
        let decisions = list(OfRun::Decision)?;
        let (first, last) = (run.span.map(|span| span.0), run.span.map(|span| span.1));
        let (failed_first, failed_last) = (run.failed_span.map(|span| span.0), run.failed_span.map(|span| span.1));
        let failure = run.last_failure.as_ref();
        let row = Object::default()
            .text("run_id", id)
            .number("claim_count", Some(run.claims))
            .raw("candidate_ids", of(&list(OfRun::Candidate)?))
            .raw("pred_ids", of(&list(OfRun::Predicate)?))
            .raw("decision_ids", of(&decisions))
            .number("decision_count", Some(decisions.len()))
            .raw("event_source_counts", counts(&run.sources))
            .raw("event_kind_counts", counts(&run.kinds))
            .number("event_ts_min", first)
            .number("event_ts_max", last)
            .number("error_count", Some(run.failures))
            .raw("error_class_counts", counts(&run.failure_kinds))
            .raw("error_event_kind_counts", counts(&run.failure_kinds))
            .raw("failed_decision_ids", of(&list(OfRun::Failed)?))
            .raw("has_failures", if run.failures > 0 { "true" } else { "false" })
            .number("last_error_ts", failed_last)
            .number("failed_event_ts_min", failed_first)
            .number("failed_event_ts_max", failed_last)
            .maybe("last_failure_class", failure.map(|failure| failure.class))
            .maybe("last_failure_decision_id", failure.map(|failure| failure.id.as_str()))
            .maybe("last_failure_message", failure.and_then(|failure| failure.message.as_deref()));
        Ok(row.to_bytes())
    }
}

/// A time as a number.
fn time(text: &str) -> Result<i128> {
    text.parse().map_err(|_| broken(format!("the time {text} is beyond all bounds")))
}
