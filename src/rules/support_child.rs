//! R_SUPPORT_CHILD: a support that rests on one that is not there.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SUPPORT_CHILD",
    revision: 1,
    invariants: "X14",
    promoted: false,
    page: Page {
        title: "a support that rests on one that is not there",
        means: "A support artifact names the support of a rule it refers to, and that is not in the package.",
        matters: "Part of the evidence is missing: the producer writes a support together with all beneath it.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if !package.is_whole("support_artifacts") {
        return;
    }
    let supports = &package.ledgers.supports;
    for edge in supports.edges.iter().filter(|edge| !supports.has(edge.child)) {
        let pointer = format!("/rule_ref_edges/{}/child_support_digest", edge.edge);
        let place = Place::row("audit/support_artifacts.jsonl", edge.line.into()).with(pointer);
        out.value(place, || "no support artifact has this digest".into());
    }
}
