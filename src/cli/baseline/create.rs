//! `batool baseline create`: name archived runs as what a release was measured against.

use std::path::PathBuf;

use batool::archive::layout::BaselineName;
use batool::drift::Policy;
use batool::error::Doing;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool baseline create v1.4 nightly/run-7
  batool baseline create v1.4 nightly/run-7 nightly/load-3 --drift drift.toml

The drift policy says what `baseline check` lets pass; without one nothing that was accepted may be missing, nothing may
be removed or changed, and records may be added. A baseline never changes. The tag is signed where tag.gpgsign asks for it.
Others get both with `git push --atomic origin BRANCH baseline/NAME`.

Exit codes: 0 made, or there already with the same content; 74 not made.")]
pub(crate) struct Args {
    /// The baseline's name, such as v1.4
    #[arg(value_name = "NAME")]
    name: String,
    /// Archived runs
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,
    /// What may drift, as TOML
    #[arg(long, value_name = "FILE")]
    drift: Option<PathBuf>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let drift = match &args.drift {
        Some(path) => {
            let doing = || format!("cannot read {}", path.display());
            Policy::parse(&std::fs::read_to_string(path).doing(doing)?).doing(doing)?
        }
        None => Policy::default(),
    };
    let name = BaselineName::parse(&args.name)?;
    let runs: Vec<String> = args.runs.iter().map(|run| run.strip_prefix("run:").unwrap_or(run).to_owned()).collect();
    let commit = place.open()?.create_baseline(name.clone(), &runs, drift)?;
    match args.format {
        Format::Text => {
            let text = match commit {
                Some(commit) => format!("made {name} in commit {commit}, with the tag baseline/{name}\n"),
                None => format!("{name} is there already\n"),
            };
            term.answer(text.as_bytes())?;
        }
        Format::Json => term.answer(&super::json(&json!({
            "commit": commit.map(|commit| commit.to_string()), "name": name.as_str(), "schema": "batool/baseline-create/1",
            "tag": name.tag(),
        })))?,
    }
    Ok(Exit::Done)
}
