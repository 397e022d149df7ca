//! For people and code review: unified, sorted by key, one record a hunk, aliases instead of ids.

use std::io::Write;

use super::plain::{leaves, pair, plain};
use super::stat;
use crate::diff::answer::Change;
use crate::diff::labels::title;
use crate::diff::report::{Extent, Report, tell};
use crate::diff::tree::Tree;
use crate::error::Result;
use crate::finding::printable;

/// How many items of a topic are named.
const SHOWN_ITEMS: usize = 10;

/// Tells a report as text.
///
/// # Errors
/// When it cannot be written, or changes cannot be read.
pub fn render(report: &Report, extent: Extent, to: &mut dyn Write) -> Result<()> {
    let mut out = String::new();
    for (sign, name, standing) in
        [("---", &report.names[0], &report.standings[0]), ("+++", &report.names[1], &report.standings[1])]
    {
        let standing = standing.as_ref().map_or("not verified".into(), |standing| standing.describe());
        out.push_str(&format!("{sign} {} ({standing})\n", printable(name, 400)));
    }
    for warning in report.warnings() {
        out.push_str(&format!("warning: {}\n", printable(&warning, 400)));
    }
    out.push('\n');
    for topic in report.topics() {
        out.push_str(&format!("{}: {}\n", topic.name, topic.items.len()));
        for item in topic.items.iter().take(SHOWN_ITEMS) {
            out.push_str(&format!("  {}\n", plain(item)));
        }
        if topic.items.len() > SHOWN_ITEMS {
            out.push_str(&format!("  and {} more\n", topic.items.len() - SHOWN_ITEMS));
        }
    }
    tell(to, &out)?;
    report.shown(extent, |ledger, change| {
        let key = plain(&title(ledger.name, &change.key));
        let gap = if key.is_empty() { "" } else { " " };
        let mut out = format!("\n@@ {}: {}{gap}{key} @@\n", ledger.name, change.word());
        hunk(change, &mut out);
        tell(to, &out)
    })?;
    out.clear();
    if let Some(cut) = report.cut(extent) {
        out.push_str(&format!("\n{cut}\n"));
    }
    out.push('\n');
    out.push_str(&stat::table(report));
    tell(to, &out)
}

fn hunk(change: &Change, out: &mut String) {
    let mut line = |sign: char, pointer: &str, value: &str| {
        out.push_str(&format!("{sign} {}: {value}\n", printable(pointer, 400)));
    };
    let whole = |tree: &Tree, sign: char, line: &mut dyn FnMut(char, &str, &str)| {
        for (pointer, value) in leaves(tree) {
            line(sign, &pointer, &plain(&value));
        }
    };
    match (&change.before, &change.after) {
        (Some(before), None) => whole(before, '-', &mut line),
        (None, Some(after)) => whole(after, '+', &mut line),
        _ => {
            for field in &change.fields {
                match (&field.before, &field.after) {
                    (Some(before), Some(after)) => {
                        let (before, after) = pair(&before.to_json(), &after.to_json());
                        line('-', &field.pointer, &before);
                        line('+', &field.pointer, &after);
                    }
                    (before, after) => {
                        before.iter().for_each(|value| line('-', &field.pointer, &plain(&value.to_json())));
                        after.iter().for_each(|value| line('+', &field.pointer, &plain(&value.to_json())));
                    }
                }
            }
        }
    }
}
