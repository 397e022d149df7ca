//! From what a user names to a source or an archive.

use std::path::{Path, PathBuf};

use batool::archive::layout::{PACKAGE, RunName};
use batool::archive::{Archive, Base};
use batool::error::{Doing, Error, Result};
use batool::git::Mode;
use batool::source::{self, IndexSource, Limits, LogFile, PackageSource, TreeSource};
use batool::tlog::Signer;

use crate::cli::term::warn;

/// Where the archive is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// The archive: a bare repository or the top of a work tree; else the one around the current folder
    #[arg(long, global = true, value_name = "DIR", env = "BATOOL_ARCHIVE")]
    archive: Option<PathBuf>,
}

impl ArchiveArgs {
    /// The folder that was named.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.archive.as_deref()
    }

    /// Opens the archive, and says nothing about its remotes.
    pub(crate) fn find(&self) -> Result<Archive> {
        match &self.archive {
            Some(path) => Archive::open(path),
            None => Archive::discover(Path::new(".")),
        }
    }

    /// Opens the archive, and warns of remotes that do not continue what was seen of them.
    pub(crate) fn open(&self) -> Result<Archive> {
        let archive = self.find()?;
        // What cannot be read is told by the command that needs it.
        for alarm in archive.alarms().unwrap_or_default() {
            warn(&alarm.text, &alarm.hint);
        }
        Ok(archive)
    }

    /// Opens the archive to add to it, with the key that checkpoints are signed with if there is one.
    pub(crate) fn open_to_write(&self) -> Result<Archive> {
        let archive = self.open()?;
        match std::env::var_os(LOG_KEY).filter(|file| !file.is_empty()) {
            Some(file) => Ok(archive.signed_by(read_signer(Path::new(&file))?)),
            None => Ok(archive),
        }
    }
}

/// Names the file with the private key.
const LOG_KEY: &str = "BATOOL_LOG_KEY";

/// The private key in a file.
pub(crate) fn read_signer(file: &Path) -> Result<Signer> {
    let doing = || format!("cannot use the key in {}", file.display());
    let signer = std::fs::read_to_string(file).doing(doing).and_then(|text| Signer::parse(&text).doing(doing));
    signer.map_err(|error| error.hint("`batool archive keygen FILE` makes one"))
}

/// What the names of event logs end with.
const LOG_ENDS: [&str; 3] = [".jsonl", ".jsonl.gz", ".jsonl.zst"];
/// What the names of files that hold a package end with.
const CONTAINER_ENDS: [&str; 5] = [".tar.gz", ".tar.zst", ".tgz", ".tar", ".zip"];

fn is_container(path: &Path) -> bool {
    path.to_str().is_some_and(|name| CONTAINER_ENDS.iter().any(|end| name.ends_with(end)))
}

/// What a `<source>` argument means.
pub(crate) enum Spec<'s> {
    /// Something on disk.
    Path(&'s Path),
    /// An event log on disk.
    Log(&'s Path),
    /// An event log on standard input.
    Input,
    /// `index:PATH`: what is staged there.
    Index(&'s str),
    /// `run:NAME`, `NAME`, `NAME@REV`.
    Run(&'s str, Option<&'s str>),
    /// `baseline:NAME`, which stands for the runs of a baseline.
    Baseline(&'s str),
    /// `REV:PATH`.
    Tree(&'s str, &'s str),
}

impl<'s> Spec<'s> {
    /// Tells what is meant. What exists on disk comes first; names of runs hold no `:` and no `@`.
    pub(crate) fn parse(text: &'s str) -> Self {
        let run = |text: &'s str| match text.split_once('@') {
            Some((name, rev)) => Spec::Run(name, Some(rev)),
            None => Spec::Run(text, None),
        };
        if text == "-" {
            return Spec::Input;
        }
        let path = Path::new(text);
        if LOG_ENDS.iter().any(|end| text.ends_with(end)) && !text.contains(':') {
            return Spec::Log(path);
        }
        if path.symlink_metadata().is_ok() || path.is_absolute() || text.starts_with("./") || text.starts_with("../") {
            return Spec::Path(path);
        }
        match text.split_once(':') {
            Some(("run", name)) => run(name),
            Some(("index", path)) => Spec::Index(path),
            Some(("baseline", name)) => Spec::Baseline(name),
            Some((rev, path)) => Spec::Tree(rev, path),
            None => run(text),
        }
    }

    /// True if only an archive can tell.
    pub(crate) fn needs_archive(&self) -> bool {
        !matches!(self, Spec::Path(_) | Spec::Log(_) | Spec::Input)
    }

    /// The same, to be read as an event log whatever it is called.
    pub(crate) fn into_log(self) -> Self {
        match self {
            Spec::Path(path) if !path.is_dir() && !is_container(path) => Spec::Log(path),
            other => other,
        }
    }

    /// A file, or `-`, that is an event log.
    pub(crate) fn log(text: &'s str) -> Self {
        if text == "-" { Spec::Input } else { Spec::Log(Path::new(text)) }
    }

    /// Opens an event log that stands by itself; none if this is a source of another form.
    pub(crate) fn open_log(&self, limits: Limits) -> Result<Option<LogFile>> {
        match self {
            Spec::Log(path) => LogFile::open(path, limits).map(Some),
            Spec::Input => LogFile::stream("standard input", Box::new(std::io::stdin()), limits).map(Some),
            _ => Ok(None),
        }
    }

    /// The name that a run of this source gets by default.
    pub(crate) fn default_name(&self) -> Option<String> {
        let last = |path: &str| {
            let mut parts = path.trim_end_matches('/').rsplit('/');
            let last = parts.next().unwrap_or_default();
            if last == PACKAGE { parts.next().unwrap_or_default().to_owned() } else { last.to_owned() }
        };
        match self {
            Spec::Path(path) => {
                let path = std::fs::canonicalize(path).ok()?;
                let name = path.file_name()?.to_str()?.to_owned();
                if path.is_dir() {
                    return Some(name);
                }
                Some(CONTAINER_ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned())
            }
            // All logs have one name; the folder tells the run.
            Spec::Log(path) => {
                let path = std::fs::canonicalize(path).ok()?;
                Some(path.parent()?.file_name()?.to_str()?.to_owned())
            }
            Spec::Input | Spec::Baseline(_) => None,
            Spec::Index(path) | Spec::Tree(_, path) => Some(last(path)),
            Spec::Run(name, _) => Some((*name).to_owned()),
        }
    }

    /// Opens the source.
    pub(crate) fn open<'a>(&self, archive: Option<&'a Archive>, limits: Limits) -> Result<Box<dyn PackageSource + 'a>> {
        if let Some(log) = self.open_log(limits)? {
            return log.into_package();
        }
        let archive = match self {
            Spec::Path(path) => return source::open_path(path, limits).map(|source| source as Box<dyn PackageSource>),
            _ => archive
                .ok_or_else(|| Error::new("there is no archive to look into").hint("name it with --archive DIR"))?,
        };
        match self {
            Spec::Path(_) | Spec::Log(_) | Spec::Input => unreachable!("these were opened above"),
            Spec::Baseline(name) => Err(Error::new(format!("the baseline {name} is not one package")).hint(format!(
                "`batool baseline show {name}` names its runs; `batool diff` takes baselines as they are"
            ))),
            Spec::Index(path) => Ok(Box::new(IndexSource::new(archive.repo(), path.trim_end_matches('/'), limits)?)),
            Spec::Run(name, rev) => {
                let base: Base = match rev {
                    Some(rev) => archive.at(rev)?,
                    None => archive.tip()?,
                };
                let run = archive.run(&base, name)?;
                Ok(Box::new(archive.package(&run, limits)?))
            }
            Spec::Tree(rev, path) => {
                let repo = archive.repo();
                let tree = repo.read_commit(repo.resolve_commit(rev)?)?.tree;
                let path = path.trim_end_matches('/');
                let id = if path.is_empty() {
                    Some(tree)
                } else {
                    repo.entry_at(tree, path.as_bytes())?.filter(|entry| entry.mode == Mode::Tree).map(|entry| entry.id)
                };
                let id = id.ok_or_else(|| {
                    Error::new(format!("there is no folder {path} at {rev}"))
                        .hint("`git ls-tree -r --name-only REV` shows what there is")
                })?;
                Ok(Box::new(TreeSource::new(repo, id, format!("{rev}:{path}"), limits)?))
            }
        }
    }
}

/// Opens a source that may need an archive; the archive is opened only then.
pub(crate) fn archive_for(specs: &[Spec<'_>], args: &ArchiveArgs) -> Result<Option<Archive>> {
    if !specs.iter().any(Spec::needs_archive) {
        return Ok(None);
    }
    let unknown = specs.iter().find_map(|spec| match spec {
        Spec::Run(name, None) => Some((*name).to_owned()),
        _ => None,
    });
    let opened = args.open();
    match (opened, unknown) {
        (Err(_), Some(name)) if args.path().is_none() => Err(Error::new(format!("cannot read the package at {name}"))
            .because("No such file or directory")
            .hint("name a folder, a tar or zip file, REV:PATH, index:PATH or the name of an archived run")),
        (opened, _) => opened.doing(|| "cannot look into the archive".into()).map(Some),
    }
}

/// The name under which a source is archived.
pub(crate) fn run_name(spec: &Spec<'_>, given: Option<&str>) -> Result<RunName> {
    match given.map(str::to_owned).or_else(|| spec.default_name()) {
        Some(name) => RunName::parse(&name),
        None => Err(Error::new("the source has no name of its own").hint("give it one with `--as NAME`")),
    }
}
