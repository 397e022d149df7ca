//! Verifying an archive: every stored byte of the tip is read, every certificate derived again and compared.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;

use serde_json::Value;

use super::codes::{
    ATTRIBUTES_CODE, EMPTY, FOREIGN, INCOMPLETE, LAYOUT, MISMATCH, NOT_ACCEPTED, OBJECT, RULES_UNKNOWN,
    SUMMARY_MISMATCH,
};
use super::layout::{ATTRIBUTES, ATTRIBUTES_TEXT, CERTIFICATE, EMPTY_DIRECTORIES, EVIDENCE, PACKAGE, SUMMARY};
use super::policy::{Config, Policy};
use super::read::{MAX_CERTIFICATE, RunEntry, walk_files};
use super::{Archive, Base, layout};
use crate::assess::{Assessed, assess_any};
use crate::error::{Error, Result};
use crate::finding::{Finding, Place, Tally, Weight};
use crate::git::{Id, Mode};
use crate::judge::Verdict;
use crate::path::check_path;
use crate::summary;

/// What verifying an archive came to.
#[derive(Debug, Clone)]
pub struct ArchiveReport {
    /// The commit that was verified.
    pub commit: Id,
    /// The worst that was found.
    pub verdict: Verdict,
    /// What was found, by code; places are paths in the archive.
    pub findings: Vec<Finding>,
    /// Every run that was looked at.
    pub runs: Vec<RunReport>,
    /// How many runs there are in all.
    pub all: usize,
}

/// What came of one run.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Its name.
    pub name: String,
    /// The verdict in its certificate; empty if that cannot be read.
    pub certified: String,
    /// The verdict today, if the package could be read.
    pub verdict: Option<Verdict>,
    /// The package's `dirHash`, if it could be read.
    pub package_digest: Option<String>,
    /// Nothing was found about it.
    pub clean: bool,
}

struct Check<'a> {
    archive: &'a Archive,
    base: Base,
    eras: Vec<Era>,
    tallies: BTreeMap<&'static str, Tally>,
    policies: HashMap<Id, Policy>,
}

/// A stretch of history under one configuration, newest first.
struct Era {
    config: Id,
    /// The tree of the commit that brought it; runs in it are older. None: the era has no runs before it.
    start: Option<Id>,
    /// History ends here although runs of `start` are older.
    is_cut: bool,
}

impl Archive {
    /// Reads every stored byte of the tip (of the runs named, or of all) and derives every certificate again.
    ///
    /// `progress` is told of every run that is done.
    ///
    /// # Errors
    /// When a run that is named is not there, or the disk refuses. What is wrong with the archive is in the report.
    pub fn verify(&self, names: &[String], progress: &mut dyn FnMut(usize, usize)) -> Result<ArchiveReport> {
        let base = self.tip()?;
        let eras = self.eras(&base)?;
        let mut check = Check { archive: self, base, eras, tallies: BTreeMap::new(), policies: HashMap::new() };
        check.root()?;
        let all = check.runs()?;
        let chosen: Vec<RunEntry> = if names.is_empty() {
            all.clone()
        } else {
            names.iter().map(|name| self.run(&check.base, name)).collect::<Result<_>>()?
        };
        let mut runs = Vec::with_capacity(chosen.len());
        for (n, run) in chosen.iter().enumerate() {
            runs.push(check.run(run)?);
            progress(n + 1, chosen.len());
        }
        let findings: Vec<Finding> = check
            .tallies
            .into_iter()
            .map(|(code, tally)| Finding {
                code: code.to_owned(),
                weight: Weight::of_code(code),
                tally,
                consequences: Default::default(),
            })
            .collect();
        let verdict = match findings.iter().map(|finding| finding.weight).max() {
            Some(Weight::Violation) => Verdict::Reject,
            Some(Weight::Gap) => Verdict::Undecidable,
            _ => Verdict::Verified,
        };
        Ok(ArchiveReport { commit: check.base.commit, verdict, findings, runs, all: all.len() })
    }

    /// Which configuration held when. One look at each commit's root tree.
    fn eras(&self, base: &Base) -> Result<Vec<Era>> {
        let mut eras: Vec<Era> = vec![Era { config: base.config_id, start: None, is_cut: false }];
        let mut last_tree = base.tree;
        let mut has_parent = false;
        self.history(base.commit, &mut |_, commit| {
            let config = self.repo().entry_at(commit.tree, layout::CONFIG.as_bytes())?.map(|entry| entry.id);
            if let (Some(config), Some(era)) = (config, eras.last_mut())
                && config != era.config
            {
                era.start = Some(last_tree);
                eras.push(Era { config, start: None, is_cut: false });
            }
            last_tree = commit.tree;
            has_parent = !commit.parents.is_empty();
            Ok(true)
        })?;
        if let Some(oldest) = eras.last_mut().filter(|_| has_parent) {
            oldest.start = Some(last_tree);
            oldest.is_cut = true;
        }
        Ok(eras)
    }
}

impl Check<'_> {
    fn say(&mut self, code: &'static str, place: Place, text: impl FnOnce() -> String) {
        self.tallies.entry(code).or_default().add(place, text);
    }

    /// What stands at the top.
    fn root(&mut self) -> Result<()> {
        let repo = self.archive.repo();
        for entry in repo.read_tree(self.base.tree)? {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            if !EVIDENCE.contains(&name.as_str()) {
                self.say(FOREIGN, Place::file(name.clone()), || "is not evidence".into());
            }
            // Below `runs/` each run looks for itself.
            if entry.mode == Mode::Tree && name != layout::RUNS {
                let mut found = Vec::new();
                let walked = walk_files(repo, entry.id, &name, &mut |path, _| {
                    if path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(ATTRIBUTES)) {
                        found.push(path.to_owned());
                    }
                });
                self.unless_damaged(&name, walked)?;
                for path in found {
                    self.say(ATTRIBUTES_CODE, Place::file(path), || "is another one than that at the root".into());
                }
            }
        }
        let attributes = repo.entry_at(self.base.tree, ATTRIBUTES.as_bytes())?;
        let right = match attributes {
            Some(entry) if entry.mode.is_file() => {
                repo.read_blob(entry.id, 1 << 16).is_ok_and(|text| text == ATTRIBUTES_TEXT.as_bytes())
            }
            _ => false,
        };
        if !right {
            self.say(ATTRIBUTES_CODE, Place::file(ATTRIBUTES), || "is not the text that format 1 prescribes".into());
        }
        Ok(())
    }

    /// All runs; what stands below `runs/` and is none is said.
    fn runs(&mut self) -> Result<Vec<RunEntry>> {
        let repo = self.archive.repo();
        let mut open: Vec<(String, Id)> = Vec::new();
        match repo.entry_at(self.base.tree, layout::RUNS.as_bytes())? {
            Some(entry) if entry.mode == Mode::Tree => open.push((String::new(), entry.id)),
            Some(_) => self.say(LAYOUT, Place::file(layout::RUNS), || "is no folder".into()),
            None => {}
        }
        let mut runs = Vec::new();
        while let Some((above, tree)) = open.pop() {
            let mut keys: HashMap<String, String> = HashMap::new();
            let here = format!("{}/{above}", layout::RUNS);
            let Some(entries) = self.unless_damaged(here.trim_end_matches('/'), repo.read_tree(tree))? else {
                continue;
            };
            for entry in entries {
                let name = format!("{above}{}", String::from_utf8_lossy(&entry.name));
                let place = || Place::file(format!("{}/{name}", layout::RUNS));
                if entry.mode != Mode::Tree {
                    let code = if entry.name == ATTRIBUTES.as_bytes() { ATTRIBUTES_CODE } else { LAYOUT };
                    self.say(code, place(), || "stands outside any run".into());
                    continue;
                }
                if let Some(other) = keys.insert(crate::path::collision_key(&name), name.clone()) {
                    self.say(LAYOUT, place(), || format!("differs from {other} only by case or Unicode form"));
                }
                let parsed = match layout::RunName::parse(&name) {
                    Ok(parsed) => parsed,
                    Err(error) => {
                        self.say(LAYOUT, place(), || error.causes().join("; "));
                        continue;
                    }
                };
                let inside = repo.read_tree(entry.id);
                match self.unless_damaged(&format!("{}/{name}", layout::RUNS), inside)? {
                    Some(inside) if super::base::is_run(&inside) => {
                        runs.push(RunEntry { name: parsed, tree: entry.id });
                    }
                    Some(_) => open.push((format!("{name}/"), entry.id)),
                    None => {}
                }
            }
        }
        runs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(runs)
    }

    /// One run: layout, bytes, certificate, summary, policy.
    fn run(&mut self, run: &RunEntry) -> Result<RunReport> {
        let before: u64 = self.weighty();
        let mut report = RunReport {
            name: run.name.to_string(),
            certified: String::new(),
            verdict: None,
            package_digest: None,
            clean: false,
        };
        let checked = self.certified(run, &mut report);
        self.unless_damaged(&run.name.folder(), checked)?;
        report.clean = self.weighty() == before;
        Ok(report)
    }

    /// Damage of stored objects is a finding about this place; anything else stops the job.
    fn unless_damaged<T>(&mut self, place: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_damage(&error) => {
                self.say(OBJECT, Place::file(place.to_owned()), || damage(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// How much was found so far, notes aside.
    fn weighty(&self) -> u64 {
        self.tallies
            .iter()
            .filter(|(code, _)| Weight::of_code(code) > Weight::Note)
            .map(|(_, tally)| tally.count())
            .sum()
    }

    fn certified(&mut self, run: &RunEntry, report: &mut RunReport) -> Result<()> {
        let repo = self.archive.repo();
        let entries = repo.read_tree(run.tree)?;
        let place = |name: &str| Place::file(run.name.inside(name));
        for entry in &entries {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            match name.as_str() {
                PACKAGE if entry.mode == Mode::Tree => {}
                CERTIFICATE | SUMMARY | EMPTY_DIRECTORIES if entry.mode == Mode::Blob => {}
                ATTRIBUTES => {
                    self.say(ATTRIBUTES_CODE, place(&name), || "stands in the way of the bytes beside it".into())
                }
                _ => self.say(LAYOUT, place(&name), || "does not belong into a run's folder".into()),
            }
        }
        let blob = |name: &str| {
            entries.iter().find(|entry| entry.name == name.as_bytes() && entry.mode == Mode::Blob).map(|entry| entry.id)
        };
        for name in [CERTIFICATE, SUMMARY] {
            if blob(name).is_none() {
                self.say(LAYOUT, place(name), || "is not there".into());
            }
        }
        if !entries.iter().any(|entry| entry.name == PACKAGE.as_bytes() && entry.mode == Mode::Tree) {
            self.say(LAYOUT, place(PACKAGE), || "is not there".into());
            return Ok(());
        }
        let Some((policy, is_certain)) = self.policy_of(run)? else { return Ok(()) };
        let mut source = self.archive.package(run, policy.limits())?;
        let assessed = assess_any(&mut source, &mut (), policy.limits(), policy.options(), policy.terms())?;
        let dir_hash = assessed.dir_hash().to_string();
        report.verdict = Some(assessed.judgement().verdict);
        report.package_digest = Some(dir_hash.clone());
        if let Some(refusal) = policy.refusals(&assessed).into_iter().next() {
            // Nobody is accused by a policy of which it is not known that it held.
            let code = if is_certain { NOT_ACCEPTED } else { INCOMPLETE };
            self.say(code, Place::file(run.name.folder()), || refusal);
        }
        if let Some(id) = blob(EMPTY_DIRECTORIES) {
            let text = repo.read_blob(id, MAX_CERTIFICATE)?;
            let files: Vec<&str> = match assessed.package() {
                Some(package) => package.files.iter().map(|file| file.path.as_str()).collect(),
                None => vec![crate::events::NAME],
            };
            if let Some(wrong) = wrong_empty_directories(&text, &files) {
                self.say(EMPTY, place(EMPTY_DIRECTORIES), || wrong);
            }
        }
        let Some(stored) = blob(CERTIFICATE).map(|id| repo.read_blob(id, MAX_CERTIFICATE)).transpose()? else {
            return Ok(());
        };
        let parsed: Value = serde_json::from_slice(&stored).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let verifier = &parsed["predicate"]["verifier"];
        report.certified = text(&parsed["predicate"]["verdict"]);
        let (subject, named) = match &assessed {
            Assessed::Package(_) => (text(&parsed["subject"][0]["digest"]["dirHash"]), dir_hash),
            Assessed::Log(log) => (text(&parsed["subject"][0]["digest"]["sha256"]), log.log.raw.to_string()),
        };
        if text(&verifier["rules"]) == assessed.rules_digest().to_string() {
            let derived = assessed.certificate_by(&text(&verifier["version"])).to_bytes()?;
            if derived != stored && !is_certain && subject == named {
                self.say(INCOMPLETE, Place::file(run.name.folder()), || {
                    "its certificate may be by the options of a policy beyond the cut of this clone".into()
                });
            } else if derived != stored {
                self.say(MISMATCH, place(CERTIFICATE), || "is not what the stored package gives".into());
            }
        } else {
            if subject != named {
                self.say(MISMATCH, place(CERTIFICATE), || format!("certifies {subject}, and the package is {named}"));
            }
            let rules = text(&verifier["rules"]);
            self.say(RULES_UNKNOWN, place(CERTIFICATE), || {
                format!("was made by the rules {}", crate::finding::printable(&rules, 80))
            });
        }
        let summary = blob(SUMMARY).map(|id| repo.read_blob(id, MAX_CERTIFICATE)).transpose()?;
        let rendered = summary::render(&stored).unwrap_or_default();
        if summary.is_some_and(|summary| summary != rendered.as_bytes()) {
            self.say(SUMMARY_MISMATCH, place(SUMMARY), || "is not the summary of the certificate beside it".into());
        }
        Ok(())
    }

    /// The policy that held when the run was added, and whether that is certain; nothing if history does not tell.
    fn policy_of(&mut self, run: &RunEntry) -> Result<Option<(Policy, bool)>> {
        let repo = self.archive.repo();
        let path = run.name.folder();
        let mut config = self.base.config_id;
        let mut is_certain = true;
        for era in &self.eras {
            config = era.config;
            let older = match era.start {
                Some(tree) => repo.entry_at(tree, path.as_bytes())?.is_some(),
                None => false,
            };
            if !older {
                break;
            }
            is_certain = !era.is_cut;
            if era.is_cut && self.eras.len() > 1 {
                self.say(INCOMPLETE, Place::file(path), || {
                    "was added beyond the cut of this clone, and policies changed since".into()
                });
                return Ok(None);
            }
        }
        if let Some(policy) = self.policies.get(&config) {
            return Ok(Some((policy.clone(), is_certain)));
        }
        let policy = Config::parse(&repo.read_blob(config, 1 << 20)?)?.policy;
        self.policies.insert(config, policy.clone());
        Ok(Some((policy, is_certain)))
    }
}

/// Why a list of empty directories cannot be right.
fn wrong_empty_directories(text: &[u8], files: &[&str]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(text) else { return Some("is not UTF-8".into()) };
    if text.is_empty() || !text.ends_with('\n') {
        return Some("is empty or does not end with a newline".into());
    }
    let mut last = "";
    for path in text.lines() {
        if let Some(why) = check_path(path) {
            return Some(format!("the path {path:?} {why}"));
        }
        if path <= last {
            return Some(format!("{path:?} is not sorted, or stands twice"));
        }
        let below = format!("{path}/");
        if files.iter().any(|file| *file == path || file.starts_with(&below)) {
            return Some(format!("{path:?} is a file, or holds one"));
        }
        if text.lines().any(|other| other.starts_with(&below)) {
            return Some(format!("{path:?} holds another directory"));
        }
        last = path;
    }
    None
}

/// True for errors that mean lost or replaced objects, not a refusing disk.
fn is_damage(error: &Error) -> bool {
    use std::error::Error as _;
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            // The doors say `Other` of stored bytes that are damaged.
            use ErrorKind::{InvalidData, InvalidInput, NotFound, Other, UnexpectedEof};
            return matches!(io.kind(), InvalidData | InvalidInput | NotFound | Other | UnexpectedEof);
        }
        next = cause.source();
    }
    true
}

fn damage(error: &Error) -> String {
    std::iter::once(error.doing().to_owned()).chain(error.causes()).collect::<Vec<_>>().join(": ")
}
