//! What a server asks of a push: the archive's branch only grows, by commits that an archive makes, with runs that the
//! policy accepts.

use super::{Ruling, floor, names};
use crate::archive::codes::SIGNATURE;
use crate::archive::layout::{BASELINE_TAGS, CHECKPOINT, CONFIG};
use crate::archive::policy::Policy;
use crate::archive::step::{self, State, Step};
use crate::archive::{Archive, Base};
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

    /// Judges one reference of a push whose others have not moved yet, as hosts ask that have `update` only.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn receive_one(&self, update: &Update, progress: &mut dyn FnMut(usize, usize)) -> Result<Ruling> {
        let repo = self.repo();
        let is_new_tag = update.name.starts_with(BASELINE_TAGS) && !update.new.is_null();
        let tip = repo.read_ref(self.branch())?.filter(|_| is_new_tag);
        if let Some(tip) = tip
            && repo.read_ref(&update.name)?.is_none()
            && let Ok(commit) = self.commit_of_tag(&update.name, update.new)?
            && self.chain(Some(tip), commit)?.is_some_and(|chain| !chain.is_empty())
        {
            let mut ruling = Ruling::default();
            let branch = Update { name: self.branch().to_owned(), old: tip, new: commit };
            self.receive_branch(&branch, &mut ruling, progress)?;
            self.judge_new_tag(update, Some(commit), &mut ruling)?;
            return Ok(ruling);
        }
        self.receive(std::slice::from_ref(update), progress)
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
            ruling.hint("`batool archive push` brings your runs over to what is here, and pushes them");
            return Ok(());
        };
        let floor = floor::read(repo)?;
        let mut before = there.map(|id| Base::read(repo, id)).transpose()?.map(|base| base.config.policy);
        let mut state = there.map(|id| State::read(repo, id)).transpose()?;
        let mut brought = Step::default();
        for id in chain {
            let commit = repo.read_commit(id).doing(|| format!("cannot judge commit {id}"))?;
            let was = state.as_ref().map(|state| state.base.policy.clone());
            let step = step::look(repo, &mut state, id, &commit)?;
            ruling.take_step(&format!("{id}:"), &step);
            let Some(now) = &state else { continue };
            brought.extend(step);
            let config = format!("{id}:{CONFIG}");
            if was.is_some_and(|was| now.base.policy != was) {
                self.unless_allowed(ruling, format!("{config}: was changed, and this server does not take that"));
            }
            if before.is_none() {
                let policy = &now.base.config.policy;
                for member in floor.as_ref().map(|floor| floor::weaker(policy, floor)).unwrap_or_default() {
                    self.unless_allowed(ruling, format!("{config}: `{member}` is weaker than the server's floor"));
                }
                before = Some(policy.clone());
            }
        }
        // What is wrong in itself needs no judging.
        let Some(tip) = state.filter(|_| ruling.verdict == Verdict::Verified) else { return Ok(()) };
        let stored = brought.stored.clone();
        let held = match (before, floor) {
            (Some(before), Some(floor)) => Some(floor::strictest(&before, &floor)),
            (before, floor) => before.or(floor),
        };
        if let Some(why) = held
            .as_ref()
            .filter(|_| !brought.leaves.is_empty())
            .and_then(Policy::verifier)
            .map(|key| self.unsigned_at(&tip.base, &key))
            .transpose()?
            .flatten()
        {
            ruling.refuse(format!(
                "{SIGNATURE} {CHECKPOINT}: by the policy of before the push and the server's floor, it {why}"
            ));
        }
        let findings = self.judge_brought(tip.base, brought, held.as_ref(), progress)?;
        ruling.take_findings(&findings);
        if ruling.verdict != Verdict::Verified {
            ruling.hint(&format!("`batool verify` tells more about each package: {}", names(&stored)));
        }
        Ok(())
    }

    /// Refuses what whoever runs the server has to allow by hand.
    fn unless_allowed(&self, ruling: &mut Ruling, reason: String) {
        let allowed = self.repo().own_setting("batool", "allowConfigChange").unwrap_or_default();
        if !["true", "yes", "on", "1"].contains(&allowed.to_lowercase().as_str()) {
            ruling.refuse(reason);
            ruling.hint("on the server: git config batool.allowConfigChange true");
        }
    }

    /// The commits after `old` up to `new`, oldest first; nothing if `new` does not continue `old` in a line.
    pub(in crate::archive) fn chain(&self, old: Option<Id>, new: Id) -> Result<Option<Vec<Id>>> {
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
