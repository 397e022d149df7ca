//! What a server asks of a push: the archive's branch only grows, by commits that an archive makes, with runs that the
//! policy accepts.

use super::{Ruling, names};
use crate::archive::codes::NOT_ACCEPTED;
use crate::archive::layout::BASELINE_TAGS;
use crate::archive::step::{self, State, Step};
use crate::archive::{Archive, Base, RunEntry};
use crate::assess::assess_any;
use crate::error::{Doing, Error, Result};
use crate::git::Id;
use crate::judge::Verdict;

/// One reference that a push wants to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its full name.
    pub name: String,
    /// What it is said to be; null where it is new.
    pub old: Id,
    /// What it shall be; null where it shall go.
    pub new: Id,
}

impl Update {
    /// Reads `old new name`, as git tells hooks.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(line: &str) -> Result<Self> {
        let parts: Vec<&str> = line.splitn(3, ' ').collect();
        let [old, new, name] = parts.as_slice() else {
            return Err(Error::new(format!("cannot read {line:?}")).because("git says `old new name` to hooks"));
        };
        Ok(Self { name: (*name).to_owned(), old: Id::from_hex(old)?, new: Id::from_hex(new)? })
    }
}

impl Archive {
    /// Judges a push. Nothing is written; pushed objects may still lie apart.
    ///
    /// `progress` is told how many runs were judged, of how many.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn receive(&self, updates: &[Update], progress: &mut dyn FnMut(usize, usize)) -> Result<Ruling> {
        let mut ruling = Ruling::default();
        for update in updates {
            if update.name.starts_with(BASELINE_TAGS) {
                let is_there = self.repo().read_ref(&update.name)?.is_some();
                if is_there || update.new.is_null() {
                    ruling.refuse(format!("{}: a baseline's tag never moves", update.name));
                } else {
                    let pushed = updates.iter().find(|other| other.name == self.branch()).map(|branch| branch.new);
                    let tip = pushed.map_or_else(|| self.repo().read_ref(self.branch()), |tip| Ok(Some(tip)))?;
                    let Some(tip) = tip.filter(|tip| !tip.is_null()) else {
                        ruling.refuse(format!("{}: there is no archive that it could name a commit of", update.name));
                        continue;
                    };
                    self.judge_new_tag(update, Some(tip), &mut ruling)?;
                }
            }
            if update.name == self.branch() {
                self.receive_branch(update, &mut ruling, progress)?;
            }
        }
        Ok(ruling)
    }

    fn receive_branch(
        &self,
        update: &Update,
        ruling: &mut Ruling,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let repo = self.repo();
        if update.new.is_null() {
            ruling.refuse(format!("{}: the archive's branch is never deleted", update.name));
            return Ok(());
        }
        let there = repo.read_ref(self.branch())?;
        let Some(chain) = self.chain(there, update.new)? else {
            ruling.refuse(format!("{}: the push does not continue what is here", update.name));
            ruling.hint(
                "git fetch, then add your runs again on what is there: `batool archive add REV:runs/X/package --as X`",
            );
            return Ok(());
        };
        let before = there.map(|id| Base::read(repo, id)).transpose()?;
        let mut state = there.map(|id| State::read(repo, id)).transpose()?;
        let mut brought = Step::default();
        for id in chain {
            let commit = repo.read_commit(id).doing(|| format!("cannot judge commit {id}"))?;
            let was = state.as_ref().map(|state| state.base.policy.clone());
            let step = step::look(repo, &mut state, id, &commit)?;
            ruling.take_step(&format!("{id}:"), &step);
            let is_changed = was.is_some_and(|was| state.as_ref().is_some_and(|state| state.base.policy != was));
            if is_changed && !repo.config_bool("batool.allowConfigChange").unwrap_or(false) {
                ruling.refuse(format!("{id}:batool.toml: was changed, and this server does not take that"));
                ruling.hint("on the server: git config batool.allowConfigChange true");
            }
            brought.extend(step);
        }
        // What is wrong in itself needs no judging.
        let Some(tip) = state.filter(|_| ruling.verdict == Verdict::Verified) else { return Ok(()) };
        let stored = brought.stored.clone();
        let findings = self.judge_brought(tip.base.clone(), brought, progress)?;
        ruling.take_findings(&findings);
        if let Some(before) = before.filter(|before| before.policy != tip.base.policy) {
            self.hold_to(&before, &stored, ruling)?;
        }
        if ruling.verdict != Verdict::Verified {
            ruling.hint(&format!("`batool verify` tells more about each package: {}", names(&stored)));
        }
        Ok(())
    }

    /// The policy of before the push holds for all of it.
    fn hold_to(&self, before: &Base, stored: &[RunEntry], ruling: &mut Ruling) -> Result<()> {
        let policy = &before.config.policy;
        for run in stored {
            let mut source = self.package(run, policy.limits())?;
            let assessed = assess_any(&mut source, &mut (), policy.limits(), policy.options(), policy.terms())?;
            for refusal in policy.refusals(&assessed) {
                ruling.refuse(format!(
                    "{NOT_ACCEPTED} {}: by the policy of before the push, {refusal}",
                    run.name.folder()
                ));
            }
        }
        Ok(())
    }

    /// The commits after `old` up to `new`, oldest first; nothing if `new` does not continue `old` in a line.
    pub(super) fn chain(&self, old: Option<Id>, new: Id) -> Result<Option<Vec<Id>>> {
        let mut chain = Vec::new();
        let mut is_met = old.is_none();
        self.history(new, &mut |id, _| {
            if old == Some(id) {
                is_met = true;
                return Ok(false);
            }
            chain.push(id);
            Ok(true)
        })?;
        chain.reverse();
        Ok(is_met.then_some(chain))
    }
}
