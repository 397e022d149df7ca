//! `evidence_graphs`: every evidence graph has its shape and is about an accepted candidate.

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package};
use crate::rules::candidate_not_accepted;

pub(super) static CLAIM: Claim = Claim {
    name: "evidence_graphs",
    revision: 1,
    core: false,
    means: "Every evidence graph has the shape that factgraph's reader takes, no candidate has two, and whatever callers added for candidates is \
            about accepted ones. Whether a graph tells the truth about its candidate is not claimed.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    if package.dialect != Dialect::FactGraph {
        return Outcome::Not("NC_NOT_JUDGED");
    }
    if !package.has_ledgers() {
        return Outcome::Not("NC_NO_LEDGERS");
    }
    if candidate_not_accepted::not_accepted(package).next().is_some() {
        return Outcome::Not("NC_CANDIDATE_NOT_ACCEPTED");
    }
    let counts = &package.ledgers.graphs;
    if counts.graphs == 0 {
        return Outcome::Not("NC_NO_GRAPHS");
    }
    let (graphs, paths) = (counts.graphs, counts.paths);
    let text = format!("{graphs} graphs with {paths} paths, each of its shape and about an accepted candidate");
    Outcome::Stands(text, facts([("graphs", graphs.into()), ("paths", paths.into())]))
}
