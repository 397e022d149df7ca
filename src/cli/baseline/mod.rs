//! `batool baseline`: what a release was measured against, and what drifted away from it since.

mod check;
mod create;
mod diff;
mod list;
mod show;
mod sides;

use clap::Subcommand;

use super::exit::{Exit, Failure};
use super::late::Late;
use super::open::ArchiveArgs;
use super::term::Term;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    archive: ArchiveArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a baseline of archived runs: one commit, and the annotated tag baseline/NAME
    Create(Late<create::Args>),
    /// List baselines with their runs
    List(Late<list::Args>),
    /// Show one baseline: its runs, and what it lets drift
    Show(Late<show::Args>),
    /// Say what differs between the runs of two baselines
    Diff(Late<diff::Args>),
    /// Hold runs against a baseline and its drift policy; made for CI
    Check(Late<check::Args>),
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    match &args.command {
        Command::Create(command) => create::run(command, &args.archive, term),
        Command::List(command) => list::run(command, &args.archive, term),
        Command::Show(command) => show::run(command, &args.archive, term),
        Command::Diff(command) => diff::run(command, &args.archive, term),
        Command::Check(command) => check::run(command, &args.archive, term),
    }
}

/// A document for programs: sorted members and a newline.
fn json(value: &serde_json::Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}
