//! `batool baseline`: what a release was measured against, and what drifted away from it since.

mod check;
mod create;
mod diff;
mod list;
mod show;
mod sides;

use clap::Subcommand;

use super::exit::{Exit, Failure};
use super::open::ArchiveArgs;
use super::term::Term;

/// Keep what a release was measured against, and hold later runs to it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    archive: ArchiveArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Show(show::Args),
    Diff(diff::Args),
    Check(check::Args),
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
