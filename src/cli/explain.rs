//! `batool explain`: what a code means.

use batool::archive::ARCHIVE_CODES;
use batool::drift::DRIFT_CODES;
use batool::finding::Weight;
use batool::rules::Page;
use batool::{claim, rules};

use super::exit::{Exit, Failure};
use super::term::{Format, Term};

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
    // A code can mean the same about packages and about event logs, and still be explained in other words.
    let found: Vec<String> = pages().filter(|page| page.code == code).map(|page| page.told(format)).collect();
    if !found.is_empty() {
        return Ok(found.join(if format == Format::Text { "\n" } else { "" }));
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
    let near =
        pages().map(|page| page.code).find(|known| known.contains(code.trim_start_matches(['R', 'U', 'N', '_'])));
    let hint = near.map_or("`batool explain` lists all codes".to_owned(), |near| {
        format!("did you mean {near}? `batool explain` lists all codes")
    });
    Err(Failure::usage(format!("there is no code {asked}"), hint))
}

/// One page, and what it is about.
struct Explained {
    code: &'static str,
    about: &'static str,
    invariants: &'static str,
    page: &'static Page,
}

impl Explained {
    fn told(&self, format: Format) -> String {
        let Self { code, about, invariants, page } = self;
        let weight = Weight::of_code(code).word();
        match format {
            Format::Json => object(&[
                ("about", about),
                ("code", code),
                ("innocent", page.innocent),
                ("invariants", invariants),
                ("matters", page.matters),
                ("means", page.means),
                ("next", page.next),
                ("schema", "batool/explain/1"),
                ("title", page.title),
                ("weight", weight),
            ]),
            Format::Text => {
                let invariants =
                    if invariants.is_empty() { String::new() } else { format!("\nInvariants: {invariants}\n") };
                format!(
                    "{code} ({weight}, {about}): {}\n\nWhat it means: {}\n\nWhy it matters: {}\n\nHow it can arise innocently: {}\n\nWhat to do: {}\n{invariants}",
                    page.title, page.means, page.matters, page.innocent, page.next,
                )
            }
        }
    }
}

/// Every code of a finding, by what it is about.
fn pages() -> impl Iterator<Item = Explained> {
    let page = |code, about, invariants, page| Explained { code, about, invariants, page };
    let packages = rules::PACKAGE.iter().map(move |rule| page(rule.code, "packages", rule.invariants, &rule.page));
    let logs = rules::EVENTS.iter().map(move |rule| page(rule.code, "event logs", rule.invariants, &rule.page));
    let archives = ARCHIVE_CODES.iter().map(move |code| page(code.code, "archives", "", &code.page));
    let drift = DRIFT_CODES.iter().map(move |code| page(code.code, "drift", "", &code.page));
    packages.chain(logs).chain(archives).chain(drift)
}

/// A line a code.
fn all(format: Format) -> String {
    let mut codes: Vec<(&str, &str)> = pages().map(|page| (page.code, page.page.title)).collect();
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
