//! `batool verify`: check packages and say what holds.

use std::path::PathBuf;

use batool::assess::assess;
use batool::judge::{Options, Profile, Verdict};
use batool::package::{Sink, TakePiece};
use batool::source::Limits;
use batool::summary;
use clap::ValueEnum;

use super::exit::{Exit, Failure, worst};
use super::open::{ArchiveArgs, Spec, archive_for};
use super::output::write_file;
use super::term::{Format, Progress, Term};

/// Check packages and say what holds and what does not
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool verify ./audits/run-7
  batool verify run-7.tar.gz --out run-7.json --human run-7.txt
  batool verify v1.4:runs/nightly/package --format json | jq .predicate.verdict
  batool verify *.zip --strict

Exit codes: 0 VERIFIED, 1 UNDECIDABLE, 2 REJECT; the worst of several. 74 if one could not be judged.")]
pub(crate) struct Args {
    /// Folders, tar or zip files, REV:PATH, index:PATH, or names of archived runs
    #[arg(value_name = "SOURCE", required_unless_present = "input")]
    sources: Vec<String>,
    /// An event log (the original tool's form)
    #[arg(long, value_name = "FILE", conflicts_with = "sources", hide = true)]
    input: Option<String>,
    /// Turn gaps about the package into violations
    #[arg(long)]
    strict: bool,
    /// Write the certificate to a file
    #[arg(long, value_name = "CERT.json")]
    out: Option<PathBuf>,
    /// Write the summary to a file
    #[arg(long, value_name = "SUMMARY.txt")]
    human: Option<PathBuf>,
    /// How many claims to make
    #[arg(long, value_enum, default_value = "full")]
    profile: ProfileArg,
    /// How to tell the answer; with several sources, json is one document a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    archive: ArchiveArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileArg {
    /// Integrity and what the manifest binds
    Core,
    /// All claims
    Full,
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
    if args.input.is_some() {
        let error = batool::error::Error::new("event logs cannot be judged yet")
            .hint("this version of batool judges audit packages only");
        term.fail(&error);
        return Failure::Job(error).code();
    }
    let codes = args.sources.iter().enumerate().map(|(n, spec)| match one(args, spec, n, term) {
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

fn one(args: &Args, name: &str, n: usize, term: &Term) -> Result<Verdict, Failure> {
    let limits = Limits::default();
    let spec = Spec::parse(name);
    let archive = archive_for(std::slice::from_ref(&spec), &args.archive)?;
    let mut source = spec.open(archive.as_ref(), limits)?;
    let total = source.listing().files.iter().map(|file| file.size).sum();
    let mut progress = Watched(term.progress("verifying", total));
    let profile = match args.profile {
        ProfileArg::Core => Profile::Core,
        ProfileArg::Full => Profile::Full,
    };
    let assessment = assess(&mut *source, &mut progress, limits, Options { strict: args.strict, profile })?;
    drop(progress);
    let verdict = assessment.judgement.verdict;
    let certificate = assessment.certificate().to_bytes()?;
    let human = summary::render(&certificate)?;
    if let Some(path) = &args.out {
        write_file(path, &certificate)?;
    }
    if let Some(path) = &args.human {
        write_file(path, human.as_bytes())?;
    }
    term.explain(&assessment.judgement.findings);
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
    Ok(verdict)
}
