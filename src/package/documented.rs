//! The documented dialect as bytes: strict JSON in any form, and marks of factgraph that show it is none.

use std::sync::Arc;

use super::Package;
use super::documents::Schema;
use super::faults::{FaultKind, LOSING};
use super::manifest::{self, Manifest};
use super::read::MAX_DEPTH;
use crate::digest::Digest;
use crate::documented::{EVIDENCE, KINDS, Ledger, graph_document, has_paths};
use crate::finding::Place;
use crate::json::{ByOutline, Kind, Scanner, Value, canonical_value};
use crate::ledger;
use crate::ledger::shape::{Members, Shape};
use crate::lines::Line;

/// What a file is to the package.
pub(super) enum Role {
    Rows(Reader),
    Document,
    Graph,
    Schema,
    RunManifest,
    Opaque,
}

/// What the manifest says of a file.
pub(super) fn role(manifest: &Manifest, path: &str) -> Role {
    let listed = manifest.audit_files.iter().flatten();
    let names: Vec<&str> =
        listed.filter(|(_, at)| at.as_deref() == Some(path)).map(|(name, _)| name.as_str()).collect();
    let ledgers: Vec<_> = KINDS.iter().copied().filter(|kind| names.contains(&kind.name)).collect();
    let evidence = ["/paths/evidence_graphs", "/paths/audit_files/evidence_graphs"];
    let is_evidence = evidence.iter().filter_map(|pointer| manifest.paths.get(*pointer)).any(|at| is_at(path, at));
    let rows = |ledgers| Role::Rows(Reader { file: path.into(), ledgers, suspects: ByOutline::default() });
    match path {
        // One graph a file, whatever the file is called; or the same as rows.
        _ if is_evidence && (ledgers.is_empty() || path.ends_with(".json")) && !path.ends_with(".jsonl") => Role::Graph,
        _ if is_evidence && ledgers.is_empty() => {
            rows(KINDS.iter().copied().filter(|kind| kind.name == EVIDENCE).collect())
        }
        _ if !ledgers.is_empty() => rows(ledgers),
        _ if names.contains(&manifest::MAPPING.0) => Role::Document,
        "schema/schema_ir.json" if manifest.stated_digests.contains_key("schema_digest") => Role::Schema,
        "outputs/run_manifest.json" => Role::RunManifest,
        _ if !manifest.paths.values().any(|listed| is_at(path, listed)) => Role::Opaque,
        _ if path.ends_with(".jsonl") => rows(Vec::new()),
        _ if path.ends_with(".json") => Role::Document,
        _ => Role::Opaque,
    }
}

/// True for the listed file itself, or one in the listed folder.
fn is_at(path: &str, listed: &str) -> bool {
    let rest = path.strip_prefix(listed.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Reads the rows of one file, for every ledger that it is listed as.
pub(super) struct Reader {
    file: Arc<str>,
    ledgers: Vec<&'static Ledger>,
    /// Whether the names of a row's members let it be one of factgraph's.
    suspects: ByOutline<bool>,
}

impl Reader {
    /// Looks at one row.
    pub(super) fn row(&mut self, number: u64, line: Line<'_>, scanner: &mut Scanner, package: &mut Package) {
        let path = &self.file;
        let Line::Whole(text) = line else { return super::read::too_long(package, path, number) };
        let place = Place::row(path.clone(), number);
        let document = match scanner.scan(text) {
            Ok(document) => document,
            Err(fault) => return package.faults.add_json(place, &fault),
        };
        let root = document.root();
        if root.kind() != Kind::Object {
            return package
                .faults
                .add(FaultKind::Type, place, || format!("the row is {} and should be an object", root.kind().word()));
        }
        let is_evidence = self.ledgers.iter().any(|ledger| ledger.name == EVIDENCE);
        let suspect =
            self.suspects.get(root.outline(), || mark_of_names(root).is_some() || has_graph(root, is_evidence));
        if suspect && let Some(mark) = mark_of_row(root, is_evidence) {
            package.note_mark(format!("{path} row {number}: {mark}"));
        }
        for ledger in &self.ledgers {
            package.books.row(ledger, path, u32::try_from(number).unwrap_or(u32::MAX), root);
        }
    }

    /// Notes that the file was read to its end.
    pub(super) fn finish(&self, package: &mut Package) {
        for ledger in &self.ledgers {
            package.books.open(ledger, &self.file);
        }
    }
}

/// Takes a file that is one evidence graph.
pub(super) fn graph(path: &str, root: Value<'_>, package: &mut Package) {
    document(path, root, package);
    if has_paths(root) {
        package.note_mark(format!("{path} {GRAPH_MARK}"));
    }
    graph_document(&path.into(), root, &mut package.books);
}

/// D1 of a schema in any form.
pub(super) fn schema_digest(root: Value<'_>) -> Option<Digest> {
    let canonical = canonical_value(root, None)?;
    let mut scanner = Scanner::new(MAX_DEPTH);
    let document = scanner.scan(&canonical).ok()?;
    Schema::read(document.root(), true).digest
}

/// Ends the reading.
pub(super) fn close(package: &mut Package) {
    let (faults, books) = (&package.faults, &mut package.books);
    books.close(|file| !faults.touch(&LOSING, file) && !faults.touch(&[FaultKind::Type], file));
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

const GRAPH_MARK: &str = "an evidence graph with paths";

/// A row with at least all members of a factgraph ledger's, or with an evidence graph of its kind.
fn mark_of_row(row: Value<'_>, is_evidence: bool) -> Option<String> {
    mark_of_names(row)
        .or_else(|| mark_of_graph(row.get("evidence_graph")?).map(Into::into))
        .or_else(|| (is_evidence && has_paths(row)).then(|| GRAPH_MARK.into()))
}

fn mark_of_names(row: Value<'_>) -> Option<String> {
    let count = row.pairs().count();
    let has_all = |members: Members| members.len() <= count && members.iter().all(|(name, _)| row.get(name).is_some());
    // Rows of two members, `candidate_id` and a payload, are any writer's.
    let kind = ledger::KINDS.iter().filter(|kind| !kind.per_candidate()).find(|kind| match kind.shape {
        Shape::Record(members) | Shape::RecordThat(members, ..) => has_all(members),
        Shape::By(_, variants) => variants.iter().any(|(_, members)| has_all(members)),
        Shape::Flattened(_) | Shape::Any => false,
    });
    kind.map(|kind| format!("all members of a {} row", kind.name))
}

/// True if a graph may stand in the row.
fn has_graph(row: Value<'_>, is_evidence: bool) -> bool {
    is_evidence || row.get("evidence_graph").is_some()
}

fn mark_of_graph(graph: Value<'_>) -> Option<&'static str> {
    let is_graph = graph.get("graph_id").is_some() || graph.get("layout_hint").is_some();
    (is_graph && graph.get("paths").is_some()).then_some(GRAPH_MARK)
}
