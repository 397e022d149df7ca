//! R_GRAPH_CANDIDATE: an evidence graph of a candidate that is not there.

use super::{Page, Report, Rule};
use crate::documented::Standing;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_GRAPH_CANDIDATE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an evidence graph of a candidate that is not there",
        means: "An evidence graph of a documented package names a candidate that has no row in the candidate ledger, or its row names another one. Where the candidate has a write, decision or failure as well, only these are reported.",
        matters: "The evidence belongs to nothing, and something lacks its evidence.",
        innocent: "A candidate ledger that was filtered.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    let standings = books.standings();
    for graph in books.graphs.iter() {
        if graph.contradicts {
            out.at(graph.place(books), || "the row names one candidate and the graph another".into());
        }
        let Some(candidate) = graph.candidate.filter(|candidate| !standings.is_known(*candidate)) else { continue };
        let is_named = |standing: Standing| standing.writes + standing.decisions() + standing.failures > 0;
        if !standings.get(candidate).is_some_and(is_named) {
            out.at(graph.place(books), || "the candidate ledger has no row for the graph's candidate".into());
        }
    }
}
