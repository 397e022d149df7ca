//! Publishing: what was added here goes to a remote, what others added comes from it.
//!
//! Published commits stay as they are; pending ones are made anew on top of them. Nothing is merged as text.

mod beside;
mod follow;
mod remote;
mod replay;

use super::add::Added;
use super::layout::{BASELINE_TAGS, CONFIG, RunName};
use super::{Archive, Base};
use crate::error::{Error, Result};
use crate::git::{Id, Sent, Talk};
use crate::judge::Verdict;
use replay::Replay;

/// How often a lost race is run again.
const MOST_RACES: u32 = 16;

/// What came of a pull.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// The remote.
    pub remote: String,
    /// The branch as it is now.
    pub commit: Id,
    /// What the remote has of the branch, if it has it.
    pub published: Option<Id>,
    /// How many commits of others came in.
    pub fetched: usize,
    /// How many pending commits were made anew.
    pub replayed: usize,
    /// Runs that others have added meanwhile, with the same name and the same bytes.
    pub dropped: Vec<RunName>,
    /// Commits without runs of which others have made all there was.
    pub left_out: Vec<Id>,
    /// Runs that the policy that holds now does not take. Then branch, index and tags are as they were.
    pub refused: Vec<Added>,
}

/// What came of a push.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The pull before it.
    pub pulled: Pulled,
    /// How many commits the remote took.
    pub sent: usize,
    /// What the remote's guard said and decided, if it refused.
    pub refused: Option<(Verdict, String)>,
}

impl Archive {
    /// Brings in what others added, and makes pending commits anew on top of it: each run is judged again, by the policy
    /// that holds there.
    ///
    /// # Errors
    /// When the remote cannot be reached, has lost or rewritten what was seen of it, does what no archive does, or the
    /// two sides have different things under one name. Then branch, index and tags are as they were.
    pub fn pull(&self, remote: Option<&str>) -> Result<Pulled> {
        let remote = self.remote(remote)?;
        let theirs = self.fetch(&remote)?;
        for _ in 0..MOST_RACES {
            let ours = self.tip()?;
            let mut pulled = Pulled {
                remote: remote.clone(),
                commit: ours.commit,
                published: theirs,
                fetched: 0,
                replayed: 0,
                dropped: Vec::new(),
                left_out: Vec::new(),
                refused: Vec::new(),
            };
            let Some(theirs) = theirs else { return Ok(pulled) };
            let Some((pending, news)) = self.part(ours.commit, theirs)? else {
                return Err(Error::new(format!("cannot bring together what is here and what {remote} has"))
                    .because(format!("{} here and {theirs} there have no commit in common", ours.commit))
                    .hint("it is another archive: look at `git remote -v`"));
            };
            self.refuse_odd_news(&remote, &news)?;
            self.believe(&remote, theirs)?;
            if news.is_empty() {
                return Ok(pulled);
            }
            let mut replay = Replay::new(self, &remote, Base::read(self.repo(), theirs)?)?;
            for id in pending {
                pulled.refused = replay.commit(id)?;
                if !pulled.refused.is_empty() {
                    return Ok(pulled);
                }
            }
            (pulled.fetched, pulled.replayed) = (news.len(), replay.replayed);
            (pulled.dropped, pulled.left_out) = (replay.dropped, replay.left_out);
            pulled.commit = replay.base.commit;
            let message = format!("archive: pull {remote}");
            if self.follow(&ours, &replay.base, &message, &replay.tags)? {
                self.repo().merge_small_packs();
                return Ok(pulled);
            }
        }
        Err(Error::new(format!("cannot move {}", self.branch()))
            .because(format!("others moved it {MOST_RACES} times in the meantime"))
            .hint("run the command again; nothing was changed"))
    }

    /// Sends pending commits and tags of baselines to the remote, after a pull; never by force, and again if somebody
    /// was faster. A commit that changes the configuration goes by itself, as a server holds each push to what was before.
    ///
    /// # Errors
    /// As [`Archive::pull`], and when the remote refuses for other reasons than a guard's.
    pub fn push(&self, remote: Option<&str>, talk: &mut Talk<'_>) -> Result<Pushed> {
        let mut before: Option<Pulled> = None;
        for _ in 0..MOST_RACES {
            let mut pulled = self.pull(remote)?;
            if let Some(before) = before.take() {
                pulled.fetched += before.fetched;
                pulled.replayed = pulled.replayed.max(before.replayed);
                pulled.dropped.splice(..0, before.dropped);
                pulled.left_out.splice(..0, before.left_out);
            }
            let mut pushed = Pushed { pulled, sent: 0, refused: None };
            if !pushed.pulled.refused.is_empty() {
                return Ok(pushed);
            }
            if self.send_all(&mut pushed, talk)? {
                return Ok(pushed);
            }
            before = Some(pushed.pulled);
        }
        Err(Error::new("cannot push")
            .because(format!("others pushed {MOST_RACES} times in the meantime"))
            .hint("run the command again"))
    }

    /// Sends what is pending, in as many pushes as it takes; false if the remote has something new.
    fn send_all(&self, pushed: &mut Pushed, talk: &mut Talk<'_>) -> Result<bool> {
        let (remote, tip) = (pushed.pulled.remote.clone(), pushed.pulled.commit);
        let mut last = pushed.pulled.published;
        let pending = self.chain(last, tip)?.unwrap_or_default();
        for (n, id) in pending.iter().enumerate() {
            if *id != tip && !self.changes_configuration(*id)? {
                continue;
            }
            match self.repo().push(&remote, (*id, self.branch()), &self.tags_of(*id)?, talk)? {
                Sent::Taken => {}
                Sent::Behind => return Ok(false),
                Sent::Refused(said) => {
                    let verdict = [Verdict::Reject, Verdict::Undecidable].into_iter();
                    let verdict = { verdict }.find(|it| said.contains(&format!("refused ({})", it.word())));
                    let Some(verdict) = verdict else {
                        return Err(Error::new(format!("cannot push to {remote}"))
                            .because(format!("git says: {}", said.trim()))
                            .hint("what is here stays pending; ask whoever runs the remote"));
                    };
                    pushed.refused = Some((verdict, said));
                    return Ok(true);
                }
            }
            self.note_published(&remote, last, *id)?;
            self.remember(&remote, *id)?;
            pushed.sent = n + 1;
            last = Some(*id);
        }
        pushed.pulled.published = last;
        Ok(true)
    }

    /// The tags of baselines that a commit and those before it brought.
    fn tags_of(&self, id: Id) -> Result<Vec<String>> {
        let mut tags = Vec::new();
        for (name, tag) in self.repo().refs_below(BASELINE_TAGS)? {
            if let Ok(commit) = self.commit_of_tag(&name, tag)?
                && self.chain(Some(commit), id)?.is_some()
            {
                tags.push(name);
            }
        }
        Ok(tags)
    }

    fn changes_configuration(&self, id: Id) -> Result<bool> {
        let repo = self.repo();
        let commit = repo.read_commit(id)?;
        let Some(parent) = commit.parents.first() else { return Ok(false) };
        let config = |tree: Id| Ok::<_, Error>(repo.entry_at(tree, CONFIG.as_bytes())?.map(|entry| entry.id));
        Ok(config(commit.tree)? != config(repo.read_commit(*parent)?.tree)?)
    }
}
