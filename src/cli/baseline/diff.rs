//! `batool baseline diff`: what differs between the runs of two baselines.

use batool::archive::pair_names;
use batool::diff::{self, Extent, Form, Report, form};
use batool::finding::printable;
use batool::source::Limits;
use clap::ValueEnum;
use serde_json::json;

use super::sides::stored;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::Term;

/// Say what differs between the runs of two baselines
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool baseline diff v1.3 v1.4
  batool baseline diff v1.3 v1.4 --format markdown --limit 50

Runs pair by name, whole or by the last part of it; what has no counterpart is named.

Exit codes: 0 compared; with --exit-code 1 if they differ.")]
pub(crate) struct Args {
    /// The older baseline
    #[arg(value_name = "A")]
    a: String,
    /// The newer baseline
    #[arg(value_name = "B")]
    b: String,
    /// How to tell the answer; json is one document a line
    #[arg(long, value_enum, default_value = "text")]
    format: FormatArg,
    /// Show at most this many changes a run; counts stay exact
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// End with 1 if they differ
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// For people: one record a hunk
    Text,
    /// For programs: JSON Lines
    Json,
    /// Counts alone
    Stat,
    /// For a pull request
    Markdown,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let base = archive.tip()?;
    let [a, b] = [archive.baseline(&base, &args.a)?, archive.baseline(&base, &args.b)?];
    let names_of_a: Vec<&str> = a.runs.iter().map(|run| run.name.as_str()).collect();
    let names_of_b: Vec<Option<&str>> = b.runs.iter().map(|run| Some(run.name.as_str())).collect();
    let form: Form = match args.format {
        FormatArg::Text => form::text,
        FormatArg::Json => form::json,
        FormatArg::Stat => form::stat,
        FormatArg::Markdown => form::markdown,
    };
    let extent = Extent { limit: args.limit.unwrap_or(u64::MAX) };
    let (mut out, mut is_same) = (String::new(), true);
    for pair in pair_names(&names_of_a, &names_of_b) {
        let (baseline, run) = match pair {
            (Some(n), Some(m)) => {
                let names = [&a.runs[n].name, &b.runs[m].name];
                let doors = names.map(|name| stored(name, place));
                let options = diff::Options { verify: true, include_volatile: false };
                let (answer, standings) = diff::compare([&doors[0], &doors[1]], Limits::default(), options)?;
                let report = Report { names: names.map(String::clone), standings, answer };
                is_same &= report.is_same();
                out.push_str(&form(&report, extent));
                continue;
            }
            (Some(n), None) => (&args.a, &a.runs[n].name),
            (None, Some(m)) => (&args.b, &b.runs[m].name),
            (None, None) => continue,
        };
        is_same = false;
        out.push_str(&match args.format {
            FormatArg::Json => format!("{}\n", json!({ "baseline": baseline, "line": "unpaired", "run": run })),
            _ => format!("only in {}: {}\n", printable(baseline, 300), printable(run, 300)),
        });
    }
    let out = if args.format == FormatArg::Text { term.paint_diff(&out) } else { out };
    term.answer(out.as_bytes())?;
    Ok(if args.exit_code && !is_same { Exit::Differ } else { Exit::Done })
}
