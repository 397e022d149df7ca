//! `batool explain`: what a code means.

use batool::{claim, rules};

use super::exit::{Exit, Failure};
use super::term::{Format, Term};

/// Explain what a finding or non-claim code means, why it matters, and what to do
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  batool explain R_DUP_KEY\n  batool explain                 all codes, a line each\n  batool explain | grep digest"
)]
pub(crate) struct Args {
    /// A code, such as R_DUP_KEY or NC_NO_SIGNATURE; all codes without it
    code: Option<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let answer = match &args.code {
        Some(code) => one(code, args.format)?,
        None => all(args.format),
    };
    term.answer(answer.as_bytes())?;
    Ok(Exit::Done)
}

/// The page of one code.
fn one(asked: &str, format: Format) -> Result<String, Failure> {
    let code = asked.to_ascii_uppercase();
    // Strict mode promotes gaps; they are explained where the gap is.
    let gap = code.strip_prefix("R_STRICT_").map(|rest| format!("U_{rest}"));
    let code = gap.as_deref().unwrap_or(&code);
    if let Some(rule) = rules::PACKAGE.iter().find(|rule| rule.code == code) {
        let page = rule.page;
        return Ok(match format {
            Format::Json => object(&[
                ("code", rule.code),
                ("innocent", page.innocent),
                ("invariants", rule.invariants),
                ("matters", page.matters),
                ("means", page.means),
                ("next", page.next),
                ("schema", "batool/explain/1"),
                ("title", page.title),
                ("weight", rule.weight().word()),
            ]),
            Format::Text => {
                let invariants = if rule.invariants.is_empty() {
                    String::new()
                } else {
                    format!("\nInvariants: {}\n", rule.invariants)
                };
                format!(
                    "{} ({}): {}\n\nWhat it means: {}\n\nWhy it matters: {}\n\nHow it can arise innocently: {}\n\nWhat to do: {}\n{invariants}",
                    rule.code,
                    rule.weight().word(),
                    page.title,
                    page.means,
                    page.matters,
                    page.innocent,
                    page.next,
                )
            }
        });
    }
    if let Some(reason) = claim::REASONS.iter().find(|reason| reason.code == code) {
        return Ok(match format {
            Format::Json => object(&[
                ("code", reason.code),
                ("means", reason.means),
                ("schema", "batool/explain/1"),
                ("weight", "non-claim"),
            ]),
            Format::Text => format!("{} (reason of a non-claim)\n\n{}\n", reason.code, reason.means),
        });
    }
    let near = rules::PACKAGE
        .iter()
        .map(|rule| rule.code)
        .find(|known| known.contains(code.trim_start_matches(['R', 'U', 'N', '_'])));
    let hint = near.map_or("`batool explain` lists all codes".to_owned(), |near| {
        format!("did you mean {near}? `batool explain` lists all codes")
    });
    Err(Failure::usage(format!("there is no code {asked}"), hint))
}

/// A line a code.
fn all(format: Format) -> String {
    let mut codes: Vec<(&str, &str)> = rules::PACKAGE.iter().map(|rule| (rule.code, rule.page.title)).collect();
    codes.extend(claim::REASONS.iter().map(|reason| (reason.code, reason.means)));
    codes.sort_unstable();
    match format {
        Format::Json => codes
            .iter()
            .map(|(code, title)| object(&[("code", code), ("schema", "batool/explain/1"), ("title", title)]))
            .collect(),
        Format::Text => codes.iter().map(|(code, title)| format!("{code:<28} {title}\n")).collect(),
    }
}

fn object(members: &[(&str, &str)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> =
        members.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
    format!("{}\n", serde_json::Value::Object(map))
}
