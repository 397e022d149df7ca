//! The forms in which a check is told: for people, programs, pull requests and CI.

mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

pub use json::render as json;
pub use junit::render as junit;
pub use markdown::render as markdown;
pub use sarif::render as sarif;
pub use text::render as text;

use super::report::Held;
use crate::finding::{Finding, printable};

/// What is said at the first places of a finding, a line each.
fn lines(finding: &Finding) -> Vec<String> {
    let line = |(place, text): (&crate::finding::Place, &str)| {
        format!("{}: {}", printable(&place.to_string(), 300), printable(text, 300))
    };
    let mut lines: Vec<String> = finding.tally.places().map(line).collect();
    let more = finding.tally.count().saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// The run and what was held against it, in words.
fn heading(held: &Held) -> String {
    match (&held.run, &held.source) {
        (Some(run), Some(source)) => format!("{} <- {}", printable(run, 300), printable(source, 300)),
        _ => printable(held.name(), 300),
    }
}
