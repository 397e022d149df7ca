//! Making a repository, and the settings that keep bytes as they are.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::id::ObjectFormat;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// No filter, line ending or merge driver of anybody's configuration may touch stored bytes; this file beats all others.
const ATTRIBUTES: &str = "* -text -ident -filter -working-tree-encoding -merge\n";

/// What every repository of batool is set to. Without the threshold git holds blobs of 500 MB in memory.
const SETTINGS: [(&str, &str); 4] = [
    ("core.autocrlf", "false"),
    ("core.logAllRefUpdates", "always"),
    ("core.useReplaceRefs", "false"),
    ("core.bigFileThreshold", "16m"),
];

impl Repo {
    /// Makes an empty repository at `path` whose unborn branch is `branch` (`main`, not `refs/heads/main`).
    ///
    /// A bare one needs an empty or absent directory; one with a work tree may move in where files are already.
    ///
    /// # Errors
    /// When something is in the way or the disk refuses.
    pub fn init(path: &Path, bare: bool, format: ObjectFormat, branch: &str) -> Result<Self> {
        let doing = || format!("cannot make a repository at {}", path.display());
        let head = format!("refs/heads/{branch}");
        gix::validate::reference::branch_name(head.as_str().into())
            .map_err(|cause| Error::new(format!("cannot name a branch {branch:?}")).because(cause))?;
        let git_dir = if bare { path.to_owned() } else { path.join(".git") };
        if git_dir.exists() && (!bare || fs::read_dir(&git_dir).doing(doing)?.next().is_some()) {
            return Err(Error::new(doing()).because(format!("{} exists already", git_dir.display())));
        }
        for directory in ["info", "hooks", "objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            fs::create_dir_all(git_dir.join(directory)).doing(doing)?;
        }
        let able = gix::fs::Capabilities::probe(&git_dir);
        let (version, extensions) = match format {
            ObjectFormat::Sha1 => (0, String::new()),
            ObjectFormat::Sha256 => (1, format!("[extensions]\n\tobjectFormat = {}\n", format.name())),
        };
        let mut config = format!(
            "[core]\n\trepositoryformatversion = {version}\n\tfilemode = {}\n\tbare = {bare}\n",
            able.executable_bit
        );
        for (is_so, line) in [
            (!able.symlink, "\tsymlinks = false\n"),
            (able.ignore_case, "\tignorecase = true\n"),
            (able.precompose_unicode, "\tprecomposeunicode = true\n"),
        ] {
            config.push_str(if is_so { line } else { "" });
        }
        config.push_str(&extensions);
        fs::write(git_dir.join("config"), config).doing(doing)?;
        fs::write(git_dir.join("description"), "Audit packages, kept by batool\n").doing(doing)?;
        // Last: without it git does not take the directory for a repository.
        fs::write(git_dir.join("HEAD"), format!("ref: {head}\n")).doing(doing)?;
        Self::open(path)?.settle()
    }

    /// Sets what keeps evidence byte for byte: configuration and `info/attributes`. Returns the repository anew.
    ///
    /// Safe to repeat, and in a repository that git made.
    ///
    /// # Errors
    /// When another program is writing the configuration, or the disk refuses.
    pub fn settle(self) -> Result<Self> {
        let attributes = self.common_dir().join("info/attributes");
        let doing = || format!("cannot write {}", attributes.display());
        let there = match fs::read_to_string(&attributes) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(cause) => return Err(cause).doing(doing),
        };
        if !there.ends_with(ATTRIBUTES) {
            // At the end, as the last line that matches wins.
            let gap = if there.is_empty() || there.ends_with('\n') { "" } else { "\n" };
            fs::create_dir_all(self.common_dir().join("info")).doing(doing)?;
            fs::write(&attributes, format!("{there}{gap}{ATTRIBUTES}")).doing(doing)?;
        }
        self.configure(&SETTINGS)
    }

    /// Sets keys of the repository's own configuration, all in one step, and returns the repository anew.
    ///
    /// # Errors
    /// When another program is writing the configuration, or the disk refuses.
    pub fn configure(self, settings: &[(&str, &str)]) -> Result<Self> {
        let path = self.common_dir().join("config");
        let doing = || format!("cannot write {}", path.display());
        let lock = path.with_extension("lock");
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&lock).map_err(|cause| {
            Error::new(doing()).because(cause).hint(format!("if no git command is running, remove {}", lock.display()))
        })?;
        let written = (|| {
            let mut config =
                gix::config::File::from_path_no_includes(path.clone(), gix::config::Source::Local).doing(doing)?;
            for (key, value) in settings {
                config.set_raw_value(*key, *value).doing(doing)?;
            }
            file.write_all(&config.to_bstring()).doing(doing)?;
            file.sync_all().doing(doing)?;
            fs::rename(&lock, &path).doing(doing)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&lock);
        }
        written?;
        let place = self.workdir().unwrap_or(self.git_dir()).to_owned();
        Self::open(&place)
    }
}
