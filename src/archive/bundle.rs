//! An archive in one file, for where no network leads.

use std::path::Path;

use super::layout::CONFIG;
use super::policy::Config;
use super::{AddOptions, Archive, Base, Request, RunEntry, random_origin, tlog};
use crate::error::{Doing as _, Error, Result};
use crate::git::Repo;

/// Largest configuration that is read.
const MAX_CONFIG: u64 = 1 << 20;

impl Archive {
    /// Writes branch and baseline tags, with all that they reach, into a git bundle at `to`, in place of what is there.
    ///
    /// # Errors
    /// When git cannot.
    pub fn bundle(&self, to: &Path) -> Result<()> {
        let tags = self.repo.refs_below("refs/tags/baseline/")?;
        let references: Vec<String> =
            std::iter::once(self.branch.clone()).chain(tags.into_iter().map(|(name, _)| name)).collect();
        self.repo.bundle(&references, to)
    }

    /// Opens the archive in a bundle, by making a bare one at `into`.
    ///
    /// # Errors
    /// When the bundle is none, not complete, or holds no archive.
    pub fn unbundle(file: &Path, into: &Path) -> Result<Self> {
        let doing = || format!("cannot open the bundle {}", file.display());
        Repo::unbundle(file, into).doing(doing)?;
        Self::open(into).map_err(|error| {
            // Where it was unpacked is nothing to whoever named the file.
            Error::new(doing())
                .because(format!("it holds no archive: {}", error.causes().join(": ")))
                .hint("make one with `batool archive bundle`")
        })
    }

    /// Makes a new bare archive with the policy of a state of this one and some of its runs; it has a log of its own.
    ///
    /// # Errors
    /// When a run is not what the policy accepts (any more), or bytes cannot be read or written.
    pub fn with_runs(&self, base: &Base, runs: &[RunEntry], at: &Path) -> Result<Self> {
        let doing = || "cannot make an archive of the chosen runs".to_owned();
        let new = self.like(base, at).doing(doing)?;
        let limits = base.config.policy.limits();
        let requests = runs
            .iter()
            .map(|run| Ok(Request { name: run.name.clone(), source: Box::new(self.given(run, limits)?) }))
            .collect::<Result<Vec<_>>>()?;
        let addition = new.add(requests, &AddOptions::default(), &mut |_| {}).doing(doing)?;
        match addition.runs.iter().find(|run| !matches!(run.outcome, super::Outcome::Added)) {
            Some(run) => Err(Error::new(doing())
                .because(format!("the archive's own policy does not accept {} today", run.name))
                .hint("`batool archive verify` tells more")),
            None => Ok(new),
        }
    }

    /// A new bare archive without runs, of the same branch, policy and committer.
    fn like(&self, base: &Base, at: &Path) -> Result<Self> {
        let Config { archive: own, policy, .. } = &base.config;
        if policy.verifier().is_some() {
            return Err(Error::new("cannot make another archive under this policy")
                .because("it asks for signatures by a key that names this archive")
                .hint("leave the runs out: a bundle of the whole archive keeps its log and its signatures; `batool export` gives single packages"));
        }
        let repo = Repo::init(at, true, self.repo.object_format(), &own.branch)?;
        let known: Vec<(&str, String)> = [("batool.branch", Some(own.branch.clone()))]
            .into_iter()
            .chain(["user.name", "user.email"].map(|key| (key, self.repo.config(key))))
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        let settings: Vec<(&str, &str)> = known.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let repo = repo.configure(&settings)?;
        let entry = self.repo.entry_at(base.tree, CONFIG.as_bytes())?;
        let entry = entry.ok_or_else(|| Error::new(format!("{CONFIG} is not there")))?;
        let text = String::from_utf8_lossy(&self.repo.read_blob(entry.id, MAX_CONFIG)?).into_owned();
        let origin = random_origin()?;
        let text = text.replace(&own.origin, &origin);
        let is_like = Config::parse(text.as_bytes()).is_ok_and(|new| {
            new.archive.origin == origin && new.archive.branch == own.branch && new.policy == base.config.policy
        });
        if !is_like {
            return Err(Error::new(format!("cannot give {CONFIG} another origin")));
        }
        let who = repo.identity()?;
        let archive = Self::new(repo, self.branch.clone());
        archive.first_commit(&text, &tlog::first_checkpoint(&origin), &who)?;
        Ok(archive)
    }
}
