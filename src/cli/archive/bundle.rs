//! `batool archive bundle`: the archive in one file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use batool::archive::Archive;
use batool::error::Doing as _;
use batool::export::NewFile;
use batool::finding::printable;

use crate::cli::exit::{Exit, Failure};
use crate::cli::glob::runs_of;
use crate::cli::open::ArchiveArgs;
use crate::cli::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool archive bundle --to audits.bundle
  batool archive bundle 'nightly/*' --to nightly.bundle
  batool archive add audits.bundle --archive /srv/other

`git clone -b BRANCH FILE` opens one without batool. An archive of chosen runs has the same policy, and a log of its own.")]
pub(crate) struct Args {
    /// Only these runs (`*`, `?` and `**` for many), in a new archive
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// Where it goes; nothing may be there
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let base = archive.tip()?;
    let file = NewFile::beside(&args.to)?;
    let count = if args.runs.is_empty() {
        archive.bundle(file.path())?;
        archive.runs(&base)?.len()
    } else {
        let mut lookup = archive.lookup(&base);
        let mut chosen = BTreeMap::new();
        for wanted in &args.runs {
            let runs = runs_of(&archive, &base, &mut lookup, wanted)?;
            chosen.extend(runs.into_iter().map(|run| (run.name.clone(), run)));
        }
        let chosen: Vec<_> = chosen.into_values().collect();
        let folder = tempfile::tempdir().doing(|| "cannot make a temporary folder".into())?;
        let new: Archive = archive.with_runs(&base, &chosen, &folder.path().join("archive.git"))?;
        new.bundle(file.path())?;
        chosen.len()
    };
    file.put(&args.to)?;
    let to = printable(&args.to.display().to_string(), 400);
    term.answer(format!("wrote {to} with {count} runs\n").as_bytes())?;
    Ok(Exit::Done)
}
