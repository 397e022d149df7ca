//! R_SUPPORT_WITNESS: a support that rests on a claim which is not there.

use super::trace_witness::wrong;
use super::{Page, Report, Rule, thing};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SUPPORT_WITNESS",
    revision: 1,
    invariants: "X13",
    promoted: false,
    page: Page {
        title: "a support that rests on a claim which is not there",
        means: "A support artifact names an assertion as witness that is no claim, or a claim of another predicate than the condition asks for.",
        matters: "The evidence for an accepted fact was exchanged, or the claim it rests on has been taken out.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const SUPPORTS: &str = "audit/support_artifacts.jsonl";

fn check(package: &Package, out: &mut Report<'_>) {
    if !package.has_facts() {
        return;
    }
    let predicates = package.facts.predicate_ids();
    for (witness, list) in package.ledgers.witnesses.of_supports() {
        let Some(wrong) = wrong(package, &predicates, witness.assertion, &list) else { continue };
        let pointer = format!("/pred_witnesses/{}/asrt_ids/{}", list.at, witness.at);
        let about = [witness.assertion, thing(SUPPORTS, list.line.into(), "")];
        out.about(&about, &[]).value(Place::row(SUPPORTS, list.line.into()).with(pointer), || wrong.into());
    }
}
