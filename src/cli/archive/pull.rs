//! `batool archive pull` and `push`: what others added comes, what was added here goes.

use batool::archive::{Outcome, Pulled, Pushed};
use batool::finding::printable;
use batool::judge::Verdict;
use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::open::ArchiveArgs;
use crate::cli::term::{Format, Term};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool archive pull
  batool archive pull backup

Pending commits are made anew one by one, with certificates and log; runs that others added with the same name and bytes
are dropped. Baselines come along with their tags. Nothing is merged as text.

Exit codes: 0 done, 1 or 2 the policy there refuses a pending run, 74 could not be done; branch and files stay as they were.")]
pub(crate) struct PullArgs {
    /// Where from; by default the remote that the branch belongs to
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  batool archive push
  batool archive push backup --format json

Where somebody was faster, their runs are pulled and the push is tried again. A commit that changes batool.toml goes in a
push of its own, as a server holds each push to the policy before it. Tags below baseline/ go along.

Exit codes: 0 done, 1 or 2 a policy refuses, here or at the server, 74 could not be done.")]
pub(crate) struct PushArgs {
    /// Where to; by default the remote that the branch belongs to
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// How to tell the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn pull(args: &PullArgs, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let pulled = place.open_to_write()?.pull(args.remote.as_deref())?;
    match args.format {
        Format::Text => term.answer(text(&pulled, term).as_bytes())?,
        Format::Json => {
            let mut document = document(&pulled);
            document["schema"] = "batool/archive-pull/1".into();
            term.answer(&super::json(&document))?;
        }
    }
    Ok(ending(&pulled, None))
}

pub(super) fn push(args: &PushArgs, place: &ArchiveArgs, term: &mut Term) -> Result<Exit, Failure> {
    let pushed = place.open_to_write()?.push(args.remote.as_deref(), &mut |said| term.relay(said))?;
    let Pushed { pulled, sent, refused } = &pushed;
    let verdict = refused.as_ref().map(|(verdict, _)| *verdict);
    match args.format {
        Format::Text => {
            let mut out =
                if pulled.fetched > 0 || !pulled.refused.is_empty() { text(pulled, term) } else { String::new() };
            out.push_str(&match (verdict, pulled.refused.is_empty(), sent) {
                (Some(verdict), _, _) => format!("{} refused ({})\n", pulled.remote, verdict.word()),
                (None, false, _) => "pushed nothing\n".to_owned(),
                (None, true, 0) => format!("{} has all of it\n", pulled.remote),
                (None, true, sent) => format!("pushed {sent} commits to {}\n", pulled.remote),
            });
            term.answer(out.as_bytes())?;
        }
        Format::Json => {
            let mut document = document(pulled);
            document["schema"] = "batool/archive-push/1".into();
            document["sent"] = (*sent).into();
            document["serverRefused"] = verdict.map(Verdict::word).into();
            term.answer(&super::json(&document))?;
        }
    }
    Ok(ending(pulled, verdict))
}

/// The worst that a policy said.
fn ending(pulled: &Pulled, server: Option<Verdict>) -> Exit {
    let here = pulled.refused.iter().map(|run| run.verdict.max(Verdict::Undecidable));
    here.chain(server).max().map_or(Exit::Done, Exit::Verdict)
}

fn text(pulled: &Pulled, term: &Term) -> String {
    let mut out = String::new();
    for run in &pulled.refused {
        out.push_str(&format!("refused {} ({})\n", run.name, run.verdict.word()));
        reasons(&run.outcome).iter().for_each(|reason| out.push_str(&format!("  {}\n", printable(reason, 400))));
        out.push_str(&format!("\n{}\n", term.paint(&run.summary)));
    }
    if !pulled.refused.is_empty() {
        return out;
    }
    let of = &pulled.remote;
    out.push_str(&match (pulled.fetched, pulled.replayed) {
        (0, _) => format!("{of} has nothing new\n"),
        (fetched, 0) => format!("pulled {fetched} commits from {of}\n"),
        (fetched, replayed) => format!("pulled {fetched} commits from {of}, and made {replayed} pending ones anew\n"),
    });
    pulled.dropped.iter().for_each(|name| out.push_str(&format!("dropped {name}: {of} has the same\n")));
    pulled.left_out.iter().for_each(|id| out.push_str(&format!("left out commit {id}: {of} has all that it did\n")));
    out
}

fn reasons(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Refused(reasons) => reasons.clone(),
        _ => Vec::new(),
    }
}

fn document(pulled: &Pulled) -> Value {
    let refused = pulled.refused.iter();
    let refused: Vec<_> = refused
        .map(
            |run| json!({ "name": run.name.as_str(), "reasons": reasons(&run.outcome), "verdict": run.verdict.word() }),
        )
        .collect();
    let dropped: Vec<_> = pulled.dropped.iter().map(ToString::to_string).collect();
    let left_out: Vec<_> = pulled.left_out.iter().map(ToString::to_string).collect();
    json!({
        "commit": pulled.commit.to_string(), "dropped": dropped, "fetched": pulled.fetched, "leftOut": left_out,
        "published": pulled.published.map(|id| id.to_string()), "refused": refused, "remote": pulled.remote,
        "replayed": pulled.replayed,
    })
}
