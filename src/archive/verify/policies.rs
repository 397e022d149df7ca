//! Which policy held when a run was added.

use std::collections::HashMap;

use super::Check;
use crate::archive::codes::{INCOMPLETE, LEAF_MISMATCH};
use crate::archive::layout::CONFIG;
use crate::archive::leaf::Leaf;
use crate::archive::policy::{Config, Policy};
use crate::archive::read::RunEntry;
use crate::archive::token;
use crate::error::Result;
use crate::finding::Place;

/// Every policy that the archive ever had, by the token of its file.
#[derive(Default)]
pub(super) struct Policies {
    known: HashMap<String, Policy>,
    /// Nothing before history was looked at; then whether it was all there.
    is_complete: Option<bool>,
}

impl Check<'_> {
    /// The policy that a run's leaf names, and whether it is certain. One that is not known is said.
    pub(super) fn policy_of(&mut self, run: &RunEntry, leaf: Option<&Leaf>) -> Result<(Policy, bool)> {
        let tip = self.base.config.policy.clone();
        let Some(leaf) = leaf else { return Ok((tip, true)) };
        if let Some(policy) = self.known_policy(leaf)? {
            return Ok((policy, true));
        }
        let place = Place::file(run.name.folder());
        if self.policies.is_complete == Some(true) {
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
        if self.policies.is_complete.is_none() {
            self.look_for_policies()?;
        }
        Ok(self.policies.known.get(leaf.policy()).cloned())
    }

    /// One look at the root tree of each commit.
    fn look_for_policies(&mut self) -> Result<()> {
        let repo = self.archive.repo();
        let mut last = None;
        let mut is_complete = false;
        let known = &mut self.policies.known;
        self.archive.history(self.base.commit, &mut |_, commit| {
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
        self.policies.is_complete = Some(is_complete);
        Ok(())
    }
}
