//! `batool archive list`: which runs are there.

use batool::archive::{Archive, Base, RunEntry};
use batool::digest::Digest;
use batool::error::Result;
use batool::events::NAME;
use batool::finding::printable;
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::glob::matches;
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  batool archive list\n  batool archive list 'nightly/*' --verdict undecidable\n  batool archive list --format json | jq -r .name"
)]
pub(crate) struct Args {
    /// Only runs whose names match one of these: `*` stands for anything within a component, `**` for any components
    #[arg(value_name = "GLOB")]
    globs: Vec<String>,
    /// Only runs with this verdict
    #[arg(long, value_enum, ignore_case = true, value_name = "V")]
    verdict: Option<VerdictArg>,
    /// How to tell the answer; json is one document a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum VerdictArg {
    Verified,
    Undecidable,
    Reject,
}

impl VerdictArg {
    fn word(self) -> &'static str {
        match self {
            VerdictArg::Verified => "VERIFIED",
            VerdictArg::Undecidable => "UNDECIDABLE",
            VerdictArg::Reject => "REJECT",
        }
    }
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let base: Base = archive.tip()?;
    let mut out = Vec::new();
    for run in archive.runs(&base)? {
        if !args.globs.is_empty() && !args.globs.iter().any(|glob| matches(glob, run.name.as_str())) {
            continue;
        }
        let entry = describe(&archive, &run)?;
        if args.verdict.is_some_and(|verdict| entry["verdict"] != verdict.word()) {
            continue;
        }
        match args.format {
            Format::Json => out.extend(super::json(&entry)),
            Format::Text => {
                let text = |name: &str| printable(entry[name].as_str().unwrap_or("-"), 200);
                let digest: String = text("packageDigest").chars().take(12).collect();
                out.extend(format!("{:<11} {digest}  {}  {}\n", text("verdict"), run.name, text("runId")).into_bytes());
            }
        }
    }
    term.answer(&out)?;
    Ok(Exit::Done)
}

/// What is told of a certificate; the rest of it is passed over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    subject: Vec<Subject>,
    predicate: Predicate,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subject {
    digest: Digests,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Digests {
    dir_hash: Option<String>,
    sha256: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Predicate {
    dialect: Value,
    kind: Value,
    run_id: Value,
    verdict: Value,
}

fn describe(archive: &Archive, run: &RunEntry) -> Result<Value> {
    let Told { subject, predicate } = serde_json::from_slice(&archive.certificate(run)?).unwrap_or_default();
    let digests = subject.into_iter().next().unwrap_or_default().digest;
    // A log's certificate names the file; as a package it is the one line that sums it up.
    let of_log = |digest: String| Digest::of(format!("{digest}  {NAME}\n").as_bytes()).to_string();
    let digest = digests.dir_hash.or_else(|| digests.sha256.map(of_log));
    Ok(json!({
        "dialect": predicate.dialect, "kind": predicate.kind, "name": run.name.as_str(),
        "packageDigest": digest, "runId": predicate.run_id,
        "schema": "batool/archive-list/1", "verdict": predicate.verdict,
    }))
}
