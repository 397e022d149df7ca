//! `evidence_graphs`: a candidate's evidence as nodes and edges, one graph a row or a file.

use std::sync::Arc;

use super::{CANDIDATE, Facts, Ledger, Row, graph, id};
use crate::digest::Fingerprint;
use crate::finding::Place;
use crate::json::{Kind, Value};
use crate::spill::record;

/// The name of the ledger, and of the folder in `paths`.
pub(crate) const NAME: &str = "evidence_graphs";

pub(super) static LEDGER: Ledger = Ledger { name: NAME, identities: &[], observe };

/// What is kept of a graph.
#[derive(Clone, Copy)]
pub(crate) struct Graph {
    pub(crate) candidate: Option<Fingerprint>,
    /// The row names one candidate and the graph in it another.
    pub(crate) contradicts: bool,
    /// Which of the files with graphs it stands in.
    file: u32,
    line: u32,
}

record!(Graph { candidate: Option<Fingerprint>, contradicts: bool, file: u32, line: u32 });

impl Graph {
    /// Its candidate, if it names one.
    pub(crate) fn by_candidate(&self) -> Option<Fingerprint> {
        self.candidate
    }

    /// Where it stands.
    pub(crate) fn place(&self, facts: &Facts) -> Place {
        facts
            .graph_files
            .get(self.file as usize)
            .map_or_else(Place::package, |file| Place::row(file.clone(), self.line.into()))
    }
}

/// True for a graph of factgraph's kind.
pub(crate) fn has_paths(graph: Value<'_>) -> bool {
    inner(graph).0.get("paths").is_some()
}

/// Takes a file that is one graph.
pub(crate) fn document(file: &Arc<str>, root: Value<'_>, facts: &mut Facts) {
    observe(&Row { value: root, file, line: 0 }, facts);
}

/// The graph in a row, and the pointer to it: a member, or the row itself.
fn inner(row: Value<'_>) -> (Value<'_>, &'static str) {
    row.get("evidence_graph").map_or((row, ""), |graph| (graph, "/evidence_graph"))
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let (graph, pointer) = inner(row.value);
    let (outside, inside) = (row.id(&CANDIDATE), id(graph, &CANDIDATE).map(|(_, id)| id));
    // Files come one after the other.
    if facts.graph_files.last() != Some(row.file) {
        facts.graph_files.push(row.file.clone());
    }
    facts.graphs.push(Graph {
        candidate: outside.or(inside),
        contradicts: outside.is_some() && inside.is_some() && outside != inside,
        file: facts.graph_files.len() as u32 - 1,
        line: row.line,
    });
    let place = row.place();
    if graph.kind() == Kind::Object {
        graph::check(graph, &|inside| place.clone().with(format!("{pointer}{inside}")), facts);
    } else {
        facts.graph_shapes.add(place.with(pointer), || format!("is {} and should be an object", graph.kind().word()));
    }
}
