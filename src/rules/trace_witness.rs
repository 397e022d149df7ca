//! R_TRACE_WITNESS: a trace that rests on a claim which is not there.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_WITNESS",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "a trace that rests on a claim which is not there",
        means: "A trace of a rule names an assertion as witness that is no claim.",
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
    for witness in package.ledgers.witnesses.of_traces() {
        if package.facts.claim(witness.assertion()).is_none() {
            let [invocation, list] = witness.list;
            let pointer = format!("/invocations/{invocation}/pred_witnesses/{list}/asrt_ids/{}", witness.at);
            let place = Place::row("audit/rule_trace_artifacts.jsonl", witness.line.into()).with(pointer);
            out.about(&[witness.assertion()], &[]).value(place, || "is no claim".into());
        }
    }
}
