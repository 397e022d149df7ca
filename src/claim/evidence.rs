//! `evidence_attached`: how many accepted candidates have an evidence graph.

use super::{Claim, Outcome, facts};
use crate::documented::Graph;
use crate::package::Package;
use crate::spill::Index;

pub(super) static CLAIM: Claim = Claim {
    name: "evidence_attached",
    revision: 1,
    core: false,
    means: "Every evidence graph in the package is whole, without a cycle, and of a candidate of the candidate ledger; this many accepted candidates \
            have one. Whether the evidence is complete is another question.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    let Some(books) = package.documented() else { return Outcome::Not("NC_NOT_JUDGED") };
    if books.graphs.is_empty() {
        return Outcome::Not("NC_NO_EVIDENCE");
    }
    let shown = Index::of_firsts(&package.memory, &books.graphs, Graph::by_candidate);
    let (mut all, mut with_graph) = (0_u64, 0_u64);
    books.standings().candidates(|candidate, standing| {
        all += u64::from(standing.writes > 0);
        with_graph += u64::from(standing.writes > 0 && shown.find(&books.graphs, candidate).is_some());
    });
    let graphs = books.graphs.len();
    Outcome::Stands(
        format!("{graphs} graphs; {with_graph} of {all} accepted candidates have one"),
        facts([("accepted", all.into()), ("accepted_with_graph", with_graph.into()), ("graphs", graphs.into())]),
    )
}
