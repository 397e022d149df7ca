//! `batool archive`: keep packages and their certificates in a git repository.

mod add;
mod bundle;
mod checkpoint;
mod init;
mod keygen;
mod list;
mod log;
mod prove;
mod pull;
mod recertify;
mod show;
mod verify;

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
    /// Make an archive: a git repository with a policy
    Init(Late<init::Args>),
    /// Verify packages and keep them with their certificates, all in one commit or none
    Add(Late<add::Args>),
    /// List archived runs with their verdicts
    List(Late<list::Args>),
    /// Show one archived run: its summary, the commit that added it, its files
    Show(Late<show::Args>),
    /// Show the commits of the archive, newest first; with a name, those that concern this run
    Log(Late<log::Args>),
    /// Read every stored byte of the archive's tip and derive every certificate again
    Verify(Late<verify::Args>),
    /// Print three lines that stand for everything that was added so far
    Checkpoint(Late<checkpoint::Args>),
    /// Write a proof that a run is in the archive, for somebody who has only the package and a checkpoint
    Prove(Late<prove::Args>),
    /// Certify an archived run again by today's rules, beside its older certificates
    Recertify(Late<recertify::Args>),
    /// Send what was added here to others, after a pull; never by force
    Push(Late<pull::PushArgs>),
    /// Bring in what others added; what was added here and not pushed is judged again on top of it
    Pull(Late<pull::PullArgs>),
    /// Make a key that the archive's checkpoints are signed with, and print its public half
    Keygen(Late<keygen::Args>),
    /// Write the archive, or a new one of chosen runs, into one file (a git bundle)
    Bundle(Late<bundle::Args>),
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    match &args.command {
        Command::Init(command) => init::run(command, &args.archive, term),
        Command::Add(command) => add::run(command, &args.archive, term),
        Command::List(command) => list::run(command, &args.archive, term),
        Command::Show(command) => show::run(command, &args.archive, term),
        Command::Log(command) => log::run(command, &args.archive, term),
        Command::Verify(command) => verify::run(command, &args.archive, term),
        Command::Checkpoint(command) => checkpoint::run(command, &args.archive, term),
        Command::Prove(command) => prove::run(command, &args.archive, term),
        Command::Recertify(command) => recertify::run(command, &args.archive, term),
        Command::Push(command) => pull::push(command, &args.archive, term),
        Command::Pull(command) => pull::pull(command, &args.archive, term),
        Command::Keygen(command) => keygen::run(command, &args.archive, term),
        Command::Bundle(command) => bundle::run(command, &args.archive, term),
    }
}

/// A document for programs: sorted members and a newline.
fn json(value: &serde_json::Value) -> Vec<u8> {
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}
