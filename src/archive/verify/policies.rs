//! Which policy held when a run was added.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Check;
use crate::archive::Archive;
use crate::archive::codes::{INCOMPLETE, LEAF_MISMATCH};
use crate::archive::layout::CONFIG;
use crate::archive::leaf::Leaf;
use crate::archive::policy::{Config, Policy};
use crate::archive::read::RunEntry;
use crate::archive::token;
use crate::error::Result;
use crate::finding::Place;
use crate::git::Id;

/// Every policy that the archive ever had. History is looked at once, when the first is asked for that is not the tip's.
#[derive(Default, Clone)]
pub(super) struct Policies(Arc<Mutex<Option<Found>>>);

#[derive(Clone)]
struct Found {
    /// By the token of its file.
    known: Arc<HashMap<String, Policy>>,
    /// All of history was there to be looked at.
    is_complete: bool,
}

impl Policies {
    fn of(&self, archive: &Archive, tip: Id) -> Result<Found> {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match found.as_ref() {
            Some(found) => Ok(found.clone()),
            None => Ok(found.insert(Found::look(archive, tip)?).clone()),
        }
    }
}

impl Found {
    /// One look at the root tree of each commit.
    fn look(archive: &Archive, tip: Id) -> Result<Self> {
        let repo = archive.repo();
        let mut last = None;
        let mut is_complete = false;
        let mut known = HashMap::new();
        archive.history(tip, &mut |_, commit| {
            is_complete = commit.parents.is_empty();
            let config = repo.entry_at(commit.tree, CONFIG.as_bytes())?.map(|entry| entry.id);
            if let Some(id) = config.filter(|_| config != last) {
                let text = repo.read_blob(id, 1 << 20)?;
                // What cannot be read was nobody's policy.
                if let Ok(config) = Config::parse(&text) {
                    known.insert(token(&text), config.policy);
                }
            }
            last = config;
            Ok(true)
        })?;
        Ok(Self { known: Arc::new(known), is_complete })
    }
}

impl Check<'_> {
    /// The policy that a run's leaf names, and whether it is certain. One that is not known is said.
    pub(super) fn policy_of(&mut self, run: &RunEntry, leaf: Option<&Leaf>) -> Result<(Policy, bool)> {
        let tip = self.base.config.policy.clone();
        let Some(leaf) = leaf.filter(|leaf| leaf.policy() != self.base.policy) else { return Ok((tip, true)) };
        let found = self.policies.of(self.archive, self.base.commit)?;
        if let Some(policy) = found.known.get(leaf.policy()) {
            return Ok((policy.clone(), true));
        }
        let place = Place::file(run.name.folder());
        if found.is_complete {
            self.say(LEAF_MISMATCH, place, || "its leaf in the log names a policy that the archive never had".into());
        } else {
            self.say(INCOMPLETE, place, || "was added under a policy that lies beyond the cut of this clone".into());
        }
        Ok((tip, false))
    }

    /// The policy that a leaf names, if it can be found.
    pub(super) fn known_policy(&mut self, leaf: &Leaf) -> Result<Option<Policy>> {
        if leaf.policy() == self.base.policy {
            return Ok(Some(self.base.config.policy.clone()));
        }
        Ok(self.policies.of(self.archive, self.base.commit)?.known.get(leaf.policy()).cloned())
    }
}
