//! The documented dialect as bytes: strict JSON in any form, and marks of factgraph that show it is none.

use super::Package;
use super::faults::FaultKind;
use super::lines::Line;
use super::manifest::Manifest;
use crate::finding::Place;
use crate::json::{Kind, Scanner, Value};
use crate::ledger::KINDS;
use crate::ledger::shape::{Members, Shape};

/// True for a listed file that holds rows.
pub(super) fn is_rows(manifest: &Manifest, path: &str) -> bool {
    path.ends_with(".jsonl") && is_listed(manifest, path)
}

/// True for a listed file, or one in a listed folder, that holds one document.
pub(super) fn is_document(manifest: &Manifest, path: &str) -> bool {
    path.ends_with(".json") && is_listed(manifest, path)
}

fn is_listed(manifest: &Manifest, path: &str) -> bool {
    manifest.paths.values().any(|listed| {
        let listed = listed.trim_end_matches('/');
        path.strip_prefix(listed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Looks at one row.
pub(super) fn row(path: &str, number: u64, line: Line<'_>, scanner: &mut Scanner, package: &mut Package) {
    let Line::Whole(text) = line else { return super::read::too_long(package, path, number) };
    match scanner.scan(text) {
        Err(fault) => package.faults.add_json(Place::row(path, number), &fault),
        Ok(document) if document.root().kind() != Kind::Object => {
            package.faults.add(FaultKind::Type, Place::row(path, number), || {
                format!("the row is {} and should be an object", document.root().kind().word())
            });
        }
        Ok(document) => {
            if let Some(mark) = mark_of_row(document.root()) {
                package.note_mark(format!("{path} row {number}: {mark}"));
            }
        }
    }
}

/// Looks at one document.
pub(super) fn document(path: &str, root: Value<'_>, package: &mut Package) {
    if root.get("mapping_audit_version").is_some() {
        package.note_mark(format!("{path} mapping_audit_version"));
    }
    if let Some(mark) = mark_of_graph(root) {
        package.note_mark(format!("{path} {mark}"));
    }
}

/// A row with at least all members of a factgraph ledger's, or with an evidence graph of its kind.
fn mark_of_row(row: Value<'_>) -> Option<String> {
    let count = row.pairs().count();
    let has_all = |members: Members| members.len() <= count && members.iter().all(|(name, _)| row.get(name).is_some());
    // Rows of two members, `candidate_id` and a payload, are any writer's.
    let kind = KINDS.iter().filter(|kind| !kind.per_candidate()).find(|kind| match kind.shape {
        Shape::Record(members) | Shape::RecordThat(members, ..) => has_all(members),
        Shape::By(_, variants) => variants.iter().any(|(_, members)| has_all(members)),
        Shape::Flattened(_) | Shape::Any => false,
    });
    kind.map(|kind| format!("all members of a {} row", kind.name))
        .or_else(|| mark_of_graph(row.get("evidence_graph")?).map(Into::into))
}

fn mark_of_graph(graph: Value<'_>) -> Option<&'static str> {
    let is_graph = graph.get("graph_id").is_some() || graph.get("layout_hint").is_some();
    (is_graph && graph.get("paths").is_some()).then_some("an evidence graph with paths")
}
