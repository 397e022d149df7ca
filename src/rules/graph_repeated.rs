//! R_GRAPH_REPEATED: two evidence graphs of one candidate.

use super::{Page, Report, Rule};
use std::collections::HashMap;

use crate::package::Package;

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
    let mut seen = HashMap::new();
    for graph in &books.graphs {
        let Some(candidate) = graph.candidate else { continue };
        if let Some(first) = seen.insert(candidate, graph.place()) {
            out.at(graph.place(), || format!("{first} is a graph of the same candidate"));
        }
    }
}
