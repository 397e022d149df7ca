//! `batool archive prove`: a proof for strangers that a run was added.

use std::path::PathBuf;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::output::write_file;
use crate::cli::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  batool archive prove nightly/run-7 --to run-7.tlog-proof

The proof is a C2SP tlog-proof; `batool verify-proof` checks it.")]
pub(crate) struct Args {
    /// The run
    #[arg(value_name = "NAME")]
    name: String,
    /// Where the proof goes
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// By the log of this clone, also where runs were not pushed yet
    #[arg(long)]
    local: bool,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let name = args.name.strip_prefix("run:").unwrap_or(&args.name);
    let proofs = place.open()?.proofs(args.local)?;
    let proof = proofs.of(name)?;
    write_file(&args.to, proof.to_text().as_bytes())?;
    let note = if proofs.published().is_published { "" } else { " (unpublished)" };
    let text = format!("wrote a proof that {name} is leaf {} of {}{note}\n", proof.index + 1, proof.checkpoint.size);
    term.answer(text.as_bytes())?;
    Ok(Exit::Done)
}
