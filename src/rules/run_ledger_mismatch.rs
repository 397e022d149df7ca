//! R_RUN_LEDGER_MISMATCH: a run's row does not follow from writes, decisions and failures.

use super::run_lists::Lists;
use super::{Page, Report, Rule};
use crate::error::Result;
use crate::finding::{Place, printable};
use crate::ledger::{Columns, RUN_MEMBERS, RunList, RunTally, pointer_to};
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
    let result = check_lists(package, out);
    package.memory.take(result);
}

/// The lists of all runs, then what else their rows say.
fn check_lists(package: &Package, out: &mut Report<'_>) -> Result<()> {
    let facts = &package.ledgers;
    let mut decisions = Vec::new();
    for list in [RunList::Candidates, RunList::Failures, RunList::Decisions] {
        decisions = Lists::of(facts, list).check(&package.memory, out)?;
    }
    for (at, run) in facts.runs.iter().enumerate().filter(|(_, run)| run.sound) {
        let nothing = RunTally::of_nothing(run.id);
        let tally = facts.told.number(run.id).map_or(&nothing, |number| &facts.told.tallies[number as usize]);
        if tally.is_unsure {
            continue;
        }
        let spell = |member: &str, out: &mut Vec<u8>| tally.spell(member, decisions[at], out);
        if let Some(member) = run.columns.difference(&Columns::from_raw(&RUN_MEMBERS, spell), &RUN_MEMBERS) {
            out.about(&[run.id], &[]).value(Place::row(RUNS, run.line.into()).with(pointer_to(member)), || {
                let mut wanted = Vec::new();
                spell(member, &mut wanted);
                let wanted = printable(&String::from_utf8_lossy(&wanted), 80);
                format!("should be {wanted}, as decisions and failures of the run come to")
            });
        }
    }
    Ok(())
}
