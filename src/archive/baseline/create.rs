//! Making a baseline: one commit, and the tag that names it.

use super::{Baseline, BaselineRun};
use crate::archive::delivery::{Delivery, Folder};
use crate::archive::layout::BaselineName;
use crate::archive::leaf::Leaf;
use crate::archive::{Archive, Base, RunEntry, token};
use crate::drift::Policy;
use crate::error::{Error, Result};
use crate::git::{Id, Kind, PackWriter, Repo};
use crate::judge::Verdict;

/// A baseline whose file is in an unfinished pack.
struct Made {
    name: BaselineName,
    blob: Id,
    token: String,
    runs: usize,
}

impl Archive {
    /// Makes a baseline of archived runs: one commit and the annotated tag `baseline/NAME`. None: it was there already,
    /// byte for byte.
    ///
    /// # Errors
    /// When a run is not there, or its newest certificate says REJECT; when the name is taken; as [`Archive::add`].
    pub fn create_baseline(&self, name: BaselineName, runs: &[String], drift: Policy) -> Result<Option<Id>> {
        let repo = self.repo();
        let base = self.tip()?;
        let doing = |why: String| Error::new(format!("cannot make the baseline {name}")).because(why);
        let mut named = Vec::with_capacity(runs.len());
        for run in runs {
            let run = self.run(&base, run)?;
            if named.iter().any(|other: &BaselineRun| other.name == run.name.as_str()) {
                return Err(doing(format!("the run {} is named twice", run.name)).hint("name each run once"));
            }
            named.push(self.run_of_baseline(&base, &run)?);
        }
        let bytes = Baseline::new(drift, named).to_bytes()?;
        if let Some(entry) = repo.entry_at(base.tree, name.file().as_bytes())? {
            if repo.object_format().id_of(Kind::Blob, &bytes)? == entry.id {
                return Ok(None);
            }
            return Err(taken(&name, "there is one of this name, and a baseline never changes"));
        }
        let who = repo.identity()?;
        let mut pack = PackWriter::new(repo);
        let blob = pack.add(Kind::Blob, &bytes)?;
        let made = Made { name, blob, token: token(&bytes), runs: runs.len() };
        made.settle(repo, &base)?;
        self.commit(base, pack, &made, &who).map(Some)
    }

    /// A run as a baseline names it.
    pub(in crate::archive) fn run_of_baseline(&self, base: &Base, run: &RunEntry) -> Result<BaselineRun> {
        let (file, certificate) = self.newest_certificate(run)?;
        let parsed: serde_json::Value = serde_json::from_slice(&certificate).unwrap_or_default();
        if parsed["predicate"]["verdict"] == Verdict::Reject.word() {
            return Err(Error::new(format!("cannot make a baseline of {}", run.name))
                .because(format!("its {file} says REJECT"))
                .hint(format!("see `batool verify run:{}`", run.name)));
        }
        let package = self.package_digest(base, run)?;
        Ok(BaselineRun { certificate: token(&certificate), name: run.name.to_string(), package })
    }

    /// `dirHash:` and the digest of a run's stored package, read again.
    fn package_digest(&self, base: &Base, run: &RunEntry) -> Result<String> {
        let limits = base.config.policy.limits();
        let package = crate::package::read(&mut self.package(run, limits)?, &mut (), limits)?;
        Ok(format!("dirHash:{}", package.dir_hash()))
    }
}

impl Delivery for Made {
    fn settle(&self, repo: &Repo, base: &Base) -> Result<()> {
        if repo.entry_at(base.tree, self.name.file().as_bytes())?.is_some() {
            return Err(taken(&self.name, "one of this name was made in the meantime"));
        }
        match repo.read_ref(&self.name.tag())? {
            Some(_) => Err(taken(&self.name, &format!("there is a tag {} already", self.name.tag()))),
            None => Ok(()),
        }
    }

    fn folders(&self) -> Vec<Folder> {
        vec![(self.name.file(), vec![(String::new(), self.blob)])]
    }

    fn leaves(&self, policy: &str) -> Vec<Leaf> {
        let (name, baseline) = (self.name.to_string(), self.token.clone());
        vec![Leaf::Baseline { name, baseline, policy: policy.to_owned() }]
    }

    fn message(&self) -> String {
        let runs = if self.runs == 1 { "1 run".to_owned() } else { format!("{} runs", self.runs) };
        format!("baseline: {} ({runs})\n", self.name)
    }

    fn baseline(&self) -> Option<&BaselineName> {
        Some(&self.name)
    }
}

fn taken(name: &BaselineName, why: &str) -> Error {
    Error::new(format!("cannot make the baseline {name}"))
        .because(why.to_owned())
        .hint("choose another name; `batool baseline list` shows all baselines")
}
