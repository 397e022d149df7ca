//! `batool archive verify`: read every stored byte and derive every certificate again.

use batool::archive::{ArchiveReport, Judgements, VerifyOptions};
use batool::finding::printable;
use batool::judge::Verdict;
use serde_json::{Value, json};

use crate::cli::duration;
use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::secret;
use crate::cli::term::{Format, Term};
use crate::cli::verify_proof::read_checkpoint;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool archive verify
  batool archive verify nightly/run-7
  batool archive verify --history
  batool archive verify --history --since v1.4
  batool archive verify --since v1.4 --expect-every 24h
  batool archive verify --checkpoint from-the-ticket.txt
  batool archive verify --format json | jq .findings

Exit codes: 0 all is as it should be, 1 something cannot be told, 2 something is wrong.")]
pub(crate) struct Args {
    /// Only these runs
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Walk every commit from the first on: history is a line, and only grows
    #[arg(long, conflicts_with = "names")]
    history: bool,
    /// The same, and judge every run that was ever stored, also what is gone, whatever earlier verifications came to
    #[arg(long, conflicts_with_all = ["names", "since"])]
    full: bool,
    /// Only what came after this commit; never called a full verification
    #[arg(long, value_name = "REV", conflicts_with = "names")]
    since: Option<String>,
    /// The archive must continue this checkpoint, which somebody kept
    #[arg(long, value_name = "FILE", conflicts_with = "names")]
    checkpoint: Option<std::path::PathBuf>,
    /// The newest run must have been added at most so long ago, by the date of its commit
    #[arg(long, value_name = "DURATION", conflicts_with = "names", value_parser = duration::parse)]
    expect_every: Option<u32>,
    /// The public key that the checkpoint must be signed with: NAME+ID+KEY, or a file that holds it
    #[arg(long, value_name = "KEY", requires = "checkpoint")]
    key: Option<String>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    // Alarms are among what is found.
    let archive = place.find()?;
    let mut progress = None;
    let options = VerifyOptions {
        names: args.names.clone(),
        history: args.history || args.full,
        full: args.full,
        since: args.since.clone(),
        expected: duration::freshness(args.expect_every)?,
        checkpoint: args.checkpoint.as_deref().map(|file| read_checkpoint(file, args.key.as_deref())).transpose()?,
        secret: secret::own(),
    };
    let report = archive.verify(&options, &mut |_, all| {
        progress.get_or_insert_with(|| term.progress("verifying runs", all as u64)).advance(1);
    })?;
    drop(progress);
    match args.format {
        Format::Text => term.answer(term.paint(&text(&report)).as_bytes())?,
        Format::Json => term.answer(&super::json(&document(&report)))?,
    }
    Ok(Exit::Verdict(report.verdict))
}

fn text(report: &ArchiveReport) -> String {
    let mut out =
        format!("BATool Archive Verification\nVerdict: {}\nCommit: {}\n", report.verdict.word(), report.commit);
    let clean = report.runs.iter().filter(|run| run.clean).count();
    out.push_str(&format!("Runs: re-read {} of {}, {clean} without a finding\n", report.runs.len(), report.all));
    if report.judged.earlier > 0 {
        let Judgements { now, earlier } = report.judged;
        out.push_str(&format!("Judged: {now} now, {earlier} by an earlier verification of the same bytes\n"));
    }
    out.push_str(&format!("History: {}\n", history(report)));
    for verdict in [Verdict::Verified, Verdict::Undecidable, Verdict::Reject] {
        let n = report.runs.iter().filter(|run| run.verdict == Some(verdict)).count();
        if n > 0 {
            out.push_str(&format!("- {} {}\n", n, verdict.word()));
        }
    }
    if !report.findings.is_empty() {
        out.push_str("\nFindings:\n");
    }
    for finding in &report.findings {
        out.push_str(&format!("- {} x{}\n", finding.code, finding.tally.count()));
        for (place, text) in finding.tally.places() {
            out.push_str(&format!("    {}: {}\n", printable(&place.to_string(), 300), printable(text, 800)));
        }
    }
    out
}

/// What was seen of history.
fn history(report: &ArchiveReport) -> String {
    match (report.commits, report.since) {
        (None, None) => "not walked; this says nothing about commits that were rewritten".to_owned(),
        (None, Some(since)) => format!("not walked; runs that were there at {since} were not read again"),
        (Some(commits), None) => format!("walked, {commits} commits"),
        (Some(commits), Some(since)) => format!("walked {commits} commits, only those after {since}"),
    }
}

fn document(report: &ArchiveReport) -> Value {
    let runs: Vec<Value> = report
        .runs
        .iter()
        .map(|run| {
            json!({
                "certified": run.certified, "clean": run.clean, "name": run.name,
                "packageDigest": run.package_digest, "verdict": run.verdict.map(Verdict::word),
            })
        })
        .collect();
    let findings: Vec<Value> = report.findings.iter().map(|finding| json!({
        "code": finding.code, "count": finding.tally.count(), "weight": finding.weight.word(),
        "places": finding.tally.places().map(|(place, text)| json!({ "file": &*place.file, "text": text })).collect::<Vec<_>>(),
    })).collect();
    json!({
        "all": report.all, "commit": report.commit.to_string(), "findings": findings, "history": history(report),
        "judged": { "earlier": report.judged.earlier, "now": report.judged.now },
        "reRead": report.runs.len(), "runs": runs, "since": report.since.map(|id| id.to_string()), "schema": "batool/archive-verify/1", "verdict": report.verdict.word(),
    })
}
