//! Baselines: their form, their leaves, the runs that they name, and their tags.

use std::collections::BTreeMap;

use super::Check;
use crate::archive::arrival::BaselineEntry;
use crate::archive::baseline::{Baseline, BaselineRun, MAX_BASELINE};
use crate::archive::codes::{
    BASELINE_CODE, BASELINE_TAG, BASELINE_TAG_MISSING, INCOMPLETE, LEAF_MISMATCH, RUN_WITHOUT_LEAF,
};
use crate::archive::guard::Update;
use crate::archive::layout::{
    ATTRIBUTES, BASELINE_TAGS, BASELINES, BaselineName, CERTIFICATE, RunName, certificate_number,
};
use crate::archive::leaf::Leaf;
use crate::archive::read::MAX_CERTIFICATE;
use crate::archive::{Archive, token};
use crate::error::Result;
use crate::finding::{Place, printable};
use crate::git::{Id, Kind, Mode};

impl Check<'_> {
    /// Everything below `baselines/`.
    pub(super) fn baselines(&mut self) -> Result<()> {
        let repo = self.archive.repo();
        let folder = repo.entry_at(self.base.tree, BASELINES.as_bytes())?;
        if folder.as_ref().is_some_and(|folder| folder.mode != Mode::Tree) {
            self.say(BASELINE_CODE, Place::file(BASELINES), || "is no folder".into());
        }
        let baselines = self.archive.baselines(&self.base)?;
        let folder = folder.filter(|folder| folder.mode == Mode::Tree).map(|folder| repo.read_tree(folder.id));
        for entry in folder.transpose()?.unwrap_or_default() {
            let path = format!("{BASELINES}/{}", entry.name_lossy());
            let is_attributes = entry.name == ATTRIBUTES.as_bytes();
            if !is_attributes && !baselines.iter().any(|baseline| baseline.name.file() == path) {
                self.say(BASELINE_CODE, Place::file(path), || "is no baseline".into());
            }
        }
        self.loose_tags(&baselines)?;
        if baselines.is_empty() {
            return Ok(());
        }
        let looked_for = self.archive.commits_of_baselines(self.base.commit);
        let commits = self.unless_damaged(BASELINES, looked_for)?.unwrap_or_default();
        for baseline in &baselines {
            let checked = self.baseline(baseline);
            self.unless_damaged(&baseline.name.file(), checked)?;
            let checked = self.tag_of(&baseline.name, commits.get(&baseline.name).copied());
            self.unless_damaged(&baseline.name.file(), checked)?;
        }
        Ok(())
    }

    /// One baseline, its tag aside.
    pub(super) fn baseline(&mut self, entry: &BaselineEntry) -> Result<()> {
        let path = entry.name.file();
        let place = || Place::file(path.as_str());
        let bytes = self.archive.repo().read_blob(entry.id, MAX_BASELINE)?;
        match self.leaves.at(&path).map(|leaf| leaf.token().to_owned()) {
            Some(said) if said != token(&bytes) => self
                .say(LEAF_MISMATCH, place(), || format!("is {}, and its leaf in the log says {said}", token(&bytes))),
            None if self.leaves.is_read => {
                self.say(RUN_WITHOUT_LEAF, place(), || "has no leaf in the log".into());
            }
            _ => {}
        }
        let baseline = match Baseline::parse(&bytes) {
            Ok(baseline) => baseline,
            Err(error) => {
                self.say(BASELINE_CODE, place(), || super::damage(&error));
                return Ok(());
            }
        };
        for (n, run) in baseline.runs.iter().enumerate() {
            if let Some(why) = self.why_not_there(run)? {
                self.say(BASELINE_CODE, place().with(format!("/runs/{n}")), || why);
            }
        }
        Ok(())
    }

    /// Why a run of a baseline is not in the archive as the baseline says; nothing if it is.
    fn why_not_there(&self, run: &BaselineRun) -> Result<Option<String>> {
        let repo = self.archive.repo();
        let name = &run.name;
        let found = RunName::parse(name).ok().map(|name| self.base.run(repo, &name)).transpose()?.flatten();
        let Some(tree) = found else { return Ok(Some(format!("names the run {name}, which is not there"))) };
        let mut is_certified = false;
        for entry in repo.read_tree(tree)? {
            let file = entry.name_lossy();
            let is_certificate = file == CERTIFICATE || certificate_number(&file).is_some();
            if is_certificate && entry.mode == Mode::Blob && !is_certified {
                is_certified = token(&repo.read_blob(entry.id, MAX_CERTIFICATE)?) == run.certificate;
            }
        }
        let leaf = RunName::parse(name).ok().and_then(|name| self.leaf_of(&name));
        let package = leaf.map(|leaf| match leaf {
            Leaf::Run { package, .. } => package.as_str(),
            _ => "",
        });
        Ok(match package {
            _ if !is_certified => {
                Some(format!("says that {name} has the certificate {}, and none there is that", run.certificate))
            }
            Some(package) if package != run.package => {
                Some(format!("says that the package of {name} is {}, and it is {package}", run.package))
            }
            _ => None,
        })
    }

    /// Tags without a baseline. A remote that was fetched may have more baselines than are here.
    fn loose_tags(&mut self, baselines: &[BaselineEntry]) -> Result<()> {
        let repo = self.archive.repo();
        let mut tips = vec![self.base.commit];
        for remote in repo.remotes() {
            tips.extend(repo.read_ref(&self.archive.tracking(&remote))?);
        }
        for (name, id) in repo.refs_below(BASELINE_TAGS)? {
            if baselines.iter().any(|baseline| baseline.name.tag() == name) {
                continue;
            }
            let why = || -> Result<Option<String>> {
                let tag = Update { name: name.clone(), old: id, new: id };
                for tip in tips.iter().skip(1) {
                    if self.archive.why_no_tag(&tag, Some(*tip))?.is_none() {
                        return Ok(None);
                    }
                }
                let why = self.archive.why_no_tag(&tag, Some(self.base.commit))?;
                Ok(Some(why.unwrap_or_else(|| "its baseline is not there any more".to_owned())))
            };
            if let Some(why) = self.unless_damaged(&name, why())?.flatten() {
                self.say(BASELINE_TAG, Place::file(name), || format!("is the tag of no baseline here: {why}"));
            }
        }
        Ok(())
    }

    /// The tag must be an annotated one, of the commit that brought the baseline.
    fn tag_of(&mut self, name: &BaselineName, commit: Option<Id>) -> Result<()> {
        let place = || Place::file(name.file());
        let Some(id) = self.archive.repo().read_ref(&name.tag())? else {
            let of = commit.map_or_else(String::new, |commit| format!(" of commit {commit}"));
            self.say(BASELINE_TAG_MISSING, place(), || format!("has no tag {}{of} here", name.tag()));
            return Ok(());
        };
        let named = self.archive.commit_of_tag(&name.tag(), id)?;
        match (named, commit) {
            (Err(why), _) => self.say(BASELINE_TAG, place(), || format!("its tag {why}")),
            (Ok(_), None) => {
                self.say(INCOMPLETE, place(), || "was made in a commit that lies beyond the cut of this clone".into());
            }
            (Ok(named), Some(commit)) if named != commit => {
                self.say(BASELINE_TAG, place(), || format!("its tag names commit {named}, and {commit} brought it"))
            }
            _ => {}
        }
        Ok(())
    }
}

impl Archive {
    /// The commit that the tag of a baseline names, or why it is no such tag. A tag says itself which name it was made
    /// under.
    pub(in crate::archive) fn commit_of_tag(&self, name: &str, id: Id) -> Result<Result<Id, String>> {
        let short = name.strip_prefix("refs/tags/").unwrap_or(name);
        Ok(match self.repo().read_tag(id)? {
            None => Err("is not annotated".to_owned()),
            Some(tag) if tag.target_kind != Kind::Commit => Err(format!("names a {}", tag.target_kind.name())),
            Some(tag) if tag.name != short.as_bytes() => {
                Err(format!("was made as {}", printable(&String::from_utf8_lossy(&tag.name), 100)))
            }
            Some(tag) => Ok(tag.target),
        })
    }

    /// Which commit brought each baseline of a state; those beyond the cut of a shallow clone are left out.
    pub(in crate::archive) fn commits_of_baselines(&self, from: Id) -> Result<BTreeMap<BaselineName, Id>> {
        let repo = self.repo();
        let names = |tree: Option<Id>| -> Result<Vec<BaselineName>> {
            let entries = tree.map(|tree| repo.read_tree(tree)).transpose()?.unwrap_or_default();
            let name = |file: &str| BaselineName::parse(file.strip_suffix(".json")?).ok();
            Ok(entries.iter().filter_map(|entry| name(&entry.name_lossy())).collect())
        };
        let mut commits = BTreeMap::new();
        // The commit after the one that we are at, with the baselines that it has.
        let mut after: Option<(Id, Option<Id>)> = None;
        let mut is_whole = false;
        self.history(from, &mut |id, commit| {
            let folder = repo.entry_at(commit.tree, BASELINES.as_bytes())?.filter(|entry| entry.mode == Mode::Tree);
            let here = folder.map(|folder| folder.id);
            if let Some((newer, there)) = after.filter(|(_, there)| *there != here) {
                let before = names(here)?;
                for name in names(there)?.into_iter().filter(|name| !before.contains(name)) {
                    // What was there twice was brought by the first.
                    commits.insert(name, newer);
                }
            }
            after = Some((id, here));
            is_whole = commit.parents.is_empty();
            Ok(true)
        })?;
        if let Some((first, here)) = after.filter(|_| is_whole) {
            commits.extend(names(here)?.into_iter().map(|name| (name, first)));
        }
        Ok(commits)
    }
}
