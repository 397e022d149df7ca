//! R_GRAPH_SHAPE: an evidence graph without its shape.

use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_GRAPH_SHAPE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an evidence graph without its shape",
        means: "An evidence graph of a documented package lacks a member that graphs have, has a word where another should stand, or two nodes or edges with one id.",
        matters: "The evidence cannot be read, or reads differently to different readers.",
        innocent: "A writer of another kind of graph.",
        next: "Have the producer write the graph as nodes and edges.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    out.tally(&books.graph_shapes);
}
