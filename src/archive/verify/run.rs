//! One run: its folder, its bytes, its leaf, its certificate, its summary.

use serde_json::Value;

use super::certificates::Judged;
use super::{Check, RunReport};
use crate::archive::codes::{
    ATTRIBUTES_CODE, EMPTY, LAYOUT, LEAF_MISMATCH, NOT_ACCEPTED, RUN_WITHOUT_LEAF, SUMMARY_MISMATCH,
};
use crate::archive::known::Known;
use crate::archive::layout::{ATTRIBUTES, CERTIFICATE, EMPTY_DIRECTORIES, PACKAGE, SUMMARY, is_further};
use crate::archive::leaf::Leaf;
use crate::archive::policy::Policy;
use crate::archive::read::{MAX_CERTIFICATE, RunEntry};
use crate::archive::token;
use crate::error::Result;
use crate::finding::Place;
use crate::git::Mode;
use crate::path::parse_empty_directories;
use crate::summary;

impl Check<'_> {
    /// Looks at one run.
    pub(super) fn run(&mut self, run: &RunEntry) -> Result<RunReport> {
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

    fn certified(&mut self, run: &RunEntry, report: &mut RunReport) -> Result<()> {
        let repo = self.archive.repo();
        let entries = repo.read_tree(run.tree)?;
        let place = |name: &str| Place::file(run.name.inside(name));
        for entry in &entries {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            match name.as_str() {
                PACKAGE if entry.mode == Mode::Tree => {}
                CERTIFICATE | SUMMARY | EMPTY_DIRECTORIES if entry.mode == Mode::Blob => {}
                further if is_further(further) && entry.mode == Mode::Blob => {}
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
        let leaf = self.leaf_of(&run.name).cloned();
        if leaf.is_none() && self.leaves.is_read {
            self.say(RUN_WITHOUT_LEAF, Place::file(run.name.folder()), || "has no leaf in the log".into());
        }
        let (policy, is_certain) = self.policy_of(run, leaf.as_ref())?;
        let (known, listing) = self.judge(run, &policy)?;
        report.verdict = Some(known.standing.verdict);
        report.package_digest = Some(known.package.clone());
        self.held(run, &policy, &known)?;
        let files: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
        let listed = blob(EMPTY_DIRECTORIES).map(|id| repo.read_blob(id, MAX_CERTIFICATE)).transpose()?;
        if let Some(wrong) = listed.as_ref().and_then(|text| parse_empty_directories(text, &files).err()) {
            self.say(EMPTY, place(EMPTY_DIRECTORIES), || wrong);
        }
        let stored = blob(CERTIFICATE).map(|id| repo.read_blob(id, MAX_CERTIFICATE)).transpose()?;
        if let Some(Leaf::Run { certificate, package: bound, empty_directories, .. }) = &leaf {
            let here = format!("dirHash:{}", known.package);
            let parts = [
                (PACKAGE, Some(here), Some(bound)),
                (CERTIFICATE, stored.as_deref().map(token), Some(certificate)),
                (EMPTY_DIRECTORIES, listed.as_deref().map(token), empty_directories.as_ref()),
            ];
            for (name, here, bound) in parts.into_iter().filter(|(_, here, bound)| here.as_ref() != *bound) {
                let word = |token: Option<&String>| token.map_or_else(|| "nothing".to_owned(), Clone::clone);
                self.say(LEAF_MISMATCH, place(name), || {
                    format!("is {}, and its leaf in the log says {}", word(here.as_ref()), word(bound))
                });
            }
        }
        let judged = Judged { known: &known, policy: &policy, is_certain };
        let Some(stored) = self.certificates(run, &entries, &judged)? else { return Ok(()) };
        let parsed: Value = serde_json::from_slice(&stored).unwrap_or_default();
        report.certified = parsed["predicate"]["verdict"].as_str().unwrap_or_default().to_owned();
        let summary = blob(SUMMARY).map(|id| repo.read_blob(id, MAX_CERTIFICATE)).transpose()?;
        let rendered = summary::render(&stored).unwrap_or_default();
        if summary.is_some_and(|summary| summary != rendered.as_bytes()) {
            self.say(SUMMARY_MISMATCH, place(SUMMARY), || "is not the summary of the certificate beside it".into());
        }
        Ok(())
    }
}

impl Check<'_> {
    /// The policy that runs are held to besides must take them too; it is judged again only where that asks otherwise.
    fn held(&mut self, run: &RunEntry, policy: &Policy, known: &Known) -> Result<()> {
        let Some(held) = self.held else { return Ok(()) };
        let refusals = if held.judges_as(policy) {
            held.refusals(&known.standing)
        } else {
            held.refusals(&self.judge(run, held)?.0.standing)
        };
        for refusal in refusals {
            self.say(NOT_ACCEPTED, Place::file(run.name.folder()), || {
                format!("by the policy of before the push and the server's floor, {refusal}")
            });
        }
        Ok(())
    }
}
