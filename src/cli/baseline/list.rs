//! `batool baseline list`: which baselines there are.

use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  batool baseline list\n  batool baseline list --format json | jq -r .name")]
pub(crate) struct Args {
    /// How to tell the answer; json is one document a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let base = archive.tip()?;
    let mut out = Vec::new();
    for entry in archive.baselines(&base)? {
        let baseline = archive.baseline(&base, entry.name.as_str())?;
        let runs: Vec<&str> = baseline.runs.iter().map(|run| run.name.as_str()).collect();
        match args.format {
            Format::Json => out.extend(super::json(&json!({
                "name": entry.name.as_str(), "runs": runs, "schema": "batool/baseline-list/1", "tag": entry.name.tag(),
            }))),
            Format::Text => out.extend(format!("{:<12} {}\n", entry.name, runs.join(" ")).into_bytes()),
        }
    }
    term.answer(&out)?;
    Ok(Exit::Done)
}
