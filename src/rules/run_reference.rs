//! R_RUN_REFERENCE: a run that names a decision or candidate which is not there.

use super::{Page, Report, Rule};
use crate::digest::FingerprintSet;
use crate::finding::Place;
use crate::ledger::Target;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_RUN_REFERENCE",
    revision: 1,
    invariants: "X8 X9",
    promoted: false,
    page: Page {
        title: "a run that names a decision or candidate which is not there",
        means: "A row of the run ledger lists a candidate, decision or failed decision that the other ledgers do not hold.",
        matters: "The record that the run points to was removed or renamed.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let ledgers = &package.ledgers;
    let candidates: FingerprintSet = ledgers.accept_writes.iter().map(|write| write.candidate).collect();
    let decisions: FingerprintSet = ledgers.decisions.iter().map(|decision| decision.id).collect();
    let failures: FingerprintSet = ledgers.failures.iter().map(|failure| failure.id).collect();
    for reference in &ledgers.run_references {
        let (known, ledger) = match reference.target {
            Target::Candidate => (&candidates, "accept_write_ledger"),
            Target::Decision => (&decisions, "decision_log"),
            Target::Failure => (&failures, "accept_failed"),
        };
        if package.is_whole(ledger) && !known.contains(&reference.id) {
            let pointer = format!("/{}/{}", reference.target.member(), reference.index);
            let place = Place::row("audit/run_ledger.jsonl", reference.line.into()).with(pointer);
            out.value(place, || format!("audit/{ledger}.jsonl has no such record"));
        }
    }
}
