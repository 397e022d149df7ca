//! `batool archive checkpoint`: three lines that say what the archive holds.

use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Keep them where others can see them: in a ticket, in release notes. Later

  batool archive verify --checkpoint FILE

shows that the archive continues what they stand for.")]
pub(crate) struct Args {
    /// Of this clone, also where runs were not pushed yet; a fourth line says `unpublished` then
    #[arg(long)]
    local: bool,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let found = place.open()?.checkpoint(args.local)?;
    let text = found.checkpoint.to_text();
    match args.format {
        Format::Text => {
            let rest = match (found.is_published, found.signatures.as_str()) {
                (false, _) => "unpublished\n".to_owned(),
                (true, "") => String::new(),
                (true, lines) => format!("\n{lines}"),
            };
            term.answer(format!("{text}{rest}").as_bytes())?;
        }
        Format::Json => term.answer(&super::json(&json!({
            "checkpoint": text, "commit": found.commit.to_string(), "origin": found.checkpoint.origin,
            "published": found.is_published, "schema": "batool/checkpoint/1", "signatures": found.signatures, "size": found.checkpoint.size.to_string(),
        })))?,
    }
    Ok(Exit::Done)
}
