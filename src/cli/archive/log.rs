//! `batool archive log`: what was added when.

use batool::finding::printable;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  batool archive log\n  batool archive log nightly/run-7 --format json")]
pub(crate) struct Args {
    /// Only commits that added this run
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How to tell the answer; json is one document a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let mut out = Vec::new();
    for entry in archive.log(args.name.as_deref())? {
        match args.format {
            Format::Json => out.extend(super::json(&json!({
                "author": entry.author, "commit": entry.commit.to_string(), "runs": entry.runs,
                "schema": "batool/archive-log/1", "subject": entry.subject,
            }))),
            Format::Text => {
                out.extend(
                    format!("{:.12} {}\n", entry.commit.to_string(), printable(&entry.subject, 200)).into_bytes(),
                );
                if entry.runs.len() > 1 {
                    entry
                        .runs
                        .iter()
                        .for_each(|run| out.extend(format!("             {}\n", printable(run, 200)).into_bytes()));
                }
            }
        }
    }
    term.answer(&out)?;
    Ok(Exit::Done)
}
