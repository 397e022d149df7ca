//! R_TRACE_WITNESS: a trace that rests on no claim that could be its witness.

use super::{Page, Report, Rule};
use crate::digest::Fingerprint;
use crate::finding::Place;
use crate::ledger::WitnessList;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_WITNESS",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "a trace that rests on no claim that could be its witness",
        means: "A trace of a rule names an assertion as witness that is no claim, or one of another predicate than its condition asks for.",
        matters: "The claim has been taken out, or the trace is not of this run.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if !package.has_facts() {
        return;
    }
    let predicates = package.facts.predicate_ids();
    for (witness, list) in package.ledgers.witnesses.of_traces() {
        if let Some(wrong) = wrong(package, &predicates, witness.assertion, &list) {
            let (invocation, at) = (witness.invocation, witness.at);
            let pointer = format!("/invocations/{invocation}/pred_witnesses/{}/asrt_ids/{at}", list.at);
            let place = Place::row("audit/rule_trace_artifacts.jsonl", list.line.into()).with(pointer);
            out.about(&[witness.assertion], &[]).value(place, || wrong.into());
        }
    }
}

/// What is wrong with a witness of a list.
pub(super) fn wrong(
    package: &Package,
    predicates: &[Fingerprint],
    witness: Fingerprint,
    list: &WitnessList,
) -> Option<&'static str> {
    match package.facts.claim(witness) {
        None => Some("is no claim"),
        Some(claim) if predicates.get(claim.predicate as usize) != Some(&list.predicate) => {
            Some("is a claim of another predicate")
        }
        Some(_) => None,
    }
}
