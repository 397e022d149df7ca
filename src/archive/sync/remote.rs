//! A remote: which it is, and what it has of the archive's branch.

use std::collections::HashMap;

use crate::archive::Archive;
use crate::archive::guard::Update;
use crate::archive::layout::BASELINE_TAGS;
use crate::archive::step::{self, State};
use crate::error::{Error, Result};
use crate::finding::Weight;
use crate::git::{Id, Moved};

/// Where the branch of a remote is put before it is believed.
const SEEN: &str = "refs/batool/seen/";
/// Where its tags of baselines are.
const SEEN_TAGS: &str = "refs/batool/seen-tags/";

impl Archive {
    /// The remote that was named, or the one that the branch belongs to.
    pub(super) fn remote(&self, named: Option<&str>) -> Result<String> {
        let repo = self.repo();
        let short = self.short_branch();
        let known = repo.remotes();
        let wanted = named.map(str::to_owned).or_else(|| repo.config(&format!("branch.{short}.remote")));
        let found = match wanted {
            Some(name) => known.iter().find(|known| **known == name).cloned().ok_or(name),
            None => known.iter().find(|known| *known == "origin").or(known.first()).cloned().ok_or("origin".to_owned()),
        };
        found.map_err(|name| {
            Error::new(format!("cannot find the remote {name}"))
                .because(if known.is_empty() {
                    "there is none".to_owned()
                } else {
                    format!("there are {}", known.join(", "))
                })
                .hint("git remote add NAME URL")
        })
    }

    /// The branch without `refs/heads/`.
    pub(in crate::archive) fn short_branch(&self) -> &str {
        self.branch().strip_prefix("refs/heads/").unwrap_or(self.branch())
    }

    /// The remote-tracking reference of the archive's branch.
    pub(in crate::archive) fn tracking(&self, remote: &str) -> String {
        format!("refs/remotes/{remote}/{}", self.short_branch())
    }

    /// Looks at what the remote has; it only grows.
    pub(super) fn fetch(&self, remote: &str) -> Result<Option<Id>> {
        let repo = self.repo();
        let seen = format!("{SEEN}{remote}/{}", self.short_branch());
        let known = repo.read_ref(&self.tracking(remote))?;
        let tags = format!("{SEEN_TAGS}{remote}/");
        let there = repo.fetch(remote, (self.branch(), &seen), (BASELINE_TAGS, &tags))?;
        let lost = |what: String| {
            Err(Error::new(format!("cannot use what {remote} has"))
                .because(what)
                .hint("published runs do not go away: ask whoever runs the remote; nothing was changed here"))
        };
        match (known, there) {
            (Some(known), None) => lost(format!("its branch {} is gone; it was {known}", self.branch())),
            (Some(known), Some(there)) if self.chain(Some(known), there)?.is_none() => {
                match self.alarm(remote, there)? {
                    Some(alarm) => Err(alarm.error(&format!("cannot use what {remote} has"))),
                    None => lost(format!("its branch was {known} and is {there}, which does not continue it")),
                }
            }
            (_, Some(there)) => match self.alarm(remote, there)? {
                Some(alarm) => Err(alarm.error(&format!("cannot use what {remote} has"))),
                None => Ok(Some(there)),
            },
            (None, None) => match self.alarm_of_nothing(remote) {
                Some(alarm) => Err(alarm.error(&format!("cannot use what {remote} has"))),
                None => Ok(None),
            },
        }
    }

    /// Takes for published what a remote has, once it was looked at: its branch, its log, and the tags of its baselines.
    pub(super) fn believe(&self, remote: &str, there: Id) -> Result<()> {
        let repo = self.repo();
        self.note_published(remote, repo.read_ref(&self.tracking(remote))?, there)?;
        self.remember(remote, there)?;
        let seen = format!("{SEEN_TAGS}{remote}/");
        for (name, id) in repo.refs_below(&seen)? {
            let name = format!("{BASELINE_TAGS}{}", name.strip_prefix(&seen).unwrap_or_default());
            match repo.read_ref(&name)? {
                Some(here) if here == id => {}
                // Of a commit that was not published: who makes that anew is told of both.
                Some(here)
                    if self.is_pending_on(&name, here, there)? && self.tags_of(self.tip()?.commit)?.contains(&name) => {
                }
                Some(_) => {
                    return Err(Error::new(format!("cannot use what {remote} has"))
                        .because(format!("its {name} is not the one here"))
                        .hint("a baseline's tag never moves: ask whoever runs the remote; nothing was changed here"));
                }
                None => {
                    let update = Update { name: name.clone(), old: id, new: id };
                    // Tags that name no baseline of what is published are nobody's.
                    if self.why_no_tag(&update, Some(there))?.is_none() {
                        let who = repo.identity()?.committer;
                        repo.ask_git_to_move(&name, None, id, "archive: seen at the remote", &who)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the remote has now.
    pub(super) fn note_published(&self, remote: &str, was: Option<Id>, now: Id) -> Result<()> {
        let repo = self.repo();
        let name = self.tracking(remote);
        // Git does the same after a push.
        if was == Some(now) || repo.read_ref(&name)? == Some(now) {
            return Ok(());
        }
        let who = repo.identity()?.committer;
        // By git, whose locks of remote-tracking references are known to everybody who finds one left behind.
        match repo.ask_git_to_move(&name, was, now, "archive: seen at the remote", &who)? {
            Moved::Moved => Ok(()),
            Moved::Lost { actual } if actual == Some(now) => Ok(()),
            Moved::Lost { .. } => Err(Error::new(format!("cannot move {name}"))
                .because("somebody else moved it in the meantime")
                .hint("run the command again")),
        }
    }

    /// The commits that one line has and the other has not, oldest first; nothing if they have none in common.
    pub(super) fn part(&self, ours: Id, theirs: Id) -> Result<Option<(Vec<Id>, Vec<Id>)>> {
        let mut lines = [vec![ours], vec![theirs]];
        let mut places = [HashMap::from([(ours, 0)]), HashMap::from([(theirs, 0)])];
        let mut ended = [false, false];
        let finish = |mut lines: [Vec<Id>; 2]| {
            lines.iter_mut().for_each(|line| line.reverse());
            let [ours, theirs] = lines;
            Some((ours, theirs))
        };
        if ours == theirs {
            return Ok(finish([Vec::new(), Vec::new()]));
        }
        while !(ended[0] && ended[1]) {
            for side in 0..2 {
                let Some(last) = lines[side].last().copied().filter(|_| !ended[side]) else { continue };
                let next =
                    self.repo().read_commit(last)?.parents.first().copied().filter(|next| self.repo().has(*next));
                let Some(next) = next else {
                    ended[side] = true;
                    continue;
                };
                if let Some(at) = places[1 - side].get(&next) {
                    lines[1 - side].truncate(*at);
                    return Ok(finish(lines));
                }
                places[side].insert(next, lines[side].len());
                lines[side].push(next);
            }
        }
        Ok(None)
    }

    /// What others published must be what an archive does.
    pub(super) fn refuse_odd_news(&self, remote: &str, news: &[Id]) -> Result<()> {
        let repo = self.repo();
        let Some(first) = news.first() else { return Ok(()) };
        let before = repo.read_commit(*first)?.parents.first().copied();
        let mut state = before.map(|id| State::read(repo, id)).transpose()?;
        for id in news {
            let step = step::look(repo, &mut state, *id, &repo.read_commit(*id)?)?;
            if let Some(fault) = step.faults.iter().find(|fault| Weight::of_code(fault.code) > Weight::Note) {
                return Err(Error::new(format!("cannot take what {remote} has"))
                    .because(format!("{} {id}:{}: {}", fault.code, fault.path, fault.text))
                    .hint("whoever runs the remote can refuse such pushes: batool hook install --server"));
            }
        }
        Ok(())
    }
}
