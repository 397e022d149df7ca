//! `batool diff`: say what differs between two packages, or two event logs.

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use batool::archive::Archive;
use batool::diff::{self, Compared, Door, Extent, Form, Options, Report, compare, form};
use batool::error::{Doing as _, Error, Result};
use batool::source::{self, FaultKind, Limits, PackageSource};
use clap::ValueEnum;

use super::bytes::bytes;
use super::exit::{Exit, Failure};
use super::open::{ArchiveArgs, Spec, archive_for};
use super::pairs::{Head, Side, compare_each, pair_up};
use super::spool::Spool;
use super::term::{Progress, Term};
use super::watched::Watched;

/// The one file of an event log.
const LOG: &str = "events.jsonl";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool diff runs/monday runs/tuesday
  batool diff nightly/run-6 nightly/run-7 --format stat
  batool diff nightly/run-7@v1.4 run-7.tar.gz --exit-code
  batool diff monday/events.jsonl tuesday/events.jsonl.zst
  batool diff baseline:v1.4 nightly/run-7
  batool diff a b --format html > diff.html
  batool diff a b --format json | jq -c 'select(.line == \"change\")'

The runs of a baseline pair by name, whole or by the last part of it; what has no counterpart is named.

Exit codes: 0 compared; with --exit-code 1 if they differ. 74 if a side cannot be read. The verdicts on the sides are
told on top and change no exit code.")]
pub(crate) struct Args {
    /// A folder, tar or zip file, REV:PATH, index:PATH, the name of an archived run, baseline:NAME, or an event log
    /// (*.jsonl, *.jsonl.gz, *.jsonl.zst, or -)
    #[arg(value_name = "A")]
    a: String,
    /// What to compare it with
    #[arg(value_name = "B")]
    b: String,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: FormatArg,
    /// End with 1 if they differ
    #[arg(long)]
    exit_code: bool,
    /// Tell of these kinds of records only
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    ledger: Vec<String>,
    /// Show at most this many changes; counts stay exact
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Clocks, and what follows from clocks and ids, count as differences
    #[arg(long)]
    include_volatile: bool,
    /// Compare without judging the sides first
    #[arg(long)]
    no_verify: bool,
    /// Compare files line by line, as they stand
    #[arg(long, conflicts_with_all = ["format", "ledger", "limit", "include_volatile", "no_verify"])]
    raw: bool,
    /// A and B are one file each, which stands at PATH in an archive or package; git difftool calls it so
    #[arg(long, value_name = "PATH", conflicts_with = "raw")]
    file: Option<String>,
    /// About how much memory ids, digests and lines of records may take; what is more goes to temporary files
    #[arg(long, value_name = "BYTES", default_value = "256M", value_parser = bytes::<usize>)]
    memory: usize,
    #[command(flatten)]
    archive: ArchiveArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    /// For people: one record a hunk
    Text,
    /// For programs: JSON Lines
    Json,
    /// Counts alone
    Stat,
    /// For a pull request
    Markdown,
    /// One file for a browser
    Html,
}

impl FormatArg {
    fn form(self) -> Form {
        match self {
            FormatArg::Text => form::text,
            FormatArg::Json => form::json,
            FormatArg::Stat => form::stat,
            FormatArg::Markdown => form::markdown,
            FormatArg::Html => form::html,
        }
    }

    fn head(self) -> Head {
        match self {
            FormatArg::Text | FormatArg::Markdown | FormatArg::Html => Head::Within,
            FormatArg::Json => Head::Json,
            FormatArg::Stat => Head::Line,
        }
    }
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let known = diff::ledger_names();
    if let Some(name) = args.ledger.iter().find(|name| !known.contains(&name.as_str())) {
        let hint = format!("there are {}", known.join(", "));
        return Err(Failure::usage(format!("there are no records called {name}"), hint));
    }
    let (limits, mut out) = (Limits::default(), Spool::new());
    if let Some(path) = &args.file {
        let [a, b] = [&args.a, &args.b].map(|file| Alone { file, path: inside(path), limits });
        let compared = compare([&a, &b], limits, options(args, inside(path) == LOG))?;
        let is_same = tell(args, [&args.a, &args.b], compared, &mut out)?;
        return answer(args, out, is_same, term);
    }
    if [&args.a, &args.b].iter().all(|side| matches!(Spec::parse(side), Spec::Input)) {
        return Err(Failure::usage("standard input cannot be both sides", "name a file as one of them"));
    }
    let sides = [Side::of(&args.a, &args.archive)?, Side::of(&args.b, &args.archive)?];
    if args.raw {
        let is_same = compare_each(&sides, Head::Line, &mut out, |[a, b], out| {
            let specs = [Spec::parse(&a.source), Spec::parse(&b.source)];
            let archive = archive_for(&specs, &args.archive)?;
            let [mut a, mut b] =
                [open(&specs[0], archive.as_ref(), limits)?, open(&specs[1], archive.as_ref(), limits)?];
            let text = diff::raw(&mut *a, &mut *b, limits)?;
            out.write_all(text.as_bytes()).doing(|| "cannot write an answer".into())?;
            Ok(text.is_empty())
        })?;
        return answer(args, out, is_same, term);
    }
    if matches!(args.format, FormatArg::Html) && pair_up(&sides).len() != 1 {
        let hint = "compare two runs, or take another form";
        return Err(Failure::usage("a page of HTML tells of one pair of runs, and here are several", hint));
    }
    let is_same = compare_each(&sides, args.format.head(), &mut out, |pair, out| {
        // Sides are read as often as needed, so nobody can tell how far it still is.
        let progress = Mutex::new(term.progress("comparing", 0));
        let [a, b] =
            pair.map(|member| Named { name: &member.source, archive: &args.archive, limits, progress: &progress });
        let compared = compare([&a, &b], limits, options(args, true))?;
        tell(args, pair.map(|member| &member.called), compared, out)
    })?;
    answer(args, out, is_same, term)
}

/// What is no whole package cannot be judged.
fn options(args: &Args, is_whole: bool) -> Options {
    Options { verify: is_whole && !args.no_verify, include_volatile: args.include_volatile, memory: args.memory }
}

/// Writes the answer about a pair; true if nothing differs.
fn tell(args: &Args, names: [&String; 2], (answer, standings): Compared, out: &mut dyn Write) -> Result<bool> {
    let mut report = Report { names: names.map(String::clone), standings, answer };
    if !args.ledger.is_empty() {
        report.keep(&args.ledger)?;
    }
    args.format.form()(&report, Extent { limit: args.limit.unwrap_or(u64::MAX) }, out)?;
    Ok(report.is_same())
}

fn answer(args: &Args, out: Spool, is_same: bool, term: &Term) -> Result<Exit, Failure> {
    let is_painted = matches!(args.format, FormatArg::Text);
    out.give(term, |line| if is_painted { term.paint_diff(line) } else { None })?;
    Ok(if args.exit_code && !is_same { Exit::Differ } else { Exit::Done })
}

/// A side as it was named.
struct Named<'a> {
    name: &'a str,
    archive: &'a ArchiveArgs,
    limits: Limits,
    progress: &'a Mutex<Progress>,
}

impl Door for Named<'_> {
    fn enter(&self, then: &mut dyn FnMut(&mut dyn PackageSource) -> Result<()>) -> Result<()> {
        let spec = Spec::parse(self.name);
        let archive = archive_for(std::slice::from_ref(&spec), self.archive)?;
        let source = open(&spec, archive.as_ref(), self.limits)?;
        then(&mut Watched { source, progress: self.progress })
    }
}

/// A file that stands in no package.
struct Alone<'a> {
    file: &'a str,
    path: &'a str,
    limits: Limits,
}

impl Door for Alone<'_> {
    fn enter(&self, then: &mut dyn FnMut(&mut dyn PackageSource) -> Result<()>) -> Result<()> {
        then(&mut *source::one_file(Path::new(self.file), self.path, self.limits)?)
    }
}

/// Where a file of an archive stands in its package.
fn inside(path: &str) -> &str {
    path.split_once("/package/").map_or(path, |(_, inside)| inside)
}

fn open<'a>(spec: &Spec<'_>, archive: Option<&'a Archive>, limits: Limits) -> Result<Box<dyn PackageSource + 'a>> {
    let source = spec.open(archive, limits)?;
    match source.listing().faults.iter().find(|fault| fault.kind == FaultKind::Unknown) {
        Some(fault) => Err(Error::new(format!("cannot compare {}", source.describe())).because(fault.text.clone())),
        None => Ok(source),
    }
}
