//! Where things stand in an archive: names and paths as pure functions.

use std::fmt;

use crate::error::{Error, Result};
use crate::path::check_component;

/// The configuration and policy file at the root.
pub const CONFIG: &str = "batool.toml";
/// The attributes file at the root.
pub const ATTRIBUTES: &str = ".gitattributes";
/// What the attributes file of format 1 says, byte for byte.
pub const ATTRIBUTES_TEXT: &str = "* -text -ident -filter -working-tree-encoding -export-ignore -export-subst -merge\n\
                                   runs/**/*.jsonl diff=batool\n";
/// The folder that holds all runs.
pub const RUNS: &str = "runs";
/// The folder of a run that holds its package.
pub const PACKAGE: &str = "package";
/// The certificate of a run.
pub const CERTIFICATE: &str = "certificate.json";
/// The summary of a run.
pub const SUMMARY: &str = "summary.txt";
/// The list of a package's empty directories, if it has any.
pub const EMPTY_DIRECTORIES: &str = "empty-directories";
/// The folder that holds the log of all adds.
pub const LOG: &str = "log";
/// The log's checkpoint: origin, size and root.
pub const CHECKPOINT: &str = "log/checkpoint";
/// The folder that holds baselines.
pub const BASELINES: &str = "baselines";
/// Top-level names that are evidence, or decide about it.
pub const EVIDENCE: [&str; 5] = [RUNS, BASELINES, LOG, CONFIG, ATTRIBUTES];

/// Longest name of a run, in bytes.
const MAX_NAME: usize = 200;

/// The name of a run: path-like, as branch names are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunName(String);

impl RunName {
    /// Checks a name.
    ///
    /// # Errors
    /// When it breaks a rule of git's ref names, of Windows, or of the archive; the error says which.
    pub fn parse(name: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Err(Error::new(format!("cannot use {name:?} as the name of a run"))
                .because(why.to_owned())
                .hint("choose another name with `--as NAME`"))
        };
        if name.len() > MAX_NAME {
            return wrong("it has more than 200 bytes");
        }
        for component in name.split('/') {
            if let Some(why) = check_component(component) {
                return wrong(why);
            }
            if component.starts_with('.') || component.ends_with(".lock") || component.contains("..") {
                return wrong("git refuses a component that starts with `.`, ends with `.lock` or holds `..`");
            }
            if component.contains([' ', '~', '^', '[', '@']) {
                return wrong("it holds a space, `~`, `^`, `[` or `@`");
            }
            let folded = component.to_lowercase();
            if [PACKAGE, SUMMARY, EMPTY_DIRECTORIES, "certificate"].contains(&folded.as_str())
                || folded.starts_with("certificate.")
            {
                return wrong("the archive keeps this name for itself");
            }
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The run's folder in the archive.
    pub fn folder(&self) -> String {
        format!("{RUNS}/{}", self.0)
    }

    /// Something inside the run's folder.
    pub fn inside(&self, name: &str) -> String {
        format!("{RUNS}/{}/{name}", self.0)
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of the list of empty directories; nothing if there are none.
pub fn empty_directories_text(directories: &[String]) -> Option<String> {
    (!directories.is_empty()).then(|| directories.iter().map(|path| format!("{path}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_path_like_and_safe_everywhere() {
        for good in ["run-7", "nightly/2026-11-21/run-7", "v1.4", "Größe"] {
            assert!(RunName::parse(good).is_ok(), "{good}");
        }
        let long = "x".repeat(201);
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "-a",
            "a/-b",
            "a@b",
            "a b",
            "..",
            "a/../b",
            ".hidden",
            "a.lock",
            "con",
            "a/package/b",
            "summary.txt",
            "certificate.json",
            "Certificate.2.json",
            "empty-directories",
            "a\\b",
            "a:b",
            "a\u{1}",
            ".git",
            long.as_str(),
        ] {
            assert!(RunName::parse(bad).is_err(), "{bad}");
        }
    }
}
