//! `batool verify`: check packages and event logs, and say what holds.

use std::path::PathBuf;

use batool::assess::{Assessed, assess_any, assess_log};
use batool::digest::Digest;
use batool::error::Error;
use batool::events::Terms;
use batool::judge::{Options, Profile, Verdict};
use batool::package::{Sink, TakePiece};
use batool::source::{Limits, LogSource as _, is_log};
use batool::summary;
use clap::ValueEnum;

use super::bytes::bytes;
use super::exit::{Exit, Failure, worst};
use super::open::{ArchiveArgs, Spec, archive_for};
use super::output::write_file;
use super::term::{Format, Progress, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool verify ./audits/run-7
  batool verify run-7.tar.gz --out run-7.json --human run-7.txt
  batool verify v1.4:runs/nightly/package --format json | jq .predicate.verdict
  batool verify *.zip --strict
  batool verify --input events.jsonl --out certificate.json --human summary.txt
  batool verify big-run.tar.zst --memory 64M
  zcat events-*.jsonl.gz | batool verify - --profile full

Exit codes: 0 VERIFIED, 1 UNDECIDABLE, 2 REJECT; the worst of several. 74 if one could not be judged.")]
pub(crate) struct Args {
    /// Folders, tar or zip files, event logs (*.jsonl, *.jsonl.gz, *.jsonl.zst, or - for standard input), REV:PATH,
    /// index:PATH, or names of archived runs
    #[arg(value_name = "SOURCE", required_unless_present = "input")]
    sources: Vec<String>,
    /// An event log, whatever it is called
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sources", "kind"])]
    input: Option<String>,
    /// Insist on what the source is; else *.jsonl* and - are event logs, and the rest is told by content
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Turn gaps about the package or log itself into violations
    #[arg(long)]
    strict: bool,
    /// Write the certificate to a file
    #[arg(long, value_name = "CERT.json")]
    out: Option<PathBuf>,
    /// Write the summary to a file
    #[arg(long, value_name = "SUMMARY.txt")]
    human: Option<PathBuf>,
    /// How many claims to make [default: full for packages, core for event logs]
    #[arg(long, value_enum)]
    profile: Option<ProfileArg>,
    /// Event logs: how far clocks may differ [default: 1000000, which a log may lower]
    #[arg(long, value_name = "N")]
    skew_tolerance_ns: Option<u64>,
    /// Event logs: the digest that the log must have, as it was kept elsewhere
    #[arg(long, value_name = "HEX", value_parser = digest)]
    expect_digest: Option<Digest>,
    /// Event logs: about how much memory event ids may take; what is more goes to a temporary file
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = bytes::<usize>)]
    id_memory: usize,
    /// Packages: about how much memory what is kept of rows may take; what is more goes to temporary files
    #[arg(long, value_name = "BYTES", default_value = "256M", value_parser = bytes::<usize>)]
    memory: usize,
    /// How to tell the answer; with several sources, json is one document a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    archive: ArchiveArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A folder, tar, zip or tree with a manifest
    AuditPackage,
    /// JSONL telemetry of a run
    EventLog,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileArg {
    /// What matters most
    Core,
    /// All claims
    Full,
}

impl Args {
    fn profile(&self, default: Profile) -> Profile {
        match self.profile {
            Some(ProfileArg::Core) => Profile::Core,
            Some(ProfileArg::Full) => Profile::Full,
            None => default,
        }
    }

    fn terms(&self) -> Terms {
        Terms {
            strict: self.strict,
            skew_tolerance_ns: self.skew_tolerance_ns,
            expected: self.expect_digest,
            id_memory: self.id_memory,
        }
    }
}

fn digest(text: &str) -> Result<Digest, &'static str> {
    Digest::from_hex(text.as_bytes()).ok_or("a digest is 64 lower-case hex digits")
}

pub(crate) fn run(args: &Args, term: &mut Term) -> u8 {
    if args.sources.len() > 1 && (args.out.is_some() || args.human.is_some()) {
        let failure = Failure::usage(
            "--out and --human take one certificate, and there are several sources",
            "verify them one by one",
        );
        term.fail(failure.error());
        return failure.code();
    }
    let codes = args.sources.iter().chain(&args.input).enumerate().map(|(n, spec)| match one(args, spec, n, term) {
        Ok(verdict) => Exit::Verdict(verdict).code(),
        Err(failure) => {
            term.fail(failure.error());
            failure.code()
        }
    });
    worst(codes.collect::<Vec<_>>())
}

/// Shows how far the reading is.
struct Watched(Progress);

impl Sink for Watched {
    fn file(
        &mut self,
        _: &str,
        _: u64,
        read: &mut dyn FnMut(&mut TakePiece<'_>) -> batool::error::Result<bool>,
    ) -> batool::error::Result<()> {
        read(&mut |piece| {
            self.0.advance(piece.len() as u64);
            Ok(())
        })
        .map(drop)
    }
}

/// Reads and judges one source.
fn assessed(args: &Args, name: &str, term: &Term) -> Result<Assessed, Failure> {
    let limits = Limits { memory: args.memory, ..Limits::default() };
    let is_log_asked = args.kind == Some(Kind::EventLog);
    let spec = match Spec::parse(name) {
        _ if args.input.is_some() => Spec::log(name),
        spec if is_log_asked => spec.into_log(),
        spec => spec,
    };
    if let Some(mut log) = spec.open_log(limits)? {
        let mut progress = Watched(term.progress("verifying", log.size().unwrap_or(0)));
        let assessment = assess_log(&mut log, &mut progress, args.terms(), args.profile(Profile::Core))?;
        return Ok(Assessed::Log(Box::new(assessment)));
    }
    let archive = archive_for(std::slice::from_ref(&spec), &args.archive)?;
    let mut source = spec.open(archive.as_ref(), limits)?;
    let listing = source.listing();
    if is_log_asked && !is_log(listing) {
        return Err(Error::new(format!("cannot read {name} as an event log"))
            .because("it does not hold events.jsonl and nothing else")
            .hint("leave --kind out to have it told by content")
            .into());
    }
    if args.kind == Some(Kind::AuditPackage) && is_log(listing) {
        return Err(Error::new(format!("cannot read {name} as an audit package"))
            .because("it is an event log")
            .hint("leave --kind out to have it told by content")
            .into());
    }
    let profile = args.profile(if is_log(listing) { Profile::Core } else { Profile::Full });
    let mut progress = Watched(term.progress("verifying", listing.files.iter().map(|file| file.size).sum()));
    let options = Options { strict: args.strict, profile };
    Ok(assess_any(&mut *source, &mut progress, limits, options, args.terms())?)
}

fn one(args: &Args, name: &str, n: usize, term: &Term) -> Result<Verdict, Failure> {
    let assessed = assessed(args, name, term)?;
    let certificate = assessed.certificate().to_bytes()?;
    let judgement = assessed.judgement();
    let human = summary::render(&certificate)?;
    if let Some(path) = &args.out {
        write_file(path, &certificate)?;
    }
    if let Some(path) = &args.human {
        write_file(path, human.as_bytes())?;
    }
    term.explain(&judgement.findings);
    if args.out.is_none() && args.human.is_none() {
        match args.format {
            Format::Json => term.answer(&certificate)?,
            Format::Text => {
                let gap = if n > 0 { "\n" } else { "" };
                let name = if args.sources.len() > 1 {
                    format!("{}:\n", batool::finding::printable(name, 400))
                } else {
                    String::new()
                };
                term.answer(format!("{gap}{name}{}", term.paint(&human)).as_bytes())?;
            }
        }
    }
    Ok(judgement.verdict)
}
