//! R_GRAPH_LOOSE_END: an evidence graph that leads nowhere.

use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_GRAPH_LOOSE_END",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an evidence graph that leads nowhere",
        means: "The root of an evidence graph of a documented package, or an end of an edge, is no node of the graph.",
        matters: "The evidence that should stand there is missing.",
        innocent: "A graph that was cut to size.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    out.tally(&books.loose_ends);
}
