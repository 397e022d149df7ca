//! Baselines: what a release was measured against, for ever.

mod check;
mod create;
mod pairs;
mod tag;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::layout::{BASELINES, BaselineName};
use super::{Archive, Base, BaselineEntry};
use crate::drift::Policy;
use crate::error::{Doing, Error, Result};
use crate::git::Mode;
use crate::json::canonical_bytes;
pub use check::Candidate;
pub use pairs::{Paired, pair_names};
pub(super) use tag::Tagging;

/// Largest file of a baseline that is read.
pub(super) const MAX_BASELINE: u64 = 16 << 20;
const SCHEMA: &str = "batool/baseline/1";

/// A baseline as its file holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What may drift away from it.
    pub drift: Policy,
    /// Its runs, by name.
    pub runs: Vec<BaselineRun>,
    schema: String,
}

/// One run of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRun {
    /// The token of the newest certificate that the run had.
    pub certificate: String,
    /// Its name in the archive.
    pub name: String,
    /// `dirHash:` and the package's digest.
    pub package: String,
}

impl Baseline {
    /// A baseline of these runs.
    pub(super) fn new(drift: Policy, mut runs: Vec<BaselineRun>) -> Self {
        runs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Self { drift, runs, schema: SCHEMA.to_owned() }
    }

    /// The bytes of its file: RFC 8785, and a newline.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = canonical_bytes(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a baseline's file.
    ///
    /// # Errors
    /// When it is of another form than the one that [`Baseline::to_bytes`] writes; the error says which.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let doing = || "it is no baseline".to_owned();
        let value: Value = serde_json::from_slice(bytes).doing(doing)?;
        let mut canonical = canonical_bytes(&value)?;
        canonical.push(b'\n');
        if canonical != bytes {
            return Err(Error::new(doing()).because("its form is not RFC 8785 and a newline"));
        }
        let baseline: Self = serde_json::from_value(value).doing(doing)?;
        let why = if baseline.schema != SCHEMA {
            format!("its schema is {:?}", baseline.schema)
        } else if baseline.runs.is_empty() {
            "it names no run".to_owned()
        } else if !baseline.runs.is_sorted_by(|a, b| a.name < b.name) {
            "its runs are not sorted, or one stands twice".to_owned()
        } else {
            return Ok(baseline);
        };
        Err(Error::new(doing()).because(why))
    }
}

impl Archive {
    /// All baselines of a state, by name. What is none is left out; `archive verify` says so.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn baselines(&self, base: &Base) -> Result<Vec<BaselineEntry>> {
        let folder = self.repo().entry_at(base.tree, BASELINES.as_bytes())?.filter(|entry| entry.mode == Mode::Tree);
        let mut baselines = Vec::new();
        for entry in folder.map(|folder| self.repo().read_tree(folder.id)).transpose()?.unwrap_or_default() {
            let name = entry.name_lossy().strip_suffix(".json").and_then(|name| BaselineName::parse(name).ok());
            if let Some(name) = name.filter(|_| entry.mode == Mode::Blob) {
                baselines.push(BaselineEntry { name, id: entry.id });
            }
        }
        baselines.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(baselines)
    }

    /// The baseline of this name in a state.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn baseline(&self, base: &Base, name: &str) -> Result<Baseline> {
        let none = || {
            Error::new(format!("there is no baseline called {name} at {}", base.commit))
                .hint("`batool baseline list` shows all baselines")
        };
        let name = BaselineName::parse(name).map_err(|_| none())?;
        let entry = self.repo().entry_at(base.tree, name.file().as_bytes())?.filter(|entry| entry.mode.is_file());
        let bytes = self.repo().read_blob(entry.ok_or_else(none)?.id, MAX_BASELINE)?;
        Baseline::parse(&bytes).doing(|| format!("cannot read {}", name.file()))
    }
}
