//! `batool textconv`: a ledger as git is to show it.

use std::fs;
use std::path::PathBuf;

use batool::diff;
use batool::error::Doing as _;

use super::exit::{Exit, Failure};
use super::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  git log -p runs/nightly/run-7       once `batool archive init` has set git up
  git diff --no-textconv              the bytes as they stand
  batool textconv audit/decision_log.jsonl

In a clone: git config diff.batool.textconv 'batool textconv'")]
pub(crate) struct Args {
    /// A file of rows; its name tells which records they are
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let bytes = fs::read(&args.file).doing(|| format!("cannot read {}", args.file.display()))?;
    term.answer(diff::textconv(&args.file, &bytes).as_bytes())?;
    Ok(Exit::Done)
}
