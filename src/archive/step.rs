//! What one commit may do to an archive: start it, bring runs, further certificates and baselines with their leaves,
//! change its configuration, or leave the evidence alone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Base;
use super::arrival::BaselineEntry;
use super::changes::Changes;
use super::codes::{
    ATTRIBUTES_CODE, FOREIGN, HISTORY_CHANGED, HISTORY_CONFIG, HISTORY_LOG, HISTORY_MERGE, HISTORY_START, LAYOUT,
    SIGNATURE, TRAILER,
};
use super::layout::{ATTRIBUTES, ATTRIBUTES_TEXT, CERTIFICATE, CHECKPOINT, CONFIG, LOG};
use super::leaf::Leaf;
use super::read::{MAX_CERTIFICATE, RunEntry};
use super::room::Room;
use super::seal;
use super::tlog::{BUNDLES, Log, MAX_FILE, first_checkpoint};
use crate::error::Result;
use crate::git::{Commit, Id, Kind, Repo};
use crate::tlog::leaves_of_bundle;

/// Something that a commit may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The code.
    pub(super) code: &'static str,
    /// The path in the archive; empty for the commit as a whole.
    pub(super) path: String,
    /// What happened.
    pub(super) text: String,
}

/// A commit that was looked at.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) faults: Vec<Fault>,
    /// Runs that it brought, and runs that it changed, as they are now.
    pub(super) stored: Vec<RunEntry>,
    /// Runs that it put another certificate beside, as they are with it.
    pub(super) recertified: Vec<RunEntry>,
    /// Baselines that it brought.
    pub(super) baselines: Vec<BaselineEntry>,
    /// The leaves that it added to the log.
    pub(super) leaves: Vec<Leaf>,
}

/// So many faults of one commit are told.
const MOST_FAULTS: usize = 64;

/// A state, and the log that it holds.
pub(super) struct State {
    pub(super) base: Base,
    /// None if the log is damaged there.
    log: Option<Log>,
}

impl State {
    /// Reads the state at a commit.
    pub(super) fn read(repo: &Repo, commit: Id) -> Result<Self> {
        let base = Base::read(repo, commit)?;
        let log = Log::at(repo, &base).ok();
        Ok(Self { base, log })
    }
}

/// Looks at one commit after the state that its first parent left; `before` becomes the state after it.
///
/// # Errors
/// When objects cannot be read.
pub(super) fn look(repo: &Repo, before: &mut Option<State>, id: Id, commit: &Commit) -> Result<Step> {
    let mut step = Step::default();
    if commit.parents.len() > 1 {
        step.say(HISTORY_MERGE, "", "is a merge, and an archive's history is a line");
    }
    let changes = Changes::between(repo, before.as_ref().map(|state| state.base.tree), commit.tree)?;
    for (path, what) in &changes.forbidden {
        step.say(HISTORY_CHANGED, path, *what);
    }
    if changes.is_evidence() {
        for path in &changes.foreign {
            step.say(FOREIGN, path, "changed in one commit with evidence");
        }
    }
    match before {
        Some(before) => step.follows(repo, before, &changes, id, commit)?,
        None => {
            step.starts(repo, &changes, id, commit)?;
            *before = State::read(repo, id).ok();
        }
    }
    step.stored.extend(changes.added);
    step.stored.extend(changes.changed);
    step.recertified.extend(changes.further.into_iter().map(|further| further.run));
    step.recertified.dedup();
    step.baselines = changes.baselines;
    Ok(step)
}

impl Step {
    /// What a later commit did.
    pub(super) fn extend(&mut self, later: Self) {
        self.faults.extend(later.faults);
        self.stored.extend(later.stored);
        // Each is judged with all its certificates, as the last commit leaves it.
        self.recertified.retain(|run| later.recertified.iter().all(|other| other.name != run.name));
        self.recertified.extend(later.recertified);
        self.baselines.extend(later.baselines);
        self.leaves.extend(later.leaves);
    }

    fn say(&mut self, code: &'static str, path: &str, text: impl Into<String>) {
        // One commit may have millions; these are enough to refuse it and to mend it.
        if self.faults.len() == MOST_FAULTS {
            return;
        }
        self.faults.push(Fault { code, path: path.to_owned(), text: text.into() });
    }

    /// The first commit: configuration, attributes, and a log of no leaves.
    fn starts(&mut self, repo: &Repo, changes: &Changes, id: Id, commit: &Commit) -> Result<()> {
        for arrival in changes.arrivals() {
            self.say(HISTORY_START, &arrival.path(), "stands in the archive's first commit");
        }
        let base = match Base::read(repo, id) {
            Ok(base) => base,
            Err(error) => {
                self.say(HISTORY_START, CONFIG, error.causes().join(": "));
                return Ok(());
            }
        };
        let expected = [(ATTRIBUTES, ATTRIBUTES_TEXT), (CHECKPOINT, &first_checkpoint(&base.config.archive.origin))];
        for (path, text) in expected {
            let there = repo.entry_at(commit.tree, path.as_bytes())?.map(|entry| entry.id);
            if there != Some(repo.object_format().id_of(Kind::Blob, text.as_bytes())?) {
                self.say(HISTORY_START, path, "is not what an archive starts with");
            }
        }
        if let Some(path) = changes.log.keys().find(|path| *path != CHECKPOINT) {
            self.say(HISTORY_START, path, "is not what an archive starts with");
        }
        Ok(())
    }

    /// Any other commit.
    fn follows(&mut self, repo: &Repo, before: &mut State, changes: &Changes, id: Id, commit: &Commit) -> Result<()> {
        if changes.attributes {
            self.say(ATTRIBUTES_CODE, ATTRIBUTES, "was changed");
        }
        let mut after = before.base.clone();
        (after.commit, after.tree) = (id, commit.tree);
        if changes.config {
            if changes.is_evidence_beside_the_configuration() {
                self.say(HISTORY_CONFIG, CONFIG, "was changed in one commit with other evidence");
            }
            match Base::of_tree(repo, id, commit.tree) {
                Ok(now) if now.config.archive != after.config.archive => {
                    self.say(HISTORY_CONFIG, CONFIG, "has another branch or origin, which never change");
                    after = now;
                }
                Ok(now) => after = now,
                Err(error) => self.say(HISTORY_CONFIG, CONFIG, error.to_string()),
            }
        }
        let leaves = self.log_follows(repo, before, changes)?;
        let mut room = Room::of(&after);
        for run in &changes.added {
            if let Err(clash) = room.make(repo, &run.name) {
                self.say(LAYOUT, &run.name.folder(), clash.causes().join(": "));
            }
        }
        self.trailers(repo, changes, &leaves, commit)?;
        if self.faults.iter().any(|fault| fault.code == HISTORY_LOG) {
            before.log = Log::at(repo, &after).ok();
        }
        self.leaves = leaves.into_values().collect();
        before.base = after;
        Ok(())
    }

    /// The log must be the one before, continued by one leaf for each thing that came in, in the order of paths.
    fn log_follows(&mut self, repo: &Repo, before: &mut State, changes: &Changes) -> Result<BTreeMap<String, Leaf>> {
        let mut leaves = BTreeMap::new();
        let arrivals = changes.arrivals();
        if changes.log.is_empty() && arrivals.is_empty() {
            return Ok(leaves);
        }
        // It may be damaged because the parent commit did that, which has been said there.
        let Some(log) = before.log.as_mut() else { return Ok(leaves) };
        let size = log.checkpoint().size;
        let mut bytes = Vec::new();
        for (_, id) in changes.log.iter().filter(|(path, _)| path.starts_with(BUNDLES)) {
            let Some(id) = id else { continue };
            let bundle = repo.read_blob(*id, MAX_FILE)?;
            bytes.extend(leaves_of_bundle(&bundle).unwrap_or_default().into_iter().map(<[u8]>::to_vec));
        }
        // The bundle that was not full before comes again, with more in it.
        let known = usize::try_from(size % 256).expect("it is small").min(bytes.len());
        let fresh = &bytes[known..];
        if arrivals.is_empty() {
            changes.log.keys().for_each(|path| self.say(HISTORY_LOG, path, "was changed, and nothing was added"));
            return Ok(leaves);
        }
        if fresh.len() != arrivals.len() {
            let text = format!("gained {} leaves, and {} were due", fresh.len(), arrivals.len());
            self.say(HISTORY_LOG, LOG, text);
            return Ok(leaves);
        }
        for (bytes, arrival) in fresh.iter().zip(&arrivals) {
            match Leaf::parse(bytes) {
                Some(leaf) if arrival.is_told_by(repo, &leaf, &before.base.policy)? => {
                    leaves.insert(leaf.path(), leaf);
                }
                _ => self.say(HISTORY_LOG, &arrival.path(), "has no leaf of its name, content and policy"),
            }
        }
        let wanted = log.extend(fresh.iter().map(Vec::as_slice))?;
        for (path, bytes) in &wanted {
            if path == CHECKPOINT {
                let there = changes.log.get(path).copied().flatten();
                let there = there.map(|id| repo.read_blob(id, MAX_FILE)).transpose()?.unwrap_or_default();
                match seal::unlike(&there, &log.checkpoint(), &before.base.config.policy) {
                    Some((SIGNATURE, why)) => self.say(SIGNATURE, path, why),
                    Some(_) => self.say(HISTORY_LOG, path, "does not continue the log before"),
                    None => {}
                }
                continue;
            }
            let id = bytes.as_ref().map(|bytes| repo.object_format().id_of(Kind::Blob, bytes)).transpose()?;
            if changes.log.get(path) != Some(&id) {
                self.say(HISTORY_LOG, path, "does not continue the log before");
            }
        }
        if let Some(path) = changes.log.keys().find(|path| !wanted.contains_key(*path)) {
            self.say(HISTORY_LOG, path, "was changed, and the log's leaves do not ask for it");
        }
        Ok(leaves)
    }

    /// Trailers are for readers: absent is fine, present and wrong is not.
    fn trailers(
        &mut self,
        repo: &Repo,
        changes: &Changes,
        leaves: &BTreeMap<String, Leaf>,
        commit: &Commit,
    ) -> Result<()> {
        let message = String::from_utf8_lossy(&commit.message);
        let mut run: Option<&RunEntry> = None;
        for line in message.lines().filter(|line| line.starts_with("Batool-")) {
            // As git reads them.
            let Some((key, said)) = line.split_once(':').map(|(key, said)| (key.trim(), said.trim())) else { continue };
            if key == "Batool-Run" {
                run = changes.added.iter().find(|run| run.name.as_str() == said);
            }
            let leaf = run.and_then(|run| leaves.get(&run.name.folder()));
            let Some((run, Leaf::Run { certificate, package, .. })) = run.zip(leaf) else {
                self.say(TRAILER, "", format!("says {line:?}, and added no such run"));
                continue;
            };
            let is_right = match key {
                "Batool-Package-Digest" => said == package,
                "Batool-Certificate-Digest" => said == certificate,
                "Batool-Verdict" => {
                    let entry = repo.entry_at(run.tree, CERTIFICATE.as_bytes())?;
                    let stored = entry.map(|entry| repo.read_blob(entry.id, MAX_CERTIFICATE)).transpose()?;
                    let stored: Value = serde_json::from_slice(&stored.unwrap_or_default()).unwrap_or_default();
                    stored["predicate"]["verdict"] == said
                }
                _ => true,
            };
            if !is_right {
                self.say(TRAILER, &run.name.folder(), format!("is not what the commit says: {line:?}"));
            }
        }
        Ok(())
    }
}
