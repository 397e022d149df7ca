//! What a commit may bring: runs, further certificates beside them, baselines. Each has a leaf of its own in the log.

use super::layout::{BaselineName, CERTIFICATE};
use super::leaf::Leaf;
use super::read::{MAX_CERTIFICATE, RunEntry};
use super::token;
use crate::error::Result;
use crate::git::{Id, Repo};

/// A certificate that was put beside a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FurtherEntry {
    /// The run as it is with it.
    pub(super) run: RunEntry,
    /// What it is called there.
    pub(super) file: String,
    /// Its blob.
    pub(super) id: Id,
}

/// One baseline in a state of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineEntry {
    /// Its name.
    pub name: BaselineName,
    /// The blob of its file.
    pub id: Id,
}

/// Something that arrived.
pub(super) enum Arrival<'c> {
    Run(&'c RunEntry),
    Further(&'c FurtherEntry),
    Baseline(&'c BaselineEntry),
}

impl Arrival<'_> {
    /// Where it stands in the archive.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Run(run) => run.name.folder(),
            Self::Further(further) => further.run.name.inside(&further.file),
            Self::Baseline(baseline) => baseline.name.file(),
        }
    }

    /// True if a leaf is about this, and names this policy.
    pub(super) fn is_told_by(&self, repo: &Repo, leaf: &Leaf, policy: &str) -> Result<bool> {
        let id = match self {
            Self::Run(run) => repo.entry_at(run.tree, CERTIFICATE.as_bytes())?.map(|entry| entry.id),
            Self::Further(FurtherEntry { id, .. }) | Self::Baseline(BaselineEntry { id, .. }) => Some(*id),
        };
        let here = id.map(|id| repo.read_blob(id, MAX_CERTIFICATE)).transpose()?;
        let is_same = here.as_deref().map(token).as_deref() == Some(leaf.token());
        Ok(is_same && leaf.path() == self.path() && leaf.policy() == policy)
    }
}
