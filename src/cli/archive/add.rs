//! `batool archive add`: verify packages and keep them, in one commit.

use std::path::Path;

use batool::archive::layout::RunName;
use batool::archive::{AddOptions, Added, Addition, Archive, Outcome, Request, is_in_repository};
use batool::error::{Doing as _, Error, Result};
use batool::git::ObjectFormat;
use batool::judge::Verdict;
use batool::source::{Limits, Unwrapped, unwrap};
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::{ArchiveArgs, Spec, run_name};
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool archive add ./audits/run-7
  batool archive add run-7.tar.gz --as nightly/2026-11-21/run-7
  batool archive add ./audits/* -m 'the week of the release'
  batool archive add ./audits/run-7 --archive /srv/audits.git --init
  batool archive add run-7/events.jsonl

Exit codes: 0 added or already there, 1 or 2 refused by the policy, 74 could not be done; nothing is half added.")]
pub(crate) struct Args {
    /// Folders, tar or zip files, event logs (*.jsonl, *.jsonl.gz, *.jsonl.zst, or -), REV:PATH, index:PATH; also
    /// bags, exports with their certificate, and bundles (*.bundle, all runs in them)
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,
    /// The name it gets; by default the folder's or file's own, and for an event log its folder's
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Make the archive first if there is none
    #[arg(long, conflicts_with = "dry_run")]
    init: bool,
    /// Judge and say what would happen; write nothing
    #[arg(long, short = 'n', conflicts_with = "stage")]
    dry_run: bool,
    /// Put the runs into work tree and index only; you commit
    #[arg(long)]
    stage: bool,
    /// The commit's message; trailers are put below it
    #[arg(long, short)]
    message: Option<String>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    if args.name.is_some() && args.sources.len() > 1 {
        return Err(Failure::usage("--as names one run, and there are several sources", "add them one by one"));
    }
    let archive = match place.open_to_write() {
        Err(error) if args.init => make(place, error)?,
        opened => opened?,
    };
    if args.stage && archive.repo().is_bare() {
        return Err(Failure::usage("--stage needs a work tree, and the archive is bare", "leave --stage out"));
    }
    let limits = archive.tip()?.config.policy.limits();
    let bundles = args.sources.iter().map(|text| Bundle::open(text)).collect::<Result<Vec<_>>>()?;
    let mut requests = Vec::with_capacity(args.sources.len());
    for (text, bundle) in args.sources.iter().zip(&bundles) {
        match bundle {
            Some(bundle) => requests.extend(bundle.requests(limits)?),
            None => requests.push(request(text, args.name.as_deref(), &archive, limits)?),
        }
    }
    if let (Some(name), Some(_)) = (&args.name, bundles.first().and_then(Option::as_ref)) {
        match requests.as_mut_slice() {
            [only] => only.name = RunName::parse(name)?,
            _ => return Err(Failure::usage("--as names one run, and the bundle holds several", "leave it out")),
        }
    }
    let total = requests.iter().flat_map(|request| &request.source.listing().files).map(|file| file.size).sum();
    let options = AddOptions { message: args.message.clone(), dry_run: args.dry_run, stage: args.stage };
    let mut progress = term.progress("adding", total);
    let addition = archive.add(requests, &options, &mut |bytes| progress.advance(bytes))?;
    drop(progress);
    match args.format {
        Format::Text => term.answer(text(&addition, term).as_bytes())?,
        Format::Json => term.answer(&document(&addition))?,
    }
    Ok(ending(&addition))
}

/// The one package of a source. A bag and an export with a certificate know the name of their run.
fn request<'a>(text: &str, name: Option<&str>, archive: &'a Archive, limits: Limits) -> Result<Request<'a>> {
    let spec = Spec::parse(text);
    let source = spec.open(Some(archive), limits)?;
    let Unwrapped { source, name: stated } = match spec {
        Spec::Path(_) => unwrap(source)?,
        _ => Unwrapped { source, name: None },
    };
    let name = run_name(&spec, name.or(stated.as_deref()))?;
    Ok(Request { name, source })
}

/// An archive in one file, opened in a temporary folder.
struct Bundle {
    archive: Archive,
    _folder: tempfile::TempDir,
}

impl Bundle {
    /// Opens a bundle; nothing if the source is none.
    fn open(text: &str) -> Result<Option<Self>> {
        let path = Path::new(text);
        if !text.ends_with(".bundle") || !path.is_file() {
            return Ok(None);
        }
        let folder = tempfile::tempdir().doing(|| "cannot make a temporary folder".into())?;
        let archive = Archive::unbundle(path, &folder.path().join("archive.git"))?;
        Ok(Some(Self { archive, _folder: folder }))
    }

    /// All its runs, under their names.
    fn requests(&self, limits: Limits) -> Result<Vec<Request<'_>>> {
        let runs = self.archive.runs(&self.archive.tip()?)?.into_iter();
        runs.map(|run| Ok(Request { source: Box::new(self.archive.given(&run, limits)?), name: run.name })).collect()
    }
}

/// Makes the archive where it was looked for.
fn make(place: &ArchiveArgs, error: Error) -> Result<Archive, Failure> {
    let dir = place.path().unwrap_or(Path::new("."));
    // Never turn a repository with a history into an archive behind the user's back, nor put one into another.
    let is_taken = match place.path() {
        Some(dir) => dir.join(".git").exists() || dir.join("HEAD").exists(),
        None => is_in_repository(dir),
    };
    if is_taken {
        return Err(error.into());
    }
    super::init::show_records(Archive::init(dir, false, ObjectFormat::Sha1)?)
}

/// Refused ends 1 or 2: the worst verdict among the refused, and never 0.
fn ending(addition: &Addition) -> Exit {
    let refused = addition.runs.iter().filter(|run| matches!(run.outcome, Outcome::Refused(_)));
    refused.map(|run| run.verdict.max(Verdict::Undecidable)).max().map_or(Exit::Done, Exit::Verdict)
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "added",
        Outcome::Present => "already there",
        Outcome::Staged => "staged",
        Outcome::WouldAdd => "would add",
        Outcome::Refused(_) => "refused",
        Outcome::HeldBack => "held back",
    }
}

fn text(addition: &Addition, term: &Term) -> String {
    let mut out = String::new();
    for run in &addition.runs {
        out.push_str(&line(run, addition));
        if let Outcome::Refused(reasons) = &run.outcome {
            reasons.iter().for_each(|reason| out.push_str(&format!("  {reason}\n")));
            out.push_str(&format!("\n{}\n", term.paint(&run.summary)));
        }
    }
    out
}

fn line(run: &Added, addition: &Addition) -> String {
    let commit = match (&run.outcome, addition.commit) {
        (Outcome::Added, Some(commit)) => format!(" in commit {:.12}", commit.to_string()),
        (Outcome::HeldBack, _) => ", as another package of the call was refused".to_owned(),
        _ => String::new(),
    };
    format!("{} {} ({}){commit}\n", word(&run.outcome), run.name, run.verdict.word())
}

fn document(addition: &Addition) -> Vec<u8> {
    let runs: Vec<_> = addition.runs.iter().map(|run| {
        let reasons = match &run.outcome {
            Outcome::Refused(reasons) => reasons.clone(),
            _ => Vec::new(),
        };
        let certificate: serde_json::Value = serde_json::from_slice(&run.certificate).unwrap_or_default();
        json!({
            "findings": certificate["predicate"]["findings"], "name": run.name.as_str(), "outcome": word(&run.outcome),
            "packageDigest": run.package_digest, "reasons": reasons, "verdict": run.verdict.word(),
        })
    }).collect();
    super::json(
        &json!({ "commit": addition.commit.map(|id| id.to_string()), "runs": runs, "schema": "batool/archive-add/1" }),
    )
}
