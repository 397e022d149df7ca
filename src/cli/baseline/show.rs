//! `batool baseline show`: one baseline, its runs and what it lets drift.

use std::fmt::Write as _;

use batool::drift::{Budget, LedgerTerms, May};
use serde_json::json;

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  batool baseline show v1.4\n  batool baseline show v1.4 --format json | jq .drift")]
pub(crate) struct Args {
    /// The baseline
    #[arg(value_name = "NAME")]
    name: String,
    /// How to tell the answer; json holds the baseline as it is stored
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let archive = place.open()?;
    let baseline = archive.baseline(&archive.tip()?, &args.name)?;
    if args.format == Format::Json {
        let runs: Vec<_> = baseline.runs.iter().map(|run| json!(run)).collect();
        term.answer(&super::json(&json!({
            "drift": baseline.drift, "name": args.name, "runs": runs, "schema": "batool/baseline-show/1",
        })))?;
        return Ok(Exit::Done);
    }
    let mut out = format!("Baseline: {}\n\nRuns:\n", args.name);
    // Writing to a string cannot fail.
    for run in &baseline.runs {
        let _ = writeln!(out, "- {}\n    package     {}\n    certificate {}", run.name, run.package, run.certificate);
    }
    let drift = &baseline.drift;
    out.push_str("\nDrift:\n");
    let stays = [
        ("schema", drift.schema),
        ("policy", drift.policy),
        ("rules", drift.rules),
        ("outcomes", drift.outcomes),
        ("claims", drift.claims),
        ("dominant component", drift.events.dominant_component),
    ];
    for (what, may) in stays {
        let _ = writeln!(out, "- {what}: {}", if may == May::Stay { "must stay" } else { "may change" });
    }
    let _ = writeln!(out, "- step floor: may fall by {}", drift.events.step_floor);
    let _ = writeln!(out, "- tail latency: may rise by {}", drift.events.tail_latency);
    let _ = writeln!(out, "- ledgers: {}", terms(&drift.ledgers));
    for name in drift.ledger.keys() {
        let _ = writeln!(out, "- {name}: {}", terms(&drift.terms_of(name)));
    }
    term.answer(out.as_bytes())?;
    Ok(Exit::Done)
}

fn terms(terms: &LedgerTerms) -> String {
    let word = |budget: Option<Budget>| budget.unwrap_or(Budget::Count(0)).to_string();
    let mut text =
        format!("added {}, removed {}, changed {}", word(terms.added), word(terms.removed), word(terms.changed));
    if let Some(fields) = terms.fields.as_ref().filter(|fields| !fields.is_empty()) {
        let _ = write!(text, ", free {}", fields.join(" "));
    }
    text
}
