//! `batool archive show`: one run, its certificate and where it stands.

use batool::archive::Base;
use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  batool archive show nightly/run-7\n  batool archive show nightly/run-7@v1.4 --format json | jq .certificate.predicate.claims"
)]
pub(crate) struct Args {
    /// The run, or run@REV
    #[arg(value_name = "NAME")]
    name: String,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let text = args.name.strip_prefix("run:").unwrap_or(&args.name);
    let (name, base): (&str, Base) = match text.split_once('@') {
        Some((name, rev)) => (name, archive.at(rev)?),
        None => (text, archive.tip()?),
    };
    let run = archive.run(&base, name)?;
    let certificate: Value = serde_json::from_slice(&archive.certificate(&run)?).unwrap_or_default();
    let added = archive.added(name)?;
    match args.format {
        Format::Json => {
            let commit = added.map(|entry| entry.commit.to_string());
            term.answer(&super::json(&json!({ "certificate": certificate, "commit": commit, "name": name, "schema": "batool/archive-show/1" })))?;
        }
        Format::Text => {
            let mut out = term.paint(&String::from_utf8_lossy(&archive.summary(&run)?));
            if let Some(entry) = added {
                out.push_str(&format!(
                    "\nAdded in {} by {}\n",
                    entry.commit,
                    batool::finding::printable(&entry.author, 200)
                ));
            }
            out.push_str("\nFiles:\n");
            for file in certificate["predicate"]["files"].as_array().into_iter().flatten() {
                let member = |name: &str| batool::finding::printable(file[name].as_str().unwrap_or_default(), 400);
                out.push_str(&format!("{}  {}\n", member("sha256"), member("path")));
            }
            term.answer(out.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}
