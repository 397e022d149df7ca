//! `batool completions`: a completion script for a shell.

use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  batool completions bash > ~/.local/share/bash-completion/completions/batool")]
pub(crate) struct Args {
    /// The shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "batool", &mut script);
    term.answer(&script)?;
    Ok(Exit::Done)
}
