//! `batool export`: packages leave the archive, in any form.

mod runs;

use std::path::PathBuf;

use batool::export::FORMS;

use super::exit::{Exit, Failure};
use super::open::ArchiveArgs;
use super::term::Term;

/// Give packages out of the archive, byte for byte, as folders or archive files
///
/// The same package gives the same bytes on every machine, and nothing is ever overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool export nightly/run-7 --to run-7
  batool export nightly/run-7@v1.4 --to run-7.tar.gz
  batool export nightly/run-7 --to for-the-auditor --with-certificate
  batool export 'nightly/*' --to week --format zip

One package goes to PATH itself. Several go below it, each under its run's name.
Exit codes: 0 exported, 74 could not be done; nothing is half written.")]
pub(crate) struct Args {
    /// Runs (run@REV at a revision, `*`, `?` and `**` for many), or any other source of a package
    #[arg(value_name = "RUN", required = true)]
    sources: Vec<String>,
    /// Where it goes; nothing may be there
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    /// The form; by default what the name of PATH ends with, else dir
    #[arg(long, value_name = "FORM", value_parser = FORMS.iter().map(|form| form.name).collect::<Vec<_>>())]
    format: Option<String>,
    /// Put certificate, summary, inclusion proof and a page on how to check them next to the package
    #[arg(long)]
    with_certificate: bool,
    /// The proof by the log of this clone, also where runs were not pushed yet
    #[arg(long, requires = "with_certificate")]
    local: bool,
    #[command(flatten)]
    archive: ArchiveArgs,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    runs::run(args, term)
}
