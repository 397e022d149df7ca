//! Pending commits, made anew one by one on top of what others published.

use super::beside::{Beside, Pile};
use crate::archive::add::{self, Added, Adding, Outcome, Request, Stored};
use crate::archive::baseline::Tagging;
use crate::archive::changes::{Changes, files_between};
use crate::archive::grow::{Grown, grow};
use crate::archive::layout::{CERTIFICATE, CONFIG, EMPTY_DIRECTORIES, PACKAGE, RunName, SUMMARY};
use crate::archive::read::{self, RunEntry};
use crate::archive::{Archive, Base, token};
use crate::error::{Doing, Error, Result};
use crate::git::{Commit, Id, Identity, Kind, NewCommit, PackWriter, Person, TreeEdit};

/// A replay that is under way.
pub(super) struct Replay<'a> {
    pub(super) archive: &'a Archive,
    pub(super) remote: &'a str,
    who: Identity,
    /// What others published.
    pub(super) published: Id,
    /// What the next commit goes on top of.
    pub(super) base: Base,
    pub(super) replayed: usize,
    pub(super) dropped: Vec<RunName>,
    pub(super) left_out: Vec<Id>,
    /// Tags that come with the branch, in the place of those of the pending commits.
    pub(super) tags: Vec<Tagging>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(archive: &'a Archive, remote: &'a str, base: Base) -> Result<Self> {
        let who = archive.repo().identity()?;
        let (dropped, left_out, tags) = Default::default();
        Ok(Self { archive, remote, who, published: base.commit, base, replayed: 0, dropped, left_out, tags })
    }

    /// Why a commit cannot be made anew.
    pub(super) fn cannot(&self, id: Id, why: String) -> Error {
        self.stuck(id, why).hint("`git reset --keep` to the commit before it leaves it out; nothing was changed")
    }

    /// The same, where something else is to be done about it.
    pub(super) fn stuck(&self, id: Id, why: String) -> Error {
        Error::new(format!("cannot bring commit {id} over to what {} has", self.remote)).because(why)
    }

    /// Makes one commit anew; gives the runs that the policy of what it goes on top of refuses.
    pub(super) fn commit(&mut self, id: Id) -> Result<Vec<Added>> {
        let repo = self.archive.repo();
        let commit = repo.read_commit(id)?;
        let [parent] = commit.parents[..] else { return Err(self.cannot(id, "it is a merge".into())) };
        let before = repo.read_commit(parent)?.tree;
        let changes = Changes::between(repo, Some(before), commit.tree)?;
        if let Some((path, what)) = changes.forbidden.first() {
            return Err(self.cannot(id, format!("{path} {what}")));
        }
        if changes.attributes || (changes.arrivals().is_empty() && !changes.log.is_empty()) {
            return Err(self.cannot(id, "it changes what only batool writes".into()));
        }
        let mut pack = PackWriter::new(repo);
        let mut runs = Vec::with_capacity(changes.added.len());
        for run in &changes.added {
            let made = self.base.make_room(repo, &run.name).and_then(|()| self.restore(run, &mut pack));
            let made = made.doing(|| {
                format!("cannot bring {} of commit {id} over to {} of {}", run.name, self.base.commit, self.remote)
            });
            let folder = run.name.inside(PACKAGE);
            runs.push(made.map_err(|error| {
                error.hint(format!(
                    "git reset --keep {parent}, and for another name: batool archive add {id}:{folder} --as NAME"
                ))
            })?);
        }
        if runs.iter().any(|run| matches!(run.added.outcome, Outcome::Refused(_))) {
            let refused = runs.into_iter().map(|run| run.added);
            return Ok(refused.filter(|run| matches!(run.outcome, Outcome::Refused(_))).collect());
        }
        let (fresh, present): (Vec<&Stored>, Vec<&Stored>) =
            runs.iter().partition(|run| run.added.outcome == Outcome::Added);
        self.dropped.extend(present.into_iter().map(|run| run.added.name.clone()));
        let beside = self.beside(id, &changes, &fresh, &mut pack)?;
        let mut tree = match fresh.is_empty() && beside.is_empty() {
            true => TreeEdit::on(repo, Some(self.base.tree))?,
            false => {
                let pile = Pile { runs: Adding::of(fresh.clone()), beside: &beside };
                let Grown { tree, .. } = grow(self.archive, &self.base, &pile, &mut pack)?;
                tree
            }
        };
        let is_else =
            |path: &str| path == CONFIG || changes.foreign.iter().any(|top| path.split('/').next() == Some(top));
        for (path, was, is) in files_between(repo, Some(before), Some(commit.tree))? {
            if !is_else(&path) {
                continue;
            }
            let there = repo.entry_at(self.base.tree, path.as_bytes())?;
            if there == is {
                continue;
            }
            if there != was {
                let of = format!("{} of {}", self.base.commit, self.remote);
                return Err(self.cannot(id, format!("{path} was changed here, and in {of} too")));
            }
            match is {
                Some(is) => tree.put(path.as_bytes(), is.mode, is.id)?,
                None => tree.remove(path.as_bytes()).map(drop)?,
            }
        }
        let tree = tree.write(&mut pack)?;
        // A commit that was made empty has its message to say.
        if tree == self.base.tree && commit.tree != before {
            self.left_out.extend(runs.is_empty().then_some(id));
            return Ok(Vec::new());
        }
        let message = words(&commit, &fresh, &beside);
        let author = Person::parse(&commit.author).unwrap_or_else(|| self.who.author.clone());
        let who = Identity { author, committer: self.who.committer.clone() };
        let made = NewCommit { tree, parents: &[self.base.commit], message: &message, who: &who };
        let made = made.write(repo, &mut pack)?;
        for beside in &beside {
            if let Beside::Baseline { name, .. } = beside {
                let tag = Tagging::write(repo, &mut pack, name, made, &self.who)?;
                self.tags.push(tag.in_place_of(repo.read_ref(&name.tag())?));
            }
        }
        pack.finish()?;
        self.base = Base::read(repo, made)?;
        self.replayed += 1;
        Ok(Vec::new())
    }

    /// A pending run, judged again for what it goes on top of. Its bytes are here already.
    fn restore(&self, run: &RunEntry, pack: &mut PackWriter<'_>) -> Result<Stored> {
        let (repo, base) = (self.archive.repo(), &self.base);
        let mut files = Vec::new();
        read::walk_files(repo, run.tree, "", &mut |path, id| files.push((path.to_owned(), id)))?;
        files.retain(|(path, _)| add::is_content(path));
        let source = self.archive.package(run, base.config.policy.limits())?;
        let mut request = Request { name: run.name.clone(), source: Box::new(source) };
        let (mut added, _) = add::certify(base, &mut request, &mut ())?;
        if added.outcome == Outcome::WouldAdd {
            added.outcome = Outcome::Added;
        }
        let listed = files.iter().find(|(path, _)| path == EMPTY_DIRECTORIES);
        let listed = listed.map(|(_, id)| repo.read_blob(*id, read::MAX_CERTIFICATE)).transpose()?;
        files.push((CERTIFICATE.to_owned(), pack.add(Kind::Blob, &added.certificate)?));
        files.push((SUMMARY.to_owned(), pack.add(Kind::Blob, added.summary.as_bytes())?));
        let stored = Stored { added, files, empty_directories: listed.map(|text| token(&text)) };
        add::settle_name(repo, base, stored)
    }
}

/// The message: the user's own words stay, trailers are made anew.
fn words(commit: &Commit, runs: &[&Stored], beside: &[Beside]) -> String {
    let message = String::from_utf8_lossy(&commit.message).into_owned();
    if let [Beside::Further { run, verdict, .. }] = beside
        && message.starts_with("archive: recertify ")
    {
        return format!("archive: recertify {run} ({verdict})\n");
    }
    if runs.is_empty() {
        return message;
    }
    let own: Vec<&str> = message.lines().filter(|line| !line.starts_with("Batool-")).collect();
    let own = own.join("\n");
    let is_ours = own.trim().lines().count() == 1 && own.starts_with("archive: add ");
    add::message(runs, (!is_ours).then_some(own.as_str()))
}
