//! Guards: what hooks ask before a commit is made, and before pushed commits are taken in.

mod commit;
mod floor;
mod install;
mod receive;
mod reference;
mod tags;

pub use install::{HookState, Installed, Place, Server, floor_of, install, status};
pub use receive::Update;

use super::step::Step;
use super::{Archive, RunEntry};
use crate::error::Result;
use crate::finding::{Finding, Weight};
use crate::git::Repo;
use crate::judge::Verdict;

/// What a guard says.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// VERIFIED lets pass.
    pub verdict: Verdict,
    /// Why not, a line each: code, place, what is wrong.
    pub reasons: Vec<String>,
    /// What to do then.
    pub hints: Vec<String>,
}

impl Default for Ruling {
    fn default() -> Self {
        Self { verdict: Verdict::Verified, reasons: Vec::new(), hints: Vec::new() }
    }
}

impl Ruling {
    fn refuse(&mut self, reason: String) {
        self.verdict = Verdict::Reject;
        self.reasons.push(reason);
    }

    fn hint(&mut self, hint: &str) {
        if !self.hints.iter().any(|other| other == hint) {
            self.hints.push(hint.to_owned());
        }
    }

    /// What a commit did. Evidence shares a commit with nothing else, which history only notes.
    fn take_step(&mut self, at: &str, step: &Step) {
        for fault in &step.faults {
            self.refuse(format!("{} {at}{}: {}", fault.code, fault.path, fault.text));
            if Weight::of_code(fault.code) == Weight::Note {
                self.hint("commit files that are no evidence by themselves");
            }
        }
    }

    /// What judging runs found.
    fn take_findings(&mut self, findings: &[Finding]) {
        for finding in findings.iter().filter(|finding| finding.weight > Weight::Note) {
            for (place, text) in finding.tally.places() {
                self.reasons.push(format!("{} {place}: {text}", finding.code));
            }
            let verdict = if finding.weight == Weight::Gap { Verdict::Undecidable } else { Verdict::Reject };
            self.verdict = self.verdict.max(verdict);
            if finding.code == super::codes::RULES_UNKNOWN {
                self.hint(
                    "the rules here are others than those of the certificate: upgrade batool and add the run again",
                );
            }
        }
    }
}

impl Archive {
    /// The archive for which git runs a hook; nothing where no branch is an archive's. Nothing is repaired or written.
    ///
    /// # Errors
    /// When git's configuration or `HEAD` cannot be read.
    pub fn of_hook(repo: Repo) -> Result<Option<Self>> {
        let branch = match repo.own_setting("batool", "branch") {
            Some(branch) => Some(format!("refs/heads/{branch}")),
            None => repo.head()?.branch,
        };
        Ok(branch.map(|branch| Self::new(repo, branch)))
    }
}

/// Names of runs, for people.
fn names(runs: &[RunEntry]) -> String {
    let mut names: Vec<&str> = runs.iter().take(5).map(|run| run.name.as_str()).collect();
    if runs.len() > names.len() {
        names.push("…");
    }
    names.join(", ")
}
