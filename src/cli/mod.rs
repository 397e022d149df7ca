//! The command line: one file a command; each is arguments, one sentence of work, an ending.

mod archive;
mod baseline;
mod bytes;
mod completions;
mod diff;
mod doctor;
mod duration;
mod exit;
mod explain;
mod export;
mod glob;
mod hook;
mod import;
mod late;
mod open;
mod output;
mod pairs;
mod secret;
mod spool;
mod term;
mod textconv;
mod verify;
mod verify_proof;
mod watched;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::{Exit, Failure};
use late::Late;
use term::{Color, Term};

/// Verifies, certifies, archives and compares audit packages, in plain git repositories
#[derive(Debug, Parser)]
#[command(name = "batool", version, arg_required_else_help = true, disable_help_subcommand = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say nothing but the answer
    #[arg(long, short, global = true)]
    quiet: bool,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

const EXIT_CODES: &str =
    "Exit codes: 0 VERIFIED or done, 1 UNDECIDABLE, 2 REJECT, 64 wrong usage, 74 could not do the job.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check packages and event logs, and say what holds and what does not
    Verify(Late<verify::Args>),
    /// Check that a package is in the log of a checkpoint; no archive is needed
    VerifyProof(Late<verify_proof::Args>),
    /// Keep packages and their certificates in a git repository
    Archive(Late<archive::Args>),
    /// Say what really differs between two packages or event logs: records matched by what they mean, ids followed, clocks left out
    Diff(Late<diff::Args>),
    /// Keep what a release was measured against, and hold later runs to it
    Baseline(Late<baseline::Args>),
    /// Tell the records of one ledger or event log, sorted, a member a line, without ids and clocks; git asks this
    Textconv(Late<textconv::Args>),
    /// Give packages out of the archive, byte for byte, or make one of a store or of records
    ///
    /// The same package gives the same bytes on every machine, and nothing is ever overwritten.
    Export(Late<export::Args>),
    /// Make an event log of other systems' logs
    ///
    /// Nothing is made up: what the source does not say, the log does not say either. Beside the log stands a side file,
    /// `<out>.import.json`, that names the source's digest and counts what was mapped and what was left out.
    Import(Late<import::Args>),
    /// Have git ask batool before it commits, and before a server takes a push in
    Hook(Late<hook::Args>),
    /// Look at git, the clone, its settings, hooks and locks, and say what needs attention
    Doctor(Late<doctor::Args>),
    /// Explain what a finding or non-claim code means, why it matters, and what to do
    Explain(Late<explain::Args>),
    /// Print a completion script for a shell
    Completions(Late<completions::Args>),
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for =
                matches!(error.kind(), clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion);
            let _ = error.print();
            return exit::to_process(if asked_for { 0 } else { exit::USAGE });
        }
    };
    let mut term = Term::new(cli.quiet, cli.color);
    let ended: Result<Exit, Failure> = match cli.command {
        Command::Verify(args) => return exit::to_process(verify::run(&args, &mut term)),
        Command::VerifyProof(args) => verify_proof::run(&args, &mut term),
        Command::Archive(args) => archive::run(&args, &mut term),
        Command::Diff(args) => diff::run(&args, &mut term),
        Command::Baseline(args) => baseline::run(&args, &mut term),
        Command::Textconv(args) => textconv::run(&args, &mut term),
        Command::Export(args) => export::run(&args, &mut term),
        Command::Import(args) => import::run(&args, &mut term),
        Command::Hook(args) => hook::run(&args, &mut term),
        Command::Doctor(args) => doctor::run(&args, &mut term),
        Command::Explain(args) => explain::run(&args, &mut term),
        Command::Completions(args) => completions::run(&args, &mut term),
    };
    match ended {
        Ok(exit) => exit::to_process(exit.code()),
        Err(failure) => {
            term.fail(failure.error());
            exit::to_process(failure.code())
        }
    }
}

/// The parser, for completions and generated documentation.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
