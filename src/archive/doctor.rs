//! A look at everything around an archive that can make its guards weaker than they seem.

use std::process::Command;

use super::Archive;
use super::guard::{self, HookState};
use super::layout::RUNS;
use crate::error::Result;
use crate::git::Mode;

/// More runs than this in one folder make adds slower.
const MANY: usize = 2000;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What was looked at.
    pub topic: &'static str,
    /// Nothing needs to be done.
    pub is_fine: bool,
    /// What was seen.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Archive {
    /// Looks at git, the clone, its settings, hooks and locks. Nothing is changed.
    ///
    /// # Errors
    /// When objects or references cannot be read.
    pub fn examine(&self) -> Result<Vec<Advice>> {
        let mut all = vec![git_version()];
        all.push(self.clone_is_whole()?);
        all.extend(self.settings());
        all.extend(self.hooks()?);
        all.extend(self.locks());
        all.push(self.siblings()?);
        Ok(all)
    }

    fn clone_is_whole(&self) -> Result<Advice> {
        let why = self.why_incomplete()?;
        let text = if why.is_empty() { "all of it is here".to_owned() } else { why.join("; ") };
        Ok(advice("history", why.is_empty(), text, "batool archive verify --history cannot be clean here"))
    }

    fn settings(&self) -> Vec<Advice> {
        let repo = self.repo();
        let setting = |key: &str| repo.config(key).unwrap_or_else(|| "unset".to_owned());
        let autocrlf = setting("core.autocrlf");
        let reflogs = setting("core.logAllRefUpdates");
        let fsync = setting("core.fsync");
        let signed = if repo.signs_commits() { "commits are signed" } else { "commits are not signed" };
        vec![
            advice(
                "line ends",
                ["unset", "false"].contains(&autocrlf.as_str()),
                format!("core.autocrlf is {autocrlf}"),
                "git config core.autocrlf false; what is archived is not touched, files in the work tree may be",
            ),
            advice(
                "reflogs",
                reflogs == "always" || (reflogs != "false" && !repo.is_bare()),
                format!("core.logAllRefUpdates is {reflogs}"),
                "git config core.logAllRefUpdates always",
            ),
            advice(
                "flushing",
                ["all", "committed", "added", "reference"].iter().any(|word| fsync.contains(word)),
                format!("batool flushes what it writes; for git's own writes core.fsync is {fsync}"),
                "git config core.fsync committed,reference",
            ),
            advice("signing", true, signed.to_owned(), ""),
        ]
    }

    fn hooks(&self) -> Result<Vec<Advice>> {
        let (names, command): (&[&str], _) = if self.repo().is_bare() {
            (&["pre-receive"], "batool hook install --server")
        } else {
            (&["pre-commit", "pre-merge-commit", "reference-transaction"], "batool hook install")
        };
        let states = guard::status(self.repo())?.into_iter().filter(|(name, _)| names.contains(name));
        let tell = |(name, state): (&str, HookState)| {
            advice("hooks", state == HookState::Effective, format!("{name}: {}", state.words()), command)
        };
        let mut all: Vec<Advice> = states.map(tell).collect();
        if self.repo().is_bare() {
            let floor = guard::floor_of(self.repo());
            let text = match &floor {
                Ok(Some(_)) => "this server has a floor: batool hook status shows it".to_owned(),
                Ok(None) => "this server has no floor, so pushes are held to the archive's own policy alone".to_owned(),
                Err(error) => error.causes().join(": "),
            };
            all.push(advice("floor", matches!(floor, Ok(Some(_))), text, command));
        }
        Ok(all)
    }

    /// Locks that are held, or that a killed program left. Those of batool are gone by now: opening an archive tidies up.
    fn locks(&self) -> Vec<Advice> {
        self.repo()
            .locks()
            .into_iter()
            .map(|path| {
                let hint = format!("if no git command is running: rm '{}'", path.display());
                Advice {
                    topic: "locks",
                    is_fine: false,
                    text: format!("{} is there", path.display()),
                    hint: Some(hint),
                }
            })
            .collect()
    }

    fn siblings(&self) -> Result<Advice> {
        let repo = self.repo();
        let mut most = (0, String::new());
        let mut open: Vec<(String, crate::git::Id)> = Vec::new();
        if let Some(runs) = repo.entry_at(self.tip()?.tree, RUNS.as_bytes())?.filter(|it| it.mode == Mode::Tree) {
            open.push((RUNS.to_owned(), runs.id));
        }
        while let Some((path, tree)) = open.pop() {
            let entries = repo.read_tree(tree)?;
            if path != RUNS && super::base::is_run(&entries) {
                continue;
            }
            if entries.len() > most.0 {
                most = (entries.len(), path.clone());
            }
            let below = entries.into_iter().filter(|entry| entry.mode == Mode::Tree);
            open.extend(below.map(|entry| (format!("{path}/{}", String::from_utf8_lossy(&entry.name)), entry.id)));
        }
        let text = format!("the fullest folder holds {} ({})", most.0, most.1);
        Ok(advice(
            "folders",
            most.0 <= MANY,
            text,
            "give new runs names with folders, such as nightly/2026-11-21/run-7",
        ))
    }
}

fn advice(topic: &'static str, is_fine: bool, text: String, hint: &str) -> Advice {
    Advice { topic, is_fine, text, hint: (!is_fine).then(|| hint.to_owned()) }
}

fn git_version() -> Advice {
    let said = Command::new("git").arg("--version").output().ok().filter(|output| output.status.success());
    let text = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let is_there = text.is_some();
    let text = text.unwrap_or_else(|| "there is no git on the path".to_owned());
    advice("git", is_there, text, "install git; hooks need it")
}
