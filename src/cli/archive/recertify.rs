//! `batool archive recertify`: put today's verdict on a run beside its older certificates.

use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool archive recertify nightly/run-7

After an upgrade of batool whose rules see more, `archive verify` may find that a run is judged stricter today. This puts
that verdict on record, whatever it is: certificate.2.json beside certificate.json, in a commit with a leaf of its own.
Where the newest certificate is by these rules already, nothing is done.

Exit codes: 0 done, 74 not done. The verdict changes no exit code; `batool verify run:NAME` does.")]
pub(crate) struct Args {
    /// The run
    #[arg(value_name = "NAME")]
    name: String,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let name = args.name.strip_prefix("run:").unwrap_or(&args.name);
    let made = place.open()?.recertify(name)?;
    match args.format {
        Format::Text => {
            let text = match &made {
                None => format!("{name} is certified by these rules already\n"),
                Some(made) => {
                    let [was, is] = &made.verdicts;
                    let changes: String = made.changes.iter().map(|line| format!("  {line}\n")).collect();
                    let (file, commit) = (&made.file, made.commit);
                    format!("{file} of {name} in commit {commit}\n  verdict: {was} -> {is}\n{changes}")
                }
            };
            term.answer(text.as_bytes())?;
        }
        Format::Json => term.answer(&super::json(&json!({
            "changes": made.as_ref().map(|made| &made.changes), "commit": made.as_ref().map(|made| made.commit.to_string()),
            "file": made.as_ref().map(|made| &made.file), "name": name, "schema": "batool/archive-recertify/1",
            "verdicts": made.as_ref().map(|made| &made.verdicts),
        })))?,
    }
    Ok(Exit::Done)
}
