//! The log as it is kept: files below `log/` in a tree, and in the index where runs are staged.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{CHECKPOINT, LOG};
use super::leaf::Leaf;
use super::read::{MAX_CERTIFICATE, walk_files};
use super::{Base, token};
use crate::error::{Doing, Error, Result};
use crate::git::{Id, Kind, Mode, PackWriter, Repo, Staged};
use crate::tlog::{Checkpoint, Edge, Files, leaves_of_bundle, root};

/// Largest file of a log: a bundle of 256 leaves of the greatest length.
pub(super) const MAX_FILE: u64 = 256 * (2 + 65_535);
/// Where bundles of leaves lie.
pub(super) const BUNDLES: &str = "log/tile/entries/";

/// Files of a log, by path in the archive.
pub(super) type LogFiles = BTreeMap<String, Id>;

/// A log that can be appended to.
#[derive(Debug, Clone)]
pub(super) struct Log {
    origin: String,
    edge: Edge,
}

impl Log {
    /// A log of no leaves.
    pub(super) fn empty(origin: &str) -> Self {
        Self { origin: origin.to_owned(), edge: Edge::default() }
    }

    /// The log in a state of the archive.
    ///
    /// # Errors
    /// When it is damaged, or another archive's.
    pub(super) fn at(repo: &Repo, base: &Base) -> Result<Self> {
        let doing = || format!("cannot use the archive's log at {}", base.commit);
        let find = |path: &str| {
            let entry = repo.entry_at(base.tree, path.as_bytes())?.filter(|entry| entry.mode == Mode::Blob);
            entry.map(|entry| entry.id).ok_or_else(|| Error::new(format!("{path} is not there")))
        };
        let log = find(CHECKPOINT).and_then(|id| repo.read_blob(id, MAX_FILE)).and_then(|text| {
            let checkpoint = Checkpoint::parse(&text)?;
            // What the root vouches for needs no other hash.
            let mut read = |path: &str| repo.read_blob_unhashed(find(&format!("{LOG}/{path}"))?, MAX_FILE);
            let edge = Edge::read(checkpoint.size, &mut read)?;
            if edge.root() != checkpoint.root {
                return Err(Error::new("its root is not that of its leaves"));
            }
            let origin = &base.config.archive.origin;
            if checkpoint.origin != *origin {
                return Err(Error::new(format!("it is the log of {}, not of {origin}", checkpoint.origin)));
            }
            Ok(Self { origin: checkpoint.origin, edge })
        });
        log.doing(doing).map_err(|error| error.hint("`batool archive verify` tells what is wrong with it"))
    }

    /// What the log is now.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint { origin: self.origin.clone(), size: self.edge.size(), root: self.edge.root() }
    }

    /// Appends leaves, in the order of what they are about, and says which files change.
    pub(super) fn append(&mut self, leaves: &[Leaf]) -> Result<Files> {
        let mut sorted: Vec<_> = leaves.iter().map(|leaf| (leaf.path(), leaf)).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let bytes: Vec<_> = sorted.into_iter().map(|(_, leaf)| leaf.to_bytes()).collect::<Result<_>>()?;
        self.extend(bytes.iter().map(Vec::as_slice))
    }

    /// Appends leaves as they are, and says which files change.
    pub(super) fn extend<'l>(&mut self, leaves: impl IntoIterator<Item = &'l [u8]>) -> Result<Files> {
        let files = self.edge.extend(leaves)?;
        let mut files: Files = files.into_iter().map(|(path, bytes)| (format!("{LOG}/{path}"), bytes)).collect();
        files.insert(CHECKPOINT.to_owned(), Some(self.checkpoint().to_text().into_bytes()));
        Ok(files)
    }
}

/// Writes the files of a log as blobs; none: it goes.
pub(super) fn store(files: Files, pack: &mut PackWriter<'_>) -> Result<Vec<(String, Option<Id>)>> {
    let mut stored = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let id = bytes.map(|bytes| pack.add(Kind::Blob, &bytes)).transpose()?;
        stored.push((path, id));
    }
    Ok(stored)
}

/// Lets changes happen to a set of files.
pub(super) fn apply(files: &mut LogFiles, changes: &[(String, Option<Id>)]) {
    for (path, id) in changes {
        match id {
            Some(id) => files.insert(path.clone(), *id),
            None => files.remove(path),
        };
    }
}

/// The log's files in a tree.
pub(super) fn files_in(repo: &Repo, tree: Id) -> Result<LogFiles> {
    let mut files = LogFiles::new();
    if let Some(log) = repo.entry_at(tree, LOG.as_bytes())?.filter(|entry| entry.mode == Mode::Tree) {
        walk_files(repo, log.id, LOG, &mut |path, id| {
            files.insert(path.to_owned(), id);
        })?;
    }
    Ok(files)
}

/// The log's files in the index.
pub(super) fn files_staged(staged: &Staged) -> LogFiles {
    let entries = staged.below(LOG.as_bytes());
    entries.map(|entry| (String::from_utf8_lossy(&entry.path).into_owned(), entry.id)).collect()
}

/// The bundles of leaves among files, in order.
pub(super) fn bundles(files: &LogFiles) -> impl Iterator<Item = (&String, Id)> {
    files.iter().filter(|(path, _)| path.starts_with(BUNDLES)).map(|(path, id)| (path, *id))
}

/// All leaves of the log in a tree, byte for byte.
pub(super) fn leaves_in(repo: &Repo, tree: Id) -> Result<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    for (path, id) in bundles(&files_in(repo, tree)?) {
        let bundle = repo.read_blob(id, MAX_FILE)?;
        let whole = leaves_of_bundle(&bundle).ok_or_else(|| Error::new(format!("cannot read {path} of the log")))?;
        leaves.extend(whole.into_iter().map(<[u8]>::to_vec));
    }
    Ok(leaves)
}

/// Leaves that the index has and a commit has not, of files that are still staged.
pub(super) fn staged_leaves(repo: &Repo, committed: &LogFiles, staged: &Staged) -> Result<Vec<Leaf>> {
    let files = files_staged(staged);
    if files.get(CHECKPOINT) == committed.get(CHECKPOINT) {
        return Ok(Vec::new());
    }
    let leaves = |files: &LogFiles, other: &LogFiles| -> Result<Vec<Vec<u8>>> {
        let mut all = Vec::new();
        for (_, id) in bundles(files).filter(|(path, id)| other.get(*path) != Some(id)) {
            let bundle = repo.read_blob(id, MAX_FILE)?;
            all.extend(leaves_of_bundle(&bundle).unwrap_or_default().into_iter().map(<[u8]>::to_vec));
        }
        Ok(all)
    };
    let known: BTreeSet<Vec<u8>> = leaves(committed, &files)?.into_iter().collect();
    let mut more = Vec::new();
    for bytes in leaves(&files, committed)?.into_iter().filter(|bytes| !known.contains(bytes)) {
        let Some(leaf) = Leaf::parse(&bytes) else { continue };
        let path = leaf.file();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let Some(entry) = staged.below(folder.as_bytes()).find(|entry| entry.path == path.as_bytes()) else { continue };
        if token(&repo.read_blob(entry.id, MAX_CERTIFICATE)?) == leaf.token() {
            more.push(leaf);
        }
    }
    Ok(more)
}

/// The text of the checkpoint of a log of no leaves.
pub(super) fn first_checkpoint(origin: &str) -> String {
    Checkpoint { origin: origin.to_owned(), size: 0, root: root(&[]) }.to_text()
}
