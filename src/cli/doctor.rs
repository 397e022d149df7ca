//! `batool doctor`: what around an archive needs attention.

use batool::archive::Advice;
use batool::finding::printable;
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Ends 0 whatever was found; programs read `fine` of --format json.")]
pub(crate) struct Args {
    #[command(flatten)]
    archive: ArchiveArgs,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let seen = args.archive.open()?.examine()?;
    match args.format {
        Format::Text => term.answer(seen.iter().map(line).collect::<String>().as_bytes())?,
        Format::Json => {
            let is_fine = seen.iter().all(|advice| advice.is_fine);
            let all: Vec<_> = seen
                .iter()
                .map(|it| json!({ "fine": it.is_fine, "hint": it.hint, "text": it.text, "topic": it.topic }))
                .collect();
            term.answer(
                format!("{}\n", json!({ "fine": is_fine, "looks": all, "schema": "batool/doctor/1" })).as_bytes(),
            )?;
        }
    }
    Ok(Exit::Done)
}

fn line(advice: &Advice) -> String {
    let word = if advice.is_fine { "ok" } else { "!!" };
    let hint = advice.hint.as_ref().map_or_else(String::new, |hint| format!("     try: {}\n", printable(hint, 500)));
    format!("{word}   {}: {}\n{hint}", advice.topic, printable(&advice.text, 500))
}
