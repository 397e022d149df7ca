//! `batool baseline diff`: what differs between the runs of two baselines.

use batool::diff::{self, Extent, Form, Report, form};
use batool::source::Limits;
use clap::ValueEnum;

use super::sides::Named;
use crate::cli::bytes::bytes;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::pairs::{Head, Side, compare_each};
use crate::cli::spool::Spool;
use crate::cli::term::Term;

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
    /// About how much memory ids, digests and lines of records may take; what is more goes to temporary files
    #[arg(long, value_name = "BYTES", default_value = "256M", value_parser = bytes::<usize>)]
    memory: usize,
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
    let sides = [Side::of_baseline(&archive, &args.a, &args.a)?, Side::of_baseline(&archive, &args.b, &args.b)?];
    drop(archive);
    let (form, head): (Form, Head) = match args.format {
        FormatArg::Text => (form::text, Head::Within),
        FormatArg::Json => (form::json, Head::Json),
        FormatArg::Stat => (form::stat, Head::Line),
        FormatArg::Markdown => (form::markdown, Head::Within),
    };
    let extent = Extent { limit: args.limit.unwrap_or(u64::MAX) };
    let mut out = Spool::new();
    let is_same = compare_each(&sides, head, &mut out, |pair, out| {
        let doors = pair.map(|member| Named { name: member.source.clone(), archive: place.clone() });
        let options = diff::Options { verify: true, memory: args.memory, ..diff::Options::default() };
        let (answer, standings) = diff::compare([&doors[0], &doors[1]], Limits::default(), options)?;
        let report = Report { names: pair.map(|member| member.called.clone()), standings, answer };
        form(&report, extent, out)?;
        Ok(report.is_same())
    })?;
    out.give(term, |line| if args.format == FormatArg::Text { term.paint_diff(line) } else { None })?;
    Ok(if args.exit_code && !is_same { Exit::Differ } else { Exit::Done })
}
