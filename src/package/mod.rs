//! A package as facts: what rules see of it after one pass over its bytes.

mod documented;
pub(crate) mod documents;
pub(crate) mod faults;
mod group;
pub(crate) mod manifest;
mod read;
mod rows;
pub(crate) mod schema_shape;
pub(crate) mod tables;
pub(crate) mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::digest::{Digest, Hasher};
use crate::facts::Facts;
use crate::spill::Memory;
use crate::{documented as book, ledger};
use documents::{RunManifest, Schema};
use faults::Faults;
use manifest::Manifest;

pub(crate) use read::MAX_DEPTH;
pub(crate) use read::read_within;
pub use read::{Sink, TakePiece, read};

/// Which writer's rules a package follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Written by factgraph 0.3.
    FactGraph,
    /// The older, documented layout.
    Documented,
    /// Neither can be told: there is no readable manifest, or it states a version or kind that is not known.
    Unknown,
}

impl Dialect {
    /// The name in certificates and policies.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::FactGraph => "factgraph-0.3",
            Dialect::Documented => "documented",
            Dialect::Unknown => "unknown",
        }
    }
}

/// What a package of factgraph holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Ledgers and the facts, schema, policy and rules behind them.
    Full,
    /// Ledgers alone.
    AuditOnly,
    /// Everything but ledgers.
    Inference,
}

impl Shape {
    /// The name in certificates.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Full => "full",
            Shape::AuditOnly => "audit-only",
            Shape::Inference => "inference",
        }
    }
}

/// One file of a package, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFact {
    /// Path inside the package.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// Everything that rules may ask about a package.
pub struct Package {
    /// Whose rules it follows.
    pub dialect: Dialect,
    /// What it holds; for the documented dialect always full.
    pub shape: Shape,
    /// Every regular file, sorted by the bytes of its path.
    pub files: Vec<FileFact>,
    /// Directories that hold nothing, sorted.
    pub empty_directories: Vec<String>,
    pub(crate) manifest: Option<Manifest>,
    pub(crate) schema: Option<Schema>,
    pub(crate) policy: Option<Vec<u8>>,
    pub(crate) policy_rules: Option<Vec<u8>>,
    /// How `rules/view.dl` differs from what the schema generates; none if either was not read.
    pub(crate) view: Option<view::View>,
    pub(crate) mapping: Option<ledger::mapping::Mapping>,
    pub(crate) run_manifest: Option<RunManifest>,
    /// Digests over groups of files: facts (D3), rules (D4), outputs (D5).
    pub(crate) facts_digest: Digest,
    pub(crate) rules_digest: Digest,
    pub(crate) outputs_digest: Digest,
    /// The manifest's run id stands in the facts.
    pub(crate) run_in_facts: bool,
    /// What bounds all that is kept of rows.
    pub(crate) memory: Arc<Memory>,
    pub(crate) facts: Facts,
    pub(crate) ledgers: ledger::Facts,
    /// The ledgers of the documented dialect.
    pub(crate) books: book::Facts,
    /// Ledgers that were read to the end, by name, with their row counts.
    pub(crate) rows: std::collections::BTreeMap<&'static str, u64>,
    pub(crate) faults: Faults,
    /// Marks of factgraph 0.3 in a package that is not wholly of it.
    pub(crate) mixed_marks: BTreeSet<String>,
    /// There is a `facts/*.facts` file, one of those marks.
    pub(crate) listed_facts: bool,
}

impl Package {
    /// The digest that names the package: SHA-256 over the lines `<sha256>  <path>`, sorted by path.
    ///
    /// Source: in-toto's `dirHash`, as `sha256sum` prints it.
    pub fn dir_hash(&self) -> Digest {
        let mut hasher = Hasher::new();
        for file in &self.files {
            hasher.update(format!("{}  {}\n", file.digest, file.path).as_bytes());
        }
        hasher.finish()
    }

    /// The run that the manifest names.
    pub fn run_id(&self) -> Option<&str> {
        self.manifest.as_ref()?.run_id.as_deref()
    }

    /// True if the package holds this file.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    /// The ledgers of a package of the documented dialect; its rules ask for nothing else.
    pub(crate) fn documented(&self) -> Option<&book::Facts> {
        (self.dialect == Dialect::Documented).then_some(&self.books)
    }

    /// The manifest of a package of factgraph; rules of that dialect ask for nothing without it.
    pub(crate) fn factgraph(&self) -> Option<&Manifest> {
        self.manifest.as_ref().filter(|_| self.dialect == Dialect::FactGraph)
    }

    /// True if a file of `audit/` was read without a row or document being lost to a fault.
    pub(crate) fn is_whole(&self, ledger: &str) -> bool {
        let path = ledger::KINDS.iter().find(|kind| kind.name == ledger).map_or(manifest::MAPPING.1, |kind| kind.path);
        let read = self.rows.contains_key(ledger) || (path == manifest::MAPPING.1 && self.mapping.is_some());
        read && !self.faults.touch(&faults::LOSING, path)
    }

    /// True if these tables of facts were read without a row being lost to a fault.
    pub(crate) fn has_tables(&self, tables: &[&str]) -> bool {
        tables.iter().all(|table| self.has_file(table) && !self.faults.touch(&faults::LOSING, table))
    }

    /// True if all that is said of claims was read without loss: the tables, and annotations where there are any.
    pub(crate) fn has_facts(&self) -> bool {
        const ANNOTATIONS: &str = "assertion_annotations";
        let annotated = self.manifest.as_ref().is_some_and(|manifest| manifest.lists(ANNOTATIONS));
        self.has_inputs()
            && tables::TABLES.iter().all(|table| self.has_tables(&[table.path]))
            && (!annotated || self.is_whole(ANNOTATIONS))
    }

    /// Notes a mark of factgraph; the first few are enough.
    fn note_mark(&mut self, mark: String) {
        if self.mixed_marks.len() < crate::finding::MAX_PLACES {
            self.mixed_marks.insert(mark);
        }
    }

    /// True if files may be absent only because the container broke off or the package is larger than the bounds.
    pub(crate) fn is_cut_short(&self) -> bool {
        let cutting = [faults::FaultKind::TooLarge, faults::FaultKind::Container];
        let mut faults = cutting.into_iter().filter_map(|kind| self.faults.of(kind)).flat_map(|tally| tally.places());
        faults.any(|(place, _)| !self.has_file(&place.file))
    }

    /// True if it is of factgraph and has ledgers.
    pub(crate) fn has_ledgers(&self) -> bool {
        self.dialect == Dialect::FactGraph && self.shape != Shape::Inference
    }

    /// True if it is of factgraph and has facts, schema, policy and rules.
    pub(crate) fn has_inputs(&self) -> bool {
        self.dialect == Dialect::FactGraph && self.shape != Shape::AuditOnly
    }
}
