//! Looking into an archive: runs, certificates, history.

use super::base::is_run;
use super::layout::{CERTIFICATE, PACKAGE, RUNS, RunName, SUMMARY, certificate_file, certificate_number};
use super::{Archive, Base};
use crate::error::{Error, Result};
use crate::git::{Id, Mode, Repo};
use crate::source::{Limits, TreeSource};

/// Largest certificate that is read back.
pub(super) const MAX_CERTIFICATE: u64 = 256 << 20;

/// One run in a state of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEntry {
    /// Its name.
    pub name: RunName,
    /// The tree of its folder.
    pub tree: Id,
}

/// Folders of runs may nest as deep as a name has bytes; more is no archive.
const MAX_DEPTH: usize = 100;

impl Archive {
    /// All runs of a state, by name.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn runs(&self, base: &Base) -> Result<Vec<RunEntry>> {
        let mut runs = Vec::new();
        let mut open = Vec::new();
        if let Some(entry) = self.repo().entry_at(base.tree, RUNS.as_bytes())?.filter(|entry| entry.mode == Mode::Tree)
        {
            open.push((String::new(), entry.id, 0));
        }
        while let Some((above, tree, depth)) = open.pop() {
            let entries = self.repo().read_tree(tree)?;
            if depth > 0 && is_run(&entries) {
                runs.push(RunEntry { name: RunName::parse(above.trim_end_matches('/'))?, tree });
                continue;
            }
            for entry in entries.into_iter().filter(|entry| entry.mode == Mode::Tree && depth < MAX_DEPTH) {
                open.push((format!("{above}{}/", String::from_utf8_lossy(&entry.name)), entry.id, depth + 1));
            }
        }
        runs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(runs)
    }

    /// The certificate of a run, byte for byte.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn certificate(&self, run: &RunEntry) -> Result<Vec<u8>> {
        self.file(run, CERTIFICATE)
    }

    /// The newest certificate of a run: what it is called, and its bytes.
    ///
    /// # Errors
    /// When none is there or it cannot be read.
    pub fn newest_certificate(&self, run: &RunEntry) -> Result<(String, Vec<u8>)> {
        let entries = self.repo().read_tree(run.tree)?;
        let newest = entries.iter().filter_map(|entry| certificate_number(&entry.name_lossy())).max();
        let file = certificate_file(newest.unwrap_or(1));
        let bytes = self.file(run, &file)?;
        Ok((file, bytes))
    }

    /// All certificates of a run, byte for byte, the first one first.
    pub(super) fn certificates(&self, run: &RunEntry) -> Result<Vec<Vec<u8>>> {
        let entries = self.repo().read_tree(run.tree)?;
        let mut numbers: Vec<u32> =
            entries.iter().filter_map(|entry| certificate_number(&entry.name_lossy())).collect();
        numbers.sort_unstable();
        std::iter::once(1).chain(numbers).map(|number| self.file(run, &certificate_file(number))).collect()
    }

    /// The summary of a run.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn summary(&self, run: &RunEntry) -> Result<Vec<u8>> {
        self.file(run, SUMMARY)
    }

    fn file(&self, run: &RunEntry, name: &str) -> Result<Vec<u8>> {
        let entry = self.repo().entry_at(run.tree, name.as_bytes())?.filter(|entry| entry.mode.is_file());
        let entry = entry.ok_or_else(|| Error::new(format!("{} is not there", run.name.inside(name))))?;
        self.repo().read_blob(entry.id, MAX_CERTIFICATE)
    }

    /// The package of a run as a source.
    ///
    /// # Errors
    /// When objects are missing or damaged.
    pub fn package(&self, run: &RunEntry, limits: Limits) -> Result<TreeSource<'_>> {
        let describe = format!("run:{}", run.name);
        let entry = self.repo().entry_at(run.tree, PACKAGE.as_bytes())?.filter(|entry| entry.mode == Mode::Tree);
        let entry = entry.ok_or_else(|| Error::new(format!("{} is not there", run.name.inside(PACKAGE))))?;
        TreeSource::new(self.repo(), entry.id, describe, limits)
    }

    /// The commits of the archive from the newest on, along first parents, until `each` says enough.
    ///
    /// # Errors
    /// When objects cannot be read. The cut of a shallow clone ends the walk.
    pub fn history(&self, from: Id, each: &mut dyn FnMut(Id, &crate::git::Commit) -> Result<bool>) -> Result<()> {
        let mut next = Some(from);
        while let Some(id) = next {
            let commit = self.repo().read_commit(id)?;
            if !each(id, &commit)? {
                break;
            }
            next =
                commit.parents.first().copied().filter(|parent| !self.repo().is_shallow() || self.repo().has(*parent));
        }
        Ok(())
    }
}

/// Every file below a tree, by path; `above` goes before each path.
pub(super) fn walk_files(repo: &Repo, tree: Id, above: &str, each: &mut dyn FnMut(&str, Id)) -> Result<()> {
    walk(repo, tree, above, &mut |path, _, id| each(path, id))
}

/// Everything below a tree that is no tree, by path; `above` goes before each path.
pub(super) fn walk(repo: &Repo, tree: Id, above: &str, each: &mut dyn FnMut(&str, Mode, Id)) -> Result<()> {
    let mut open = vec![(above.to_owned(), tree)];
    while let Some((above, tree)) = open.pop() {
        for entry in repo.read_tree(tree)? {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            let path = if above.is_empty() { name } else { format!("{above}/{name}") };
            match entry.mode {
                Mode::Tree => open.push((path, entry.id)),
                mode => each(&path, mode, entry.id),
            }
        }
    }
    Ok(())
}
