//! Adding runs: read and judged once, written as one commit, all or none.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use super::baseline::Tagging;
use super::delivery::{Delivery, Folder};
use super::grow::{Grown, grow};
use super::known::Standing;
use super::layout::{self, CERTIFICATE, EMPTY_DIRECTORIES, PACKAGE, RunName, SUMMARY};
use super::leaf::Leaf;
use super::tlog::Log;
use super::worktree::{Placing, WorkTree};
use super::{Archive, Base, journal, token};
use crate::assess::assess_any;
use crate::error::{Doing, Error, Result};
use crate::git::{Id, Identity, Kind, Moved, NewCommit, PackWriter, Repo};
use crate::judge::Verdict;
use crate::package::{self, Sink, TakePiece};
use crate::path::collision_key;
use crate::source::PackageSource;
use crate::summary;

/// How often a lost race is run again.
const MOST_RACES: u32 = 64;

/// A package to be added.
pub struct Request<'s> {
    /// The name it gets.
    pub name: RunName,
    /// Where its bytes come from.
    pub source: Box<dyn PackageSource + 's>,
}

/// How to add.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// The commit's message; trailers are put below it.
    pub message: Option<String>,
    /// Judge and say what would happen; write nothing.
    pub dry_run: bool,
    /// Put the runs into work tree and index only.
    pub stage: bool,
}

/// What came of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the commit.
    Added,
    /// It was there already, byte for byte.
    Present,
    /// It is in work tree and index.
    Staged,
    /// It would be added.
    WouldAdd,
    /// The policy does not accept it, for these reasons; nothing was written.
    Refused(Vec<String>),
    /// Another package of the same call was refused.
    HeldBack,
}

/// One request and what came of it.
#[derive(Debug, Clone)]
pub struct Added {
    /// The run's name.
    pub name: RunName,
    /// What came of it.
    pub outcome: Outcome,
    /// The verdict about the package.
    pub verdict: Verdict,
    /// The package's `dirHash`, in hex.
    pub package_digest: String,
    /// The certificate, byte for byte.
    pub certificate: Vec<u8>,
    /// The summary.
    pub summary: String,
}

/// All requests of a call.
#[derive(Debug, Clone)]
pub struct Addition {
    /// In the order of the requests.
    pub runs: Vec<Added>,
    /// The commit that holds them, if one was made.
    pub commit: Option<Id>,
}

/// A package that was read, judged and stored in an unfinished pack.
pub(super) struct Stored {
    pub(super) added: Added,
    /// Path in the run's folder and blob.
    pub(super) files: Vec<(String, Id)>,
    /// The token of the list of empty directories.
    pub(super) empty_directories: Option<String>,
}

impl Stored {
    /// What the log keeps of it, added under this policy.
    fn leaf(&self, policy: &str) -> Leaf {
        Leaf::Run {
            name: self.added.name.to_string(),
            certificate: token(&self.added.certificate),
            package: format!("dirHash:{}", self.added.package_digest),
            empty_directories: self.empty_directories.clone(),
            policy: policy.to_owned(),
        }
    }
}

/// Runs that are added together.
pub(super) struct Adding<'r> {
    runs: Vec<&'r Stored>,
    message: Option<&'r str>,
}

impl<'r> Adding<'r> {
    /// Under a message made of their names.
    pub(super) fn of(runs: Vec<&'r Stored>) -> Self {
        Self { runs, message: None }
    }
}

impl Delivery for Adding<'_> {
    fn settle(&self, repo: &Repo, base: &Base) -> Result<()> {
        for run in &self.runs {
            let name = &run.added.name;
            base.make_room(repo, name)?;
            if base.run(repo, name)?.is_some() {
                return Err(Error::new(format!("a run called {name} was added in the meantime"))
                    .hint("run the command again; nothing was changed"));
            }
        }
        Ok(())
    }

    fn folders(&self) -> Vec<Folder> {
        self.runs.iter().map(|run| (run.added.name.folder(), run.files.clone())).collect()
    }

    fn leaves(&self, policy: &str) -> Vec<Leaf> {
        self.runs.iter().map(|run| run.leaf(policy)).collect()
    }

    fn message(&self) -> String {
        message(&self.runs, self.message)
    }
}

impl Archive {
    /// Adds packages in one commit.
    ///
    /// Each package is read once; its bytes go into one pack that becomes visible, flushed, only when all are accepted.
    /// `progress` is told how many bytes were read since it was last told.
    ///
    /// # Errors
    /// When bytes cannot be read or written, a name is taken or clashes, or the branch keeps moving away. Nothing but
    /// unreachable objects is left then. A package that the policy refuses is no error.
    pub fn add(
        &self,
        requests: Vec<Request<'_>>,
        options: &AddOptions,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Addition> {
        let repo = &self.repo;
        let base = self.tip()?;
        refuse_clashes(&requests)?;
        for request in &requests {
            base.make_room(repo, &request.name)?;
        }
        if options.dry_run {
            return self.dry_run(&base, requests, progress);
        }
        if options.stage && repo.is_bare() {
            return Err(Error::new("cannot stage in a bare archive").because("it has neither work tree nor index"));
        }
        self.signer_for(&base)?;
        let who = if options.stage { None } else { Some(repo.identity()?) };
        let mut pack = PackWriter::new(repo);
        let mut stored = Vec::with_capacity(requests.len());
        for mut request in requests {
            let run =
                store(&base, &mut pack, &mut request, progress).doing(|| format!("cannot add {}", request.name))?;
            stored.push(settle_name(repo, &base, run)?);
        }
        if stored.iter().any(|run| matches!(run.added.outcome, Outcome::Refused(_))) {
            // Dropping the pack leaves not one object behind.
            drop(pack);
            let runs = stored.into_iter().map(|run| match run.added.outcome {
                Outcome::Added => Added { outcome: Outcome::HeldBack, ..run.added },
                _ => run.added,
            });
            return Ok(Addition { runs: runs.collect(), commit: None });
        }
        let fresh: Vec<&Stored> = stored.iter().filter(|run| run.added.outcome == Outcome::Added).collect();
        if fresh.is_empty() {
            return Ok(Addition { runs: stored.into_iter().map(|run| run.added).collect(), commit: None });
        }
        let adding = Adding { runs: fresh, message: options.message.as_deref() };
        let commit = match &who {
            Some(who) => Some(self.commit(base, pack, &adding, who)?),
            None => {
                self.stage(&base, pack, &adding)?;
                None
            }
        };
        repo.merge_small_packs();
        let outcome = if options.stage { Outcome::Staged } else { Outcome::Added };
        let runs = stored.into_iter().map(|run| match run.added.outcome {
            Outcome::Added => Added { outcome: outcome.clone(), ..run.added },
            _ => run.added,
        });
        Ok(Addition { runs: runs.collect(), commit })
    }

    /// Writes the commit and moves the branch to it; on a lost race, builds it anew on what stands there now.
    pub(super) fn commit(
        &self,
        base: Base,
        pack: PackWriter<'_>,
        delivery: &dyn Delivery,
        who: &Identity,
    ) -> Result<Id> {
        let repo = &self.repo;
        let message = delivery.message();
        // Adders queue up where they can see each other; those who cannot are caught by the comparison below.
        let queue = journal::Queue::wait(repo)?;
        journal::repair(self, &queue)?;
        let mut base = self.newest(base, delivery)?;
        let folders = delivery.folders();
        let work = WorkTree::of(self)?;
        let mut pack = Some(pack);
        for race in 0..MOST_RACES {
            base = self.newest(base, delivery)?;
            let mut pack = pack.take().unwrap_or_else(|| PackWriter::new(repo));
            let Grown { tree, log, changes } = grow(self, &base, delivery, &mut pack)?;
            let tree = tree.write(&mut pack)?;
            let commit = NewCommit { tree, parents: &[base.commit], message: &message, who }.write(repo, &mut pack)?;
            let tag = delivery.baseline().map(|name| Tagging::write(repo, &mut pack, name, commit, who)).transpose()?;
            let notes: Vec<String> = tag.iter().map(Tagging::note).collect();
            let mut placing = match &work {
                Some(work) => {
                    let log = work.log_to_come(&base, log, &changes, Vec::new(), &mut pack)?;
                    Some(work.begin(&queue, &folders, log, &notes)?)
                }
                None if notes.is_empty() => None,
                None => queue.note(&notes).map(|()| None)?,
            };
            pack.finish()?;
            if let Some(placing) = &mut placing {
                placing.write(&folders, false)?;
            }
            let mut follow = || placing.as_mut().map_or(Ok(()), Placing::follow);
            let (ids, mark) = ((base.commit, commit), &queue.branch_mark);
            match repo.compare_and_swap_marked(&self.branch, ids, &message, &who.committer, mark, &mut follow)? {
                Moved::Moved => {
                    if let Some(tag) = tag {
                        let doing =
                            || format!("{commit} is made, and its tag is not; the next batool command tries again");
                        tag.point(repo, &who.committer, &queue.tag_mark).doing(doing)?;
                    }
                    match placing {
                        Some(placing) => placing.finish()?,
                        None if notes.is_empty() => {}
                        None => queue.note(&[])?,
                    }
                    return Ok(commit);
                }
                Moved::Lost { .. } => thread::sleep(Duration::from_millis(u64::from(race % 8) * 3)),
            }
        }
        Err(Error::new(format!("cannot move {}", self.branch))
            .because(format!("others moved it {MOST_RACES} times in the meantime"))
            .hint("run the command again; nothing was changed"))
    }

    /// The tip; if it moved, nothing that was decided on the old one may have changed.
    fn newest(&self, old: Base, delivery: &dyn Delivery) -> Result<Base> {
        let repo = &self.repo;
        if repo.read_ref(&self.branch)? == Some(old.commit) {
            return Ok(old);
        }
        let base = self.tip()?;
        if base.config_id != old.config_id {
            return Err(Error::new("the archive's configuration changed in the meantime")
                .hint("run the command again; nothing was changed"));
        }
        delivery.settle(repo, &base)?;
        Ok(base)
    }

    /// Judges as an add would, and writes nothing.
    fn dry_run(&self, base: &Base, requests: Vec<Request<'_>>, progress: &mut dyn FnMut(u64)) -> Result<Addition> {
        let mut runs = Vec::with_capacity(requests.len());
        for mut request in requests {
            let name = request.name.clone();
            let there = base.run(&self.repo, &name)?;
            let mut sink = Counting(progress);
            let (mut added, empty) = certify(base, &mut request, &mut sink).doing(|| format!("cannot add {name}"))?;
            if let Some(tree) = there {
                let run = super::RunEntry { name, tree };
                let limits = base.config.policy.limits();
                let kept = package::read(&mut self.package(&run, limits)?, &mut (), limits)?;
                let listed = self.repo.entry_at(tree, EMPTY_DIRECTORIES.as_bytes())?;
                let listed =
                    listed.map(|entry| self.repo.read_blob(entry.id, super::read::MAX_CERTIFICATE)).transpose()?;
                let same_folders = listed == layout::empty_directories_text(&empty).map(String::into_bytes);
                if kept.dir_hash().to_string() != added.package_digest || !same_folders {
                    return Err(taken(&run.name, ""));
                }
                added.outcome = Outcome::Present;
            }
            runs.push(added);
        }
        let refused = runs.iter().any(|run| matches!(run.outcome, Outcome::Refused(_)));
        for run in runs.iter_mut().filter(|run| refused && run.outcome == Outcome::WouldAdd) {
            run.outcome = Outcome::HeldBack;
        }
        Ok(Addition { runs, commit: None })
    }

    /// Puts runs into work tree and index, and their leaves into the log there.
    fn stage(&self, base: &Base, mut pack: PackWriter<'_>, adding: &Adding<'_>) -> Result<()> {
        let queue = journal::Queue::wait(&self.repo)?;
        journal::repair(self, &queue)?;
        let Some(work) = WorkTree::of(self)? else {
            return Err(Error::new("cannot stage")
                .because(format!("{} is not the current branch", self.branch))
                .hint("git switch to it first"));
        };
        let base = self.newest(base.clone(), adding)?;
        let folders = adding.folders();
        let leaves = adding.leaves(&base.policy);
        let log = work.log_to_come(&base, Log::at(&self.repo, &base)?, &[], leaves, &mut pack)?;
        let mut placing = work.begin(&queue, &folders, log, &[])?;
        pack.finish()?;
        placing.write(&folders, true)?;
        placing.finish()
    }
}

/// What of a run's folder was given, and not made of it.
pub(super) fn is_content(path: &str) -> bool {
    path == EMPTY_DIRECTORIES || path.starts_with("package/")
}

/// Runs of one call may not clash with each other.
fn refuse_clashes(requests: &[Request<'_>]) -> Result<()> {
    let clash = |one: &RunName, other: &RunName| {
        Err(Error::new(format!("cannot add both {other} and {one}"))
            .because("the names are equal, nearly equal, or one lies inside the other")
            .hint("add them one by one with `--as NAME`"))
    };
    let mut names = HashMap::with_capacity(requests.len());
    for request in requests {
        if let Some(other) = names.insert(collision_key(request.name.as_str()), &request.name) {
            return clash(&request.name, other);
        }
    }
    for request in requests {
        let key = collision_key(request.name.as_str());
        let above = key.match_indices('/').find_map(|(at, _)| names.get(&key[..at]));
        above.map_or(Ok(()), |other| clash(&request.name, other))?;
    }
    Ok(())
}

/// Reads, judges and stores one package.
fn store(
    base: &Base,
    pack: &mut PackWriter<'_>,
    request: &mut Request<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Stored> {
    let mut sink = PackSink { pack, files: Vec::new(), progress };
    let (mut added, empty) = certify(base, request, &mut sink)?;
    let mut files = sink.files;
    if added.outcome == Outcome::WouldAdd {
        added.outcome = Outcome::Added;
    }
    let empty = layout::empty_directories_text(&empty);
    let beside = [
        (CERTIFICATE, Some(added.certificate.as_slice())),
        (SUMMARY, Some(added.summary.as_bytes())),
        (EMPTY_DIRECTORIES, empty.as_deref().map(str::as_bytes)),
    ];
    for (name, bytes) in beside {
        if let Some(bytes) = bytes {
            files.push((name.to_owned(), pack.add(Kind::Blob, bytes)?));
        }
    }
    Ok(Stored { added, files, empty_directories: empty.map(|text| token(text.as_bytes())) })
}

/// Reads and judges one package; gives its empty directories as well.
pub(super) fn certify(base: &Base, request: &mut Request<'_>, sink: &mut dyn Sink) -> Result<(Added, Vec<String>)> {
    let policy = &base.config.policy;
    let assessed = assess_any(&mut *request.source, sink, policy.limits(), policy.options(), policy.terms())?;
    let refusals = policy.refusals(&Standing::of(&assessed));
    let certificate = assessed.certificate().to_bytes()?;
    let added = Added {
        name: request.name.clone(),
        outcome: if refusals.is_empty() { Outcome::WouldAdd } else { Outcome::Refused(refusals) },
        verdict: assessed.judgement().verdict,
        package_digest: assessed.dir_hash().to_string(),
        summary: summary::render(&certificate)?,
        certificate,
    };
    let empty = assessed.package().map(|package| package.empty_directories.clone());
    Ok((added, empty.unwrap_or_default()))
}

/// A name that is taken is fine for the same bytes, and for nothing else.
pub(super) fn settle_name(repo: &Repo, base: &Base, mut run: Stored) -> Result<Stored> {
    let name = &run.added.name;
    let Some(folder) = base.run(repo, name)? else { return Ok(run) };
    let mut there = Vec::new();
    super::read::walk_files(repo, folder, "", &mut |path, id| there.push((path.to_owned(), id)))?;
    there.retain(|(path, _)| is_content(path));
    let mut ours: Vec<_> = run.files.iter().filter(|(path, _)| is_content(path)).cloned().collect();
    ours.sort_unstable();
    there.sort_unstable();
    if ours == there {
        run.added.outcome = Outcome::Present;
        return Ok(run);
    }
    let differs =
        ours.iter().find(|file| !there.contains(file)).or_else(|| there.iter().find(|file| !ours.contains(file)));
    let differs = differs.map_or_else(String::new, |(path, _)| format!("; {path} differs"));
    Err(taken(name, &differs))
}

fn taken(name: &RunName, differs: &str) -> Error {
    Error::new(format!("cannot add {name}"))
        .because(format!("the archive holds a run of this name with other content{differs}"))
        .hint("an archived run never changes; choose another name with `--as NAME`")
}

/// The commit's message: a line for people, a paragraph of trailers a run.
pub(super) fn message(runs: &[&Stored], own: Option<&str>) -> String {
    let subject = match (own, runs) {
        (Some(own), _) if !own.trim().is_empty() => own.trim().to_owned(),
        (_, [run]) => format!("archive: add {} ({})", run.added.name, run.added.verdict.word()),
        (_, runs) => format!("archive: add {} runs", runs.len()),
    };
    let mut sorted: Vec<&&Stored> = runs.iter().collect();
    sorted.sort_unstable_by(|a, b| a.added.name.cmp(&b.added.name));
    let trailers = sorted.into_iter().map(|run| {
        let added = &run.added;
        format!(
            "Batool-Run: {}\nBatool-Verdict: {}\nBatool-Package-Digest: dirHash:{}\nBatool-Certificate-Digest: {}\n",
            added.name,
            added.verdict.word(),
            added.package_digest,
            token(&added.certificate),
        )
    });
    format!("{subject}\n\n{}", trailers.collect::<String>())
}

/// Stores a package's files as blobs.
struct PackSink<'s, 'r> {
    pack: &'s mut PackWriter<'r>,
    files: Vec<(String, Id)>,
    progress: &'s mut dyn FnMut(u64),
}

impl Sink for PackSink<'_, '_> {
    fn file(&mut self, path: &str, size: u64, read: &mut dyn FnMut(&mut TakePiece<'_>) -> Result<bool>) -> Result<()> {
        use std::io::Write as _;
        let mut blob = self.pack.blob(size)?;
        let complete = read(&mut |piece| {
            (self.progress)(piece.len() as u64);
            blob.write_all(piece).doing(|| format!("cannot store {path}"))
        })?;
        if complete {
            let id = blob.finish()?;
            self.files.push((format!("{PACKAGE}/{path}"), id));
        }
        Ok(())
    }
}

/// Keeps nothing, and counts.
struct Counting<'p>(&'p mut dyn FnMut(u64));

impl Sink for Counting<'_> {
    fn file(&mut self, _: &str, _: u64, read: &mut dyn FnMut(&mut TakePiece<'_>) -> Result<bool>) -> Result<()> {
        read(&mut |piece| {
            (self.0)(piece.len() as u64);
            Ok(())
        })
        .map(drop)
    }
}
