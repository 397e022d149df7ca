//! R_GRAPH_REPEATED: two evidence graphs of one candidate.

use super::{Page, Report, Rule};
use crate::documented::Graph;
use crate::package::Package;
use crate::spill::Index;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_GRAPH_REPEATED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "two evidence graphs of one candidate",
        means: "Two evidence graphs of a documented package name the same candidate.",
        matters: "On which of them the candidate was accepted cannot be told.",
        innocent: "A graph of an older export in the same folder.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    let graphs = &books.graphs;
    Index::of_lasts(&package.memory, graphs, Graph::by_candidate, |before, at| {
        let (Some(first), Some(graph)) = (graphs.get(before), graphs.get(at)) else { return };
        out.at(graph.place(books), || format!("{} is a graph of the same candidate", first.place(books)));
    });
}
