//! One pass over a package's bytes: each chunk goes to the hash, to the parser and to the sink.

use std::io::{ErrorKind, Read};
use std::sync::Arc;

use super::documented::{self, Role};
use super::documents::{RunManifest, Schema};
use super::faults::{FaultKind, Faults};
use super::group::Groups;
use super::manifest::{self, Manifest};
use super::rows::LedgerReader;
use super::schema_shape;
use super::tables::{TABLES, Table, TableReader};
use super::view::{self, ViewReader};
use super::{Dialect, FileFact, Package, Shape};
use crate::digest::{Digest, Hasher};
use crate::error::{Doing, Error, Result};
use crate::facts::declared::Declared;
use crate::finding::{Place, printable};
use crate::json::{Document, Scanner};
use crate::ledger;
use crate::lines::{Line, Lines};
use crate::source::{File, Limits, PackageSource};
use crate::spill::Memory;

/// How deep JSON may nest.
pub(crate) const MAX_DEPTH: usize = 512;
/// Where the schema stands.
const SCHEMA: &str = "schema/schema_ir.json";
/// How much is read at once.
const CHUNK: usize = 64 << 10;
/// Above this, texts that the format fixes are not worth holding to compare them.
const MAX_FIXED_TEXT: usize = 64 << 10;

/// Takes the bytes of a package as they pass, file by file.
pub trait Sink {
    /// Takes one file of `size` bytes. `read` gives them piece by piece to the function it is called with, and answers
    /// whether all came; if not, the package is damaged there and nothing of the file need be kept.
    ///
    /// # Errors
    /// When the bytes cannot be kept, or those that `read` meets; this ends the reading.
    fn file(&mut self, path: &str, size: u64, read: &mut dyn FnMut(&mut TakePiece<'_>) -> Result<bool>) -> Result<()>;
}

/// What takes the pieces of a file.
pub type TakePiece<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Keeps nothing.
impl Sink for () {
    fn file(&mut self, _: &str, _: u64, read: &mut dyn FnMut(&mut TakePiece<'_>) -> Result<bool>) -> Result<()> {
        read(&mut |_| Ok(())).map(drop)
    }
}

/// Reads a package: the manifest first and the schema next, then every other file in the order of their paths, each once.
///
/// Memory is bounded by `limits`: what rules need of each row (some hundred bytes, and the arguments of claims) stands in
/// temporary files beyond `limits.memory`, and a row or document has no more than `limits.max_row_bytes`.
///
/// # Errors
/// When bytes cannot be read or kept. What is wrong with the package itself is among its facts.
pub fn read(source: &mut dyn PackageSource, sink: &mut dyn Sink, limits: Limits) -> Result<Package> {
    let package = read_within(source, sink, limits, &Memory::new(limits.memory))?;
    package.memory.check()?;
    Ok(package)
}

/// The same in memory that others use as well, which says once all was asked whether all of it could be read.
pub(crate) fn read_within(
    source: &mut dyn PackageSource,
    sink: &mut dyn Sink,
    limits: Limits,
    memory: &Arc<Memory>,
) -> Result<Package> {
    let package = Reading::new(source, limits, memory, false).all(source, sink)?;
    if package.dialect == Dialect::Documented && !package.mixed_marks.is_empty() {
        // A row gave it away: all rules of factgraph apply, and what the sink took is of no use any more.
        let marks = package.mixed_marks.clone();
        drop(package);
        let mut again = Reading::new(source, limits, memory, true).all(source, &mut ())?;
        again.mixed_marks.extend(marks);
        return Ok(again);
    }
    Ok(package)
}

struct Reading {
    package: Package,
    /// A first reading found marks of factgraph in rows of a package whose manifest has none.
    force_factgraph: bool,
    scanner: Scanner,
    limits: Limits,
    groups: Groups,
}

/// What is made of a file's bytes.
enum Consumer {
    Opaque,
    Rows(LedgerReader),
    LooseRows(Lines, documented::Reader),
    Table(Lines, TableReader),
    View(ViewReader),
    Whole(Whole, Vec<u8>, bool),
}

/// Files that are looked at as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Manifest,
    Mapping,
    Schema,
    Policy,
    PolicyRules,
    RunManifest,
    Loose,
    LooseGraph,
    LooseSchema,
    LooseRunManifest,
}

impl Reading {
    fn new(source: &dyn PackageSource, limits: Limits, memory: &Arc<Memory>, force_factgraph: bool) -> Self {
        let listing = source.listing();
        let mut faults = Faults::default();
        for fault in &listing.faults {
            faults.add(fault.kind.into(), Place::file(printable(&fault.path, 200)), || fault.text.clone());
        }
        let empty = Digest::of(b"");
        let package = Package {
            dialect: Dialect::Unknown,
            shape: Shape::Full,
            files: Vec::with_capacity(listing.files.len()),
            empty_directories: listing.empty_directories.clone(),
            manifest: None,
            schema: None,
            policy: None,
            policy_rules: None,
            view: None,
            mapping: None,
            run_manifest: None,
            facts_digest: empty,
            rules_digest: empty,
            outputs_digest: empty,
            run_in_facts: false,
            memory: Arc::clone(memory),
            facts: crate::facts::Facts::new(memory),
            ledgers: ledger::Facts::new(memory),
            books: crate::documented::Facts::new(memory),
            rows: Default::default(),
            faults,
            mixed_marks: Default::default(),
            listed_facts: listing
                .files
                .iter()
                .any(|file| file.path.starts_with("facts/") && file.path.ends_with(".facts")),
        };
        Self { package, force_factgraph, scanner: Scanner::new(MAX_DEPTH), limits, groups: Groups::new() }
    }

    fn all(mut self, source: &mut dyn PackageSource, sink: &mut dyn Sink) -> Result<Package> {
        let mut files = source.listing().files.clone();
        // The manifest decides how all the rest is read, and claims are held against the schema.
        for first in [SCHEMA, manifest::PATH] {
            if let Some(at) = files.iter().position(|file| file.path == first) {
                files[..=at].rotate_right(1);
            }
        }
        let mut buffer = vec![0; CHUNK];
        for file in &files {
            sink.file(&file.path, file.size, &mut |take| self.file(source, file, &mut buffer, take))?;
        }
        Ok(self.finish())
    }

    /// Reads one file; false if the container is broken inside it.
    fn file(
        &mut self,
        source: &mut dyn PackageSource,
        file: &File,
        buffer: &mut [u8],
        take: &mut TakePiece<'_>,
    ) -> Result<bool> {
        let path = file.path.as_str();
        let describe = source.describe();
        let mut consumer = self.consumer(path);
        let group = self.groups.begin(path);
        let mut hasher = Hasher::new();
        let mut bytes = source.open(path)?;
        let mut left = file.size;
        loop {
            let n = match bytes.read(buffer) {
                Ok(n) => n,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    self.package.faults.add(FaultKind::Container, Place::file(path), || error.to_string());
                    return Ok(false);
                }
                Err(error) => return Err(error).doing(|| format!("cannot read {path} of {describe}")),
            };
            if n == 0 {
                break;
            }
            let chunk = &buffer[..n];
            left = left.checked_sub(n as u64).ok_or_else(|| changed(path))?;
            hasher.update(chunk);
            if let Some(group) = group {
                self.groups.hasher(group).update(chunk);
            }
            take(chunk)?;
            self.consume(&mut consumer, path, chunk);
        }
        drop(bytes);
        if left > 0 {
            return Err(changed(path));
        }
        self.package.files.push(FileFact { path: path.to_owned(), size: file.size, digest: hasher.finish() });
        self.complete(consumer, path);
        Ok(true)
    }

    fn consumer(&self, path: &str) -> Consumer {
        if path == manifest::PATH {
            return Consumer::Whole(Whole::Manifest, Vec::new(), false);
        }
        let Some(manifest) = &self.package.manifest else { return Consumer::Opaque };
        match self.package.dialect {
            Dialect::FactGraph => {}
            Dialect::Unknown => return Consumer::Opaque,
            Dialect::Documented => {
                let whole = |what| Consumer::Whole(what, Vec::new(), false);
                return match documented::role(manifest, path) {
                    Role::Rows(reader) => Consumer::LooseRows(Lines::new(self.limits.max_row_bytes), reader),
                    Role::Document => whole(Whole::Loose),
                    Role::Graph => whole(Whole::LooseGraph),
                    Role::Schema => whole(Whole::LooseSchema),
                    Role::RunManifest => whole(Whole::LooseRunManifest),
                    Role::Opaque => Consumer::Opaque,
                };
            }
        }
        if self.package.has_ledgers() {
            let listed = ledger::KINDS.iter().filter(|kind| manifest.lists(kind.name)).chain(ledger::LEGACY);
            if let Some(kind) = listed.copied().find(|kind| kind.path == path) {
                return Consumer::Rows(LedgerReader::new(kind, &self.limits));
            }
            if path == manifest::MAPPING.1 && manifest.lists(manifest::MAPPING.0) {
                return Consumer::Whole(Whole::Mapping, Vec::new(), false);
            }
        }
        if self.package.has_inputs() {
            if let Some(table) = TABLES.iter().find(|table| table.path == path) {
                return table_consumer(table, &self.limits);
            }
            if path == view::PATH && self.package.facts.declared.is_some() {
                let has_active = manifest.policy_mode.as_deref() != Some("idb");
                return Consumer::View(ViewReader::new(self.limits.max_row_bytes, has_active));
            }
            let whole = match path {
                SCHEMA => Some(Whole::Schema),
                "policy/policy_ir.json" => Some(Whole::Policy),
                "policy/policy_rules.dl" => Some(Whole::PolicyRules),
                "outputs/run_manifest.json" => Some(Whole::RunManifest),
                _ => None,
            };
            if let Some(whole) = whole {
                return Consumer::Whole(whole, Vec::new(), false);
            }
        }
        Consumer::Opaque
    }

    fn consume(&mut self, consumer: &mut Consumer, path: &str, chunk: &[u8]) {
        match consumer {
            Consumer::Opaque => {}
            Consumer::Rows(reader) => reader.push(chunk, &mut self.scanner, &mut self.package),
            Consumer::LooseRows(lines, reader) => {
                let (package, scanner) = (&mut self.package, &mut self.scanner);
                lines.push(chunk, |number, line| reader.row(number, line, scanner, package));
            }
            Consumer::Table(lines, table) => {
                let package = &mut self.package;
                lines.push(chunk, |number, line| table_row(table, path, number, line, package));
            }
            Consumer::View(reader) => {
                if let Some(declared) = &self.package.facts.declared {
                    reader.push(chunk, declared);
                }
            }
            Consumer::Whole(what, bytes, overflowing) => {
                let bound = if *what == Whole::PolicyRules { MAX_FIXED_TEXT as u64 } else { self.limits.max_row_bytes };
                *overflowing |= (bytes.len() + chunk.len()) as u64 > bound;
                if *overflowing {
                    *bytes = Vec::new();
                } else {
                    bytes.extend_from_slice(chunk);
                }
            }
        }
    }

    fn complete(&mut self, consumer: Consumer, path: &str) {
        match consumer {
            Consumer::Opaque => {}
            Consumer::Rows(mut reader) => {
                reader.finish(&mut self.scanner, &mut self.package);
                if reader.kind().name == "assertion_annotations" {
                    let none = ledger::Notes::new(&self.package.memory);
                    self.package.facts.expect(std::mem::replace(&mut self.package.ledgers.notes, none));
                }
            }
            Consumer::LooseRows(mut lines, mut reader) => {
                let (package, scanner) = (&mut self.package, &mut self.scanner);
                lines.finish(|number, line| reader.row(number, line, scanner, package));
                reader.finish(package);
            }
            Consumer::Table(mut lines, mut table) => {
                let package = &mut self.package;
                if lines.finish(|number, line| table_row(&mut table, path, number, line, package)) {
                    package.faults.add(FaultKind::LineEnd, Place::file(path), || "the last row has no newline".into());
                }
                (table.observer().end)(&mut package.facts);
            }
            Consumer::View(reader) => {
                self.package.view = self.package.facts.declared.as_ref().map(|declared| reader.finish(declared));
            }
            Consumer::Whole(Whole::PolicyRules, bytes, overflowing) => {
                // A text that is too long is certainly not the fixed one.
                self.package.policy_rules = Some(if overflowing { vec![0] } else { bytes });
            }
            Consumer::Whole(_, _, true) => {
                let limit = self.limits.max_row_bytes;
                self.package.faults.add(FaultKind::TooLarge, Place::file(path), || {
                    format!("the document has more than {limit} bytes")
                });
            }
            Consumer::Whole(what, bytes, false) => self.document(what, path, &bytes),
        }
    }

    fn document(&mut self, what: Whole, path: &str, bytes: &[u8]) {
        let package = &mut self.package;
        let document = match self.scanner.scan(bytes) {
            Ok(document) => document,
            Err(fault) => return package.faults.add_json(Place::file(path), &fault),
        };
        let check_form = |package: &mut Package, document: &Document<'_>| {
            if let Some(deviation) = document.deviation() {
                let place = Place::member(path, deviation.pointer.as_str());
                package.faults.add(FaultKind::NotCanonical, place, || {
                    format!("{} (byte {})", deviation.what, deviation.offset + 1)
                });
            }
        };
        let root = document.root();
        match what {
            Whole::Manifest => {
                let manifest = Manifest::read(root);
                decide_dialect(package, &manifest, self.force_factgraph);
                if package.dialect == Dialect::FactGraph {
                    check_form(package, &document);
                    manifest::check(root, package.shape, &mut |pointer, misfit| {
                        package.faults.add_misfit(Place::member(path, pointer), misfit);
                    });
                }
                package.manifest = Some(manifest);
            }
            Whole::Mapping => {
                check_form(package, &document);
                let mapping = ledger::mapping::read(root, &mut |pointer, misfit| {
                    package.faults.add_misfit(Place::member(path, pointer), misfit);
                });
                package.mapping = Some(mapping);
            }
            Whole::Schema => {
                check_form(package, &document);
                let misfits = schema_shape::check(&document);
                package.schema = Some(Schema { misfits, ..Schema::read(root, document.is_canonical()) });
                let declared = Declared::read(root);
                match declared.predicates.iter().position(|one| one.tags.len() > view::MAX_ARGUMENTS) {
                    None => package.facts.declare(declared),
                    Some(n) => {
                        let place = Place::member(path, format!("/predicates/{n}/arg_specs"));
                        package
                            .faults
                            .add(FaultKind::TooLarge, place, || "a predicate of more arguments than any has".into());
                    }
                }
            }
            Whole::Policy => {
                check_form(package, &document);
                package.policy = Some(bytes.to_vec());
            }
            Whole::RunManifest => {
                check_form(package, &document);
                package.run_manifest = Some(RunManifest::read(root));
            }
            Whole::Loose => documented::document(path, root, package),
            Whole::LooseGraph => documented::graph(path, root, package),
            Whole::LooseSchema => package.books.schema_digest = documented::schema_digest(root),
            Whole::LooseRunManifest => package.books.outputs_digest = RunManifest::read(root).outputs_digest,
            Whole::PolicyRules => {}
        }
    }

    fn finish(mut self) -> Package {
        self.package.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let Groups { facts, rules, outputs } = self.groups;
        self.package.facts_digest = facts.finish();
        self.package.rules_digest = rules.finish();
        self.package.outputs_digest = outputs.finish();
        documented::close(&mut self.package);
        self.package
    }
}

fn changed(path: &str) -> Error {
    Error::new(format!("{path} changed while it was being read"))
        .hint("run the command again when nothing writes to the package")
}

/// Section 12: a package with no mark of 0.3.0 anywhere is of the documented dialect.
fn decide_dialect(package: &mut Package, manifest: &Manifest, force_factgraph: bool) {
    let facts = package.listed_facts;
    if manifest.marks.is_empty() && !facts && !force_factgraph {
        package.dialect = Dialect::Documented;
        return;
    }
    let whole = ["export_version", "protocol_version", "policy_mode"].iter().all(|mark| manifest.marks.contains(mark));
    if !whole {
        package.mixed_marks.extend(manifest.marks.iter().map(ToString::to_string));
        if facts {
            package.mixed_marks.insert("facts/*.facts".into());
        }
    }
    let known_version = manifest.export_version.as_deref().is_none_or(|version| version == "v2");
    let known_kind = matches!(manifest.package_kind.as_deref(), Some("audit" | "inference") | None);
    package.dialect = if known_version && known_kind { Dialect::FactGraph } else { Dialect::Unknown };
    package.shape = manifest.shape();
}

fn table_consumer(table: &'static Table, limits: &Limits) -> Consumer {
    Consumer::Table(Lines::new(limits.max_row_bytes), TableReader::new(table))
}

fn table_row(table: &mut TableReader, path: &str, number: u64, line: Line<'_>, package: &mut Package) {
    match line {
        Line::TooLong => too_long(package, path, number),
        Line::Whole(row) => {
            let Some(cells) = table.row(number, row, &mut package.faults) else { return };
            // Nearly all rows are plain, and looking for escapes in each cell is dear.
            let unescaped;
            let cells = if table.was_plain() {
                cells
            } else {
                unescaped = cells.map(super::tables::unescape);
                [&*unescaped[0], &*unescaped[1], &*unescaped[2], &*unescaped[3]]
            };
            if let ([_, "run_id", value, _], "facts/meta_str.facts") = (cells, path) {
                package.run_in_facts |= package.run_id() == Some(value);
            }
            (table.observer().row)(&mut package.facts, number, cells);
        }
    }
}

pub(super) fn too_long(package: &mut Package, path: &str, number: u64) {
    package.faults.add(FaultKind::TooLarge, Place::row(path, number), || "the row is longer than the bound".into());
}
