//! R_RUN_LEDGER_MISMATCH: a run's row does not follow from writes, decisions and failures.

use super::{Page, Report, Rule};
use crate::digest::{Fingerprint, FingerprintMap};
use crate::finding::{Place, printable};
use crate::ledger::{Columns, List, RUN_MEMBERS, Run, RunTally, pointer_to};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_RUN_LEDGER_MISMATCH",
    revision: 1,
    invariants: "X8 X9",
    promoted: false,
    page: Page {
        title: "a run's row does not follow from writes, decisions and failures",
        means: "The run ledger counts and lists, for each run, the candidates that were accepted, the decisions and the failures that name it, their kinds, their first and last times, and the last failure. Counted again from those ledgers, something else comes out.",
        matters: "A review begins with the run ledger. A decision or failure that it does not count is not looked at; a failure struck from it makes a run look clean.",
        innocent: "Never from the producer: it counts what it writes.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const RUNS: &str = "audit/run_ledger.jsonl";

fn check(package: &Package, out: &mut Report<'_>) {
    let ledgers = ["run_ledger", "accept_write_ledger", "decision_log", "accept_failed"];
    if ledgers.iter().any(|ledger| !package.is_whole(ledger)) {
        return;
    }
    let facts = &package.ledgers;
    let lists = [
        Expected::new(
            List::Candidates,
            ("audit/accept_write_ledger.jsonl", "/candidate_id"),
            facts.accept_writes.iter().filter_map(|write| Some((write.run?, write.candidate, write.line))),
        ),
        Expected::new(
            List::Decisions,
            ("audit/decision_log.jsonl", "/decision_id"),
            facts.told.decided.iter().filter_map(|(run, at)| {
                let decision = facts.decisions.get(*at as usize)?;
                Some((*run, decision.id, decision.line))
            }),
        ),
        Expected::new(
            List::Failures,
            ("audit/accept_failed.jsonl", "/decision_id"),
            facts.told.failed.iter().filter_map(|(run, at)| {
                let failure = facts.failures.get(*at as usize)?;
                Some((*run, failure.id, failure.line))
            }),
        ),
    ];
    for run in facts.runs.iter().filter(|run| run.sound) {
        let number = facts.told.number(run.id);
        let nothing = RunTally::of_nothing(run.id);
        let tally = number.map_or(&nothing, |number| &facts.told.tallies[number as usize]);
        if tally.is_unsure {
            continue;
        }
        let mut decisions = 0;
        for expected in &lists {
            let should = expected.of(number);
            if expected.list == List::Decisions {
                decisions = should.len();
            }
            expected.compare(run, &facts.listed, should, out);
        }
        let wanted = Columns::from_raw(&RUN_MEMBERS, |member, out| tally.spell(member, decisions, out));
        if let Some(member) = run.columns.difference(&wanted, &RUN_MEMBERS) {
            out.about(&[run.id], &[]).value(Place::row(RUNS, run.line.into()).with(pointer_to(member)), || {
                let mut wanted = Vec::new();
                tally.spell(member, decisions, &mut wanted);
                let wanted = printable(&String::from_utf8_lossy(&wanted), 80);
                format!("should be {wanted}, as decisions and failures of the run come to")
            });
        }
    }
}

/// What a list of every run should hold.
struct Expected {
    list: List,
    /// Where the ids come from: a ledger and a member.
    origin: (&'static str, &'static str),
    /// Number of the run, id, and the first line that has it; sorted, none twice.
    ids: Vec<(u32, Fingerprint, u32)>,
}

impl Expected {
    fn new(
        list: List,
        origin: (&'static str, &'static str),
        ids: impl Iterator<Item = (u32, Fingerprint, u32)>,
    ) -> Self {
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        ids.dedup_by_key(|(run, id, _)| (*run, *id));
        Self { list, origin, ids }
    }

    fn of(&self, run: Option<u32>) -> &[(u32, Fingerprint, u32)] {
        let Some(run) = run else { return &[] };
        let start = self.ids.partition_point(|(other, ..)| *other < run);
        let end = self.ids.partition_point(|(other, ..)| *other <= run);
        &self.ids[start..end]
    }

    fn compare(&self, run: &Run, listed: &[Fingerprint], should: &[(u32, Fingerprint, u32)], out: &mut Report<'_>) {
        let (member, (file, origin)) = (self.list.member(), self.origin);
        let place = || Place::row(RUNS, run.line.into());
        let mut missing: FingerprintMap<u32> = should.iter().map(|(_, id, line)| (*id, *line)).collect();
        let listed = run.list(self.list, listed).iter().enumerate();
        let wrong: Vec<usize> = listed.filter(|(_, id)| missing.remove(id).is_none()).map(|(n, _)| n).collect();
        let mut missing: Vec<u32> = missing.into_values().collect();
        missing.sort_unstable();
        let from = |line: u32| Place::row(file, line.into()).with(origin);
        // One that is wrong stands for one that is missing.
        for (n, at) in wrong.iter().enumerate() {
            let instead = missing.get(n).map(|line| from(*line));
            out.about(&[run.id], &[]).differs(place().with(format!("/{member}/{at}")), instead, || {
                format!("{file} has no row with this {} and the run", &origin[1..])
            });
        }
        if let Some(line) = missing.get(wrong.len()) {
            let (n, m) = (missing.len() - wrong.len(), should.len());
            out.about(&[run.id], &[]).differs(place().with(format!("/{member}")), Some(from(*line)), || {
                format!("lacks {n} of {m}, first that of {file}:{line}")
            });
        }
    }
}
