//! What a pending commit brings beside runs, made anew on top of what others published: baselines, and further
//! certificates of runs.

use super::replay::Replay;
use crate::archive::add::{Adding, Stored};
use crate::archive::arrival::{BaselineEntry, FurtherEntry};
use crate::archive::baseline::{Baseline, BaselineRun, MAX_BASELINE};
use crate::archive::changes::Changes;
use crate::archive::delivery::{Delivery, Folder};
use crate::archive::layout::{BaselineName, ENVELOPE, RunName};
use crate::archive::leaf::Leaf;
use crate::archive::read::RunEntry;
use crate::archive::{Base, token};
use crate::error::{Error, Result};
use crate::git::{Id, Kind, PackWriter, Repo};

/// A file with a leaf of its own, whose bytes are in an unfinished pack.
pub(super) enum Beside {
    Baseline { name: BaselineName, blob: Id, token: String },
    Further { run: RunName, file: String, blob: Id, token: String, verdict: String },
}

/// All that a commit brings.
pub(super) struct Pile<'r> {
    pub(super) runs: Adding<'r>,
    pub(super) beside: &'r [Beside],
}

impl Delivery for Pile<'_> {
    fn settle(&self, repo: &Repo, base: &Base) -> Result<()> {
        self.runs.settle(repo, base)
    }

    fn folders(&self) -> Vec<Folder> {
        let beside = self.beside.iter().map(|beside| match beside {
            Beside::Baseline { name, blob, .. } => (name.file(), vec![(String::new(), *blob)]),
            Beside::Further { run, file, blob, .. } => (run.inside(file), vec![(String::new(), *blob)]),
        });
        self.runs.folders().into_iter().chain(beside).collect()
    }

    fn leaves(&self, policy: &str) -> Vec<Leaf> {
        let policy = policy.to_owned();
        let beside = self.beside.iter().map(|beside| match beside {
            Beside::Baseline { name, token, .. } => {
                Leaf::Baseline { name: name.to_string(), baseline: token.clone(), policy: policy.clone() }
            }
            Beside::Further { run, file, token, .. } => Leaf::Certificate {
                name: run.to_string(),
                file: file.clone(),
                certificate: token.clone(),
                policy: policy.clone(),
            },
        });
        self.runs.leaves(&policy).into_iter().chain(beside).collect()
    }

    fn message(&self) -> String {
        self.runs.message()
    }
}

impl Replay<'_> {
    /// Baselines and further certificates of a commit, as they are on top of what others published. A certificate by rules
    /// that have one there is left out. `fresh` are the runs that come in the same commit.
    pub(super) fn beside(
        &self,
        id: Id,
        changes: &Changes,
        fresh: &[&Stored],
        pack: &mut PackWriter<'_>,
    ) -> Result<Vec<Beside>> {
        let mut all = Vec::new();
        for entry in &changes.baselines {
            all.push(self.baseline(id, entry, fresh, pack)?);
        }
        for entry in &changes.further {
            // Two of one run come to the same by the rules of today.
            let is_made = |beside: &Beside| matches!(beside, Beside::Further { run, .. } if *run == entry.run.name);
            if !all.iter().any(is_made) {
                all.extend(self.further(id, entry, pack)?);
            }
        }
        Ok(all)
    }

    fn baseline(&self, id: Id, entry: &BaselineEntry, fresh: &[&Stored], pack: &mut PackWriter<'_>) -> Result<Beside> {
        let (archive, name) = (self.archive, &entry.name);
        let repo = archive.repo();
        let cannot = |why: String| Err(self.cannot(id, format!("{} {why}", name.file())));
        if repo.entry_at(self.base.tree, name.file().as_bytes())?.is_some() {
            let file = name.file();
            return Err(self
                .stuck(id, format!("{file} was made here, and in {} of {} too", self.published, self.remote))
                .hint(format!("git tag -d baseline/{name}, git reset --keep {id}~1, and make it under another name")));
        }
        if let Some(tag) = repo.read_ref(&name.tag())?
            && archive.commit_of_tag(&name.tag(), tag)? != Ok(id)
        {
            return cannot(format!("was made in it, and {} names something else", name.tag()));
        }
        let pending = Baseline::parse(&repo.read_blob(entry.id, MAX_BASELINE)?)?;
        let runs = pending.runs.iter().map(|run| self.run_of_baseline(run, fresh)).collect::<Result<Vec<_>>>();
        let runs = match runs {
            Ok(runs) => runs,
            Err(error) => return cannot(format!("cannot be made there: {}", error.doing())),
        };
        let bytes = Baseline::new(pending.drift, runs).to_bytes()?;
        let (name, token) = (name.clone(), token(&bytes));
        Ok(Beside::Baseline { name, blob: pack.add(Kind::Blob, &bytes)?, token })
    }

    /// A run of a baseline as it is there; one that was certified anew has another certificate.
    fn run_of_baseline(&self, run: &BaselineRun, fresh: &[&Stored]) -> Result<BaselineRun> {
        if let Some(stored) = fresh.iter().find(|stored| stored.added.name.as_str() == run.name) {
            let package = format!("dirHash:{}", stored.added.package_digest);
            return Ok(BaselineRun { certificate: token(&stored.added.certificate), name: run.name.clone(), package });
        }
        let there = self.archive.run(&self.base, &run.name)?;
        if self.archive.certificates(&there)?.iter().any(|bytes| token(bytes) == run.certificate) {
            return Ok(run.clone());
        }
        let made = self.archive.run_of_baseline(&self.base, &there)?;
        if made.package != run.package {
            return Err(Error::new(format!(
                "the package of {} is {}, and was {}",
                run.name, made.package, run.package
            )));
        }
        Ok(made)
    }

    fn further(&self, id: Id, entry: &FurtherEntry, pack: &mut PackWriter<'_>) -> Result<Option<Beside>> {
        let (name, repo) = (&entry.run.name, self.archive.repo());
        let cannot = |why: &str| Err(self.cannot(id, format!("{} {why}", name.inside(&entry.file))));
        if entry.file == ENVELOPE {
            return cannot("is signed by somebody, and cannot be made anew");
        }
        let Some(tree) = self.base.run(repo, name)? else { return cannot("is of a run that is not there") };
        let run = RunEntry { name: name.clone(), tree };
        let Some((file, bytes)) = self.archive.certify_again(&self.base, &run)? else { return Ok(None) };
        let parsed: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let verdict = parsed["predicate"]["verdict"].as_str().unwrap_or_default().to_owned();
        let (run, blob, token) = (run.name, pack.add(Kind::Blob, &bytes)?, token(&bytes));
        Ok(Some(Beside::Further { run, file, blob, token, verdict }))
    }
}
