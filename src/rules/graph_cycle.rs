//! R_GRAPH_CYCLE: an evidence graph that supports itself.

use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_GRAPH_CYCLE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an evidence graph that supports itself",
        means: "The edges of an evidence graph of a documented package lead in a circle.",
        matters: "A conclusion that rests on itself rests on nothing.",
        innocent: "A writer that turned an edge around.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    out.tally(&books.graph_cycles);
}
