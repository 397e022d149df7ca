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
mod open;
mod output;
mod pairs;
mod secret;
mod term;
mod textconv;
mod verify;
mod verify_proof;
mod watched;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::{Exit, Failure};
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
    Verify(verify::Args),
    VerifyProof(verify_proof::Args),
    Archive(archive::Args),
    Diff(diff::Args),
    Baseline(baseline::Args),
    Textconv(textconv::Args),
    Export(export::Args),
    Import(import::Args),
    Hook(hook::Args),
    Doctor(doctor::Args),
    Explain(explain::Args),
    Completions(completions::Args),
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
