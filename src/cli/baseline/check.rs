//! `batool baseline check`: hold runs against a baseline and say what drifted.

use batool::archive::layout::RunName;
use batool::archive::{Archive, Candidate};
use batool::diff::Door;
use batool::drift::{Form, form};
use batool::error::Result;
use clap::ValueEnum;

use super::sides::{Named, stored};
use crate::cli::duration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open::{ArchiveArgs, Spec};
use crate::cli::term::Term;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool baseline check v1.4 ./out/run-8
  batool baseline check v1.4 nightly/run-8 --max-age 24h
  batool baseline check v1.4 ./out/run-8 --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  batool baseline check v1.4 ./out/run-8 --format junit > drift.xml
  batool baseline check v1.4 ./out/etl ./out/load --format sarif > drift.sarif

A single source is held against a single run; several pair by name, whole or by the last part of it.

Exit codes: 0 no drift beyond the policy, 1 something cannot be told (a run that did not come, too), 2 drift.")]
pub(crate) struct Args {
    /// The baseline
    #[arg(value_name = "NAME")]
    name: String,
    /// Folders, tar or zip files, event logs, REV:PATH, or names of archived runs
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,
    /// Each source must be an archived run that was added at most so long ago, by the date of its commit
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    max_age: Option<u32>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: FormatArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// For people
    Text,
    /// For programs: one document
    Json,
    /// For a pull request
    Markdown,
    /// For CI that shows tests
    Junit,
    /// For CI that shows results of analysis
    Sarif,
}

impl FormatArg {
    fn form(self) -> Form {
        match self {
            FormatArg::Text => form::text,
            FormatArg::Json => form::json,
            FormatArg::Markdown => form::markdown,
            FormatArg::Junit => form::junit,
            FormatArg::Sarif => form::sarif,
        }
    }
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let doors: Vec<Named> =
        args.sources.iter().map(|name| Named { name: name.clone(), archive: place.clone() }).collect();
    let candidates = doors.iter().map(|door| candidate(&archive, door)).collect::<Result<Vec<_>>>()?;
    let freshness = duration::freshness(args.max_age)?;
    let door = |name: &str| -> Box<dyn Door> { Box::new(stored(name, place)) };
    let report = archive.check_baseline(&args.name, &candidates, &door, freshness)?;
    let text = (args.format.form())(&report);
    let text = if args.format == FormatArg::Text { term.paint(&text) } else { text };
    term.answer(text.as_bytes())?;
    Ok(Exit::Verdict(report.verdict()))
}

fn candidate<'d>(archive: &Archive, door: &'d Named) -> Result<Candidate<'d>> {
    let spec = Spec::parse(&door.name);
    let brought = match &spec {
        Spec::Run(name, rev) => {
            let base = rev.map_or_else(|| archive.tip(), |rev| archive.at(rev))?;
            archive.brought(&base, &RunName::parse(name)?)?
        }
        _ => None,
    };
    Ok(Candidate { name: door.name.clone(), run: spec.default_name(), brought, door })
}
