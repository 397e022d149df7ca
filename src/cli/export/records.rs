//! The package of a file of records.

use std::path::Path;

use batool::export::export_records;
use batool::finding::printable;

use super::Args;
use crate::cli::exit::{Exit, Failure};
use crate::cli::term::Term;

pub(super) fn run(args: &Args, records: &Path, term: &mut Term) -> Result<Exit, Failure> {
    let report = export_records(records, &args.to)?;
    let to = printable(&args.to.display().to_string(), 400);
    let text = format!(
        "wrote {to}: {} writes, {} candidates, {} decisions, {} failures, {} evidence graphs\n",
        report.writes, report.candidates, report.decisions, report.failures, report.evidence
    );
    term.answer(text.as_bytes())?;
    Ok(Exit::Done)
}
