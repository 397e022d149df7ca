//! R_RUN_CLAIMS: claims that a run cannot have made, of what its accepted writes show.

use super::{Page, Report, Rule};
use crate::digest::FingerprintSet;
use crate::finding::Place;
use crate::ledger::RunList;
use crate::package::{Package, Shape};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_RUN_CLAIMS",
    revision: 1,
    invariants: "X8",
    promoted: false,
    page: Page {
        title: "claims that a run cannot have made",
        means: "A run of an audit-only package says that it made fewer claims than accepted writes name it, or none, or does not list the predicate of such a write, or lists more predicates than it made claims.",
        matters: "Without the facts these numbers are all that a package says about claims that no derivation made; they must at least hold what the other ledgers show.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if package.factgraph().is_none()
        || package.shape != Shape::AuditOnly
        || !package.is_whole("run_ledger")
        || !package.is_whole("accept_write_ledger")
    {
        return;
    }
    let told = &package.ledgers.told;
    for run in package.ledgers.runs.iter().filter(|run| run.sound) {
        let place = |pointer: &str| Place::row("audit/run_ledger.jsonl", run.line.into()).with(pointer);
        let tally = told.number(run.id).map(|number| &told.tallies[number as usize]);
        let writes = tally.map_or(0, |tally| tally.writes);
        if tally.is_some_and(|tally| tally.is_unsure) {
            continue;
        }
        let listed = run.count(RunList::Predicates);
        match run.claims {
            Some(claims) if claims < writes.max(1) => {
                let least = writes.max(1);
                out.about(&[run.id], &[]).value(place("/claim_count"), || {
                    format!("should be at least {least}; {writes} accepted writes name the run")
                });
            }
            Some(claims) if claims < listed as u64 => {
                out.about(&[run.id], &[]).value(place("/claim_count"), || {
                    format!("should be at least {}, the number of its predicates", listed)
                });
            }
            None => out.about(&[run.id], &[]).value(place("/claim_count"), || "is more than a store can hold".into()),
            Some(_) => {}
        }
        let known: FingerprintSet = run.list(RunList::Predicates, &package.ledgers.listed).collect();
        let missing = tally.map_or(0, |tally| tally.predicates.iter().filter(|id| !known.contains(id)).count());
        if missing > 0 || listed == 0 {
            out.about(&[run.id], &[]).value(place("/pred_ids"), || match missing {
                0 => "is empty, as if claims had no predicates".into(),
                _ => format!("lacks {missing} predicates of accepted writes that name the run"),
            });
        }
    }
}
