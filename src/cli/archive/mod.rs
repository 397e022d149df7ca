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
use super::open::ArchiveArgs;
use super::term::Term;

/// Keep packages and their certificates in a git repository
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    archive: ArchiveArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Add(add::Args),
    List(list::Args),
    Show(show::Args),
    Log(log::Args),
    Verify(verify::Args),
    Checkpoint(checkpoint::Args),
    Prove(prove::Args),
    Recertify(recertify::Args),
    Push(pull::PushArgs),
    Pull(pull::PullArgs),
    Keygen(keygen::Args),
    Bundle(bundle::Args),
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
