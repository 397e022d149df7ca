//! What changed between two states of an archive, told as an archive sees it: runs, baselines, log, configuration, the
//! rest.

use std::collections::BTreeMap;

use super::arrival::{Arrival, BaselineEntry, FurtherEntry};
use super::base::is_run;
use super::layout::{
    ATTRIBUTES, BASELINES, BaselineName, CONFIG, LOG, RUNS, RunName, certificate_file, certificate_number, is_further,
};
use super::read::RunEntry;
use crate::error::Result;
use crate::git::{Id, Mode, Repo, TreeEntry};

/// Folders of runs may nest as deep as a name has bytes; more is no archive.
const MAX_DEPTH: usize = 100;
/// So many places are looked at. A few small trees that hold each other many times over would take for ever.
const MOST_PLACES: usize = 100_000;

/// Everything that differs.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Runs that were not there.
    pub(super) added: Vec<RunEntry>,
    /// Runs that are other than they were, as they are now.
    pub(super) changed: Vec<RunEntry>,
    /// Certificates that came beside runs that are as they were.
    pub(super) further: Vec<FurtherEntry>,
    /// Baselines that were not there.
    pub(super) baselines: Vec<BaselineEntry>,
    /// What an archive never does to evidence: the path, and what happened to it.
    pub(super) forbidden: Vec<(String, &'static str)>,
    /// Files of the log, each with the blob that it is now; none: it is gone.
    pub(super) log: BTreeMap<String, Option<Id>>,
    /// The configuration.
    pub(super) config: bool,
    /// The attributes file.
    pub(super) attributes: bool,
    /// Top-level names that are no evidence.
    pub(super) foreign: Vec<String>,
    /// How many places were looked at.
    places: usize,
}

impl Changes {
    /// What differs between two trees; without an older one all is new. Equal trees are not looked into.
    pub(super) fn between(repo: &Repo, old: Option<Id>, new: Id) -> Result<Self> {
        let mut changes = Self::default();
        for (name, (old, new)) in differing(repo, old, Some(new))? {
            match name.as_str() {
                RUNS => changes.runs(repo, "", old, new, 0)?,
                LOG => changes.log(repo, LOG, old, new)?,
                CONFIG => changes.config = true,
                ATTRIBUTES => changes.attributes = true,
                BASELINES => changes.baselines(repo, old, new)?,
                _ => changes.foreign.push(name),
            }
        }
        changes.added.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(changes)
    }

    /// True if evidence changed, or what decides about it.
    pub(super) fn is_evidence(&self) -> bool {
        self.config || self.attributes || self.is_evidence_beside_the_configuration()
    }

    /// True if runs, baselines or the log changed.
    pub(super) fn is_evidence_beside_the_configuration(&self) -> bool {
        !(self.arrivals().is_empty() && self.changed.is_empty() && self.forbidden.is_empty() && self.log.is_empty())
    }

    /// Everything that came in and must have a leaf, in the order of leaves.
    pub(super) fn arrivals(&self) -> Vec<Arrival<'_>> {
        let mut arrivals: Vec<Arrival<'_>> = self.baselines.iter().map(Arrival::Baseline).collect();
        arrivals.extend(self.added.iter().map(Arrival::Run));
        arrivals.extend(self.further.iter().map(Arrival::Further));
        arrivals.sort_by_cached_key(Arrival::path);
        arrivals
    }

    /// False once too many places were looked at, which is said once.
    fn goes_on(&mut self, path: &str) -> bool {
        self.places += 1;
        if self.places == MOST_PLACES {
            self.forbid(path.to_owned(), "is where a commit changes more than any archive's does");
        }
        self.places < MOST_PLACES
    }

    fn forbid(&mut self, path: String, what: &'static str) {
        self.forbidden.push((path, what));
    }

    /// What changed below `runs/`, where `above` is the folder that we are in.
    fn runs(
        &mut self,
        repo: &Repo,
        above: &str,
        old: Option<TreeEntry>,
        new: Option<TreeEntry>,
        depth: usize,
    ) -> Result<()> {
        let path = if above.is_empty() { RUNS.to_owned() } else { format!("{RUNS}/{above}") };
        if !self.goes_on(&path) {
            return Ok(());
        }
        let as_tree = |entry: &Option<TreeEntry>| entry.as_ref().filter(|entry| entry.mode == Mode::Tree).cloned();
        let (old_tree, new_tree) = (as_tree(&old), as_tree(&new));
        if (new.is_some() && new_tree.is_none()) || depth > MAX_DEPTH {
            self.forbid(path, "stands outside any run");
            return Ok(());
        }
        let is_a_run = |tree: &Option<TreeEntry>| -> Result<bool> {
            Ok(depth > 0
                && tree.as_ref().map(|tree| repo.read_tree(tree.id)).transpose()?.is_some_and(|it| is_run(&it)))
        };
        match (is_a_run(&old_tree)?, is_a_run(&new_tree)?, new_tree) {
            (true, _, None) => self.forbid(path, "was removed"),
            (true, _, Some(new)) => {
                let further = further(repo, old_tree.as_ref().map(|old| old.id), new.id)?;
                if let (Some(further), Ok(name)) = (further, RunName::parse(above)) {
                    let run = RunEntry { name, tree: new.id };
                    let entry = |(file, id)| FurtherEntry { run: run.clone(), file, id };
                    self.further.extend(further.into_iter().map(entry));
                    return Ok(());
                }
                let file = first_difference(repo, &path, old_tree.map(|old| old.id), new.id)?;
                self.forbid(file, "was changed");
                if let Ok(name) = RunName::parse(above) {
                    self.changed.push(RunEntry { name, tree: new.id });
                }
            }
            (false, true, Some(new)) => match RunName::parse(above) {
                Ok(name) if old.is_none() => {
                    if repo.read_tree(new.id)?.iter().any(|entry| is_further(&entry.name_lossy())) {
                        self.forbid(path, "came with more than its first certificate");
                    }
                    self.added.push(RunEntry { name, tree: new.id });
                }
                Ok(_) => self.forbid(path, "became a run, and was something else"),
                Err(_) => self.forbid(path, "has a name that no run may have"),
            },
            (false, _, new) => {
                for (name, (old, new)) in differing(repo, old_tree.map(|old| old.id), new.map(|new| new.id))? {
                    let below = if above.is_empty() { name } else { format!("{above}/{name}") };
                    self.runs(repo, &below, old, new, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    /// What changed below `baselines/`, which holds files only.
    fn baselines(&mut self, repo: &Repo, old: Option<TreeEntry>, new: Option<TreeEntry>) -> Result<()> {
        if [&old, &new].into_iter().flatten().any(|entry| entry.mode != Mode::Tree) {
            self.forbid(BASELINES.to_owned(), "is no folder");
            return Ok(());
        }
        for (name, pair) in differing(repo, old.map(|old| old.id), new.map(|new| new.id))? {
            let path = format!("{BASELINES}/{name}");
            if !self.goes_on(&path) {
                break;
            }
            let parsed = name.strip_suffix(".json").and_then(|name| BaselineName::parse(name).ok());
            match (pair, parsed) {
                ((None, Some(new)), Some(name)) if new.mode == Mode::Blob => {
                    self.baselines.push(BaselineEntry { name, id: new.id });
                }
                ((None, _), _) => self.forbid(path, "is no baseline"),
                ((Some(_), None), _) => self.forbid(path, "was removed"),
                ((Some(_), Some(_)), _) => self.forbid(path, "was changed"),
            }
        }
        Ok(())
    }

    fn log(&mut self, repo: &Repo, path: &str, old: Option<TreeEntry>, new: Option<TreeEntry>) -> Result<()> {
        if !self.goes_on(path) {
            return Ok(());
        }
        let is_tree = |entry: &Option<TreeEntry>| entry.as_ref().is_some_and(|entry| entry.mode == Mode::Tree);
        if new.as_ref().is_some_and(|new| !matches!(new.mode, Mode::Tree | Mode::Blob)) {
            self.forbid(path.to_owned(), "is no plain file");
        }
        for file in [&old, &new].into_iter().flatten().filter(|entry| entry.mode != Mode::Tree) {
            let is_now = new.as_ref().is_some_and(|new| new == file);
            self.log.insert(path.to_owned(), is_now.then_some(file.id));
        }
        let below = |entry: &Option<TreeEntry>| entry.as_ref().filter(|_| is_tree(entry)).map(|entry| entry.id);
        if path.matches('/').count() > 8 {
            self.forbid(path.to_owned(), "is deeper than any log");
            return Ok(());
        }
        for (name, (old, new)) in differing(repo, below(&old), below(&new))? {
            self.log(repo, &format!("{path}/{name}"), old, new)?;
        }
        Ok(())
    }
}

/// The certificates that a run has now and had not before, if nothing else is other than it was and they are numbered
/// one after the other.
fn further(repo: &Repo, old: Option<Id>, new: Id) -> Result<Option<Vec<(String, Id)>>> {
    let mut came = Vec::new();
    for (name, pair) in differing(repo, old, Some(new))? {
        match pair {
            (None, Some(entry)) if entry.mode == Mode::Blob && is_further(&name) => came.push((name, entry.id)),
            _ => return Ok(None),
        }
    }
    let there = repo.read_tree(new)?;
    let numbers = there.iter().filter(|entry| certificate_number(&entry.name_lossy()).is_some()).count();
    let is_there = |file: String| there.iter().any(|entry| entry.name == file.as_bytes());
    let is_in_order = (0..numbers).all(|n| u32::try_from(n + 2).is_ok_and(|n| is_there(certificate_file(n))));
    Ok(is_in_order.then_some(came))
}

/// What stood under a name, and what stands there now.
type Pair = (Option<TreeEntry>, Option<TreeEntry>);

/// Entries of two trees that are not the same, by name.
fn differing(repo: &Repo, old: Option<Id>, new: Option<Id>) -> Result<Vec<(String, Pair)>> {
    let read = |tree: Option<Id>| tree.map_or_else(|| Ok(Vec::new()), |tree| repo.read_tree(tree));
    let mut pairs: BTreeMap<Vec<u8>, Pair> = BTreeMap::new();
    if old != new {
        let (mut old, mut new) = (read(old)?, read(new)?);
        // Most of a large folder is the same before and after the place where something came in.
        let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        old.drain(..same);
        new.drain(..same);
        while !old.is_empty() && old.last() == new.last() {
            old.pop();
            new.pop();
        }
        for entry in old {
            let name = entry.name.clone();
            pairs.entry(name).or_default().0 = Some(entry);
        }
        for entry in new {
            let name = entry.name.clone();
            pairs.entry(name).or_default().1 = Some(entry);
        }
    }
    let pairs = pairs.into_iter().filter(|(_, (old, new))| old != new);
    Ok(pairs.map(|(name, pair)| (String::from_utf8_lossy(&name).into_owned(), pair)).collect())
}

/// A file that differs: its path, what it was, what it is.
pub(super) type Differing = (String, Option<TreeEntry>, Option<TreeEntry>);

/// All files that differ between two trees, whatever they are.
pub(super) fn files_between(repo: &Repo, old: Option<Id>, new: Option<Id>) -> Result<Vec<Differing>> {
    let mut files = Vec::new();
    let mut open = vec![(String::new(), old, new)];
    while let Some((above, old, new)) = open.pop() {
        for (name, (was, is)) in differing(repo, old, new)? {
            let path = format!("{above}{name}");
            let (old_tree, was): (Option<_>, Option<_>) = split(was);
            let (new_tree, is) = split(is);
            if old_tree.is_some() || new_tree.is_some() {
                open.push((format!("{path}/"), old_tree, new_tree));
            }
            if was.is_some() || is.is_some() {
                files.push((path, was, is));
            }
        }
    }
    Ok(files)
}

/// An entry as a tree, or as anything else.
fn split(entry: Option<TreeEntry>) -> (Option<Id>, Option<TreeEntry>) {
    match entry {
        Some(entry) if entry.mode == Mode::Tree => (Some(entry.id), None),
        other => (None, other),
    }
}

/// The first file that differs between two trees.
fn first_difference(repo: &Repo, above: &str, old: Option<Id>, new: Id) -> Result<String> {
    let (mut path, mut old, mut new) = (above.to_owned(), old, Some(new));
    for _ in 0..MAX_DEPTH {
        let Some((name, (was, is))) = differing(repo, old, new)?.into_iter().next() else { break };
        path = format!("{path}/{name}");
        let below =
            |entry: &Option<TreeEntry>| entry.as_ref().filter(|entry| entry.mode == Mode::Tree).map(|entry| entry.id);
        (old, new) = (below(&was), below(&is));
        if old.is_none() || new.is_none() {
            break;
        }
    }
    Ok(path)
}
