//! For the text of a pull request.

use std::io::Write;

use super::plain::{leaves, pair, plain};
use crate::diff::answer::Change;
use crate::diff::labels::title;
use crate::diff::report::{Extent, Report, columns, tell};
use crate::error::Result;

/// How many items of a topic are named.
const SHOWN_ITEMS: usize = 10;

/// Tells a report as Markdown.
///
/// # Errors
/// When it cannot be written, or changes cannot be read.
pub fn render(report: &Report, extent: Extent, to: &mut dyn Write) -> Result<()> {
    let [a, b] = report.names.each_ref().map(|name| code(&plain(name)));
    let mut out = format!("## {a} → {b}\n\n");
    for warning in report.warnings() {
        out.push_str(&format!("> **warning:** {}\n\n", code(&plain(&warning))));
    }
    for topic in report.topics() {
        out.push_str(&format!("- **{}**: {}\n", topic.name, topic.items.len()));
        for item in topic.items.iter().take(SHOWN_ITEMS) {
            out.push_str(&format!("  - {}\n", code(&plain(item))));
        }
        if topic.items.len() > SHOWN_ITEMS {
            out.push_str(&format!("  - and {} more\n", topic.items.len() - SHOWN_ITEMS));
        }
    }
    let all = report.answer.totals();
    out.push_str("\n| records |");
    columns(&all).iter().for_each(|(head, _)| out.push_str(&format!(" {head} |")));
    out.push_str("\n|---|---:|---:|---:|---:|---:|---:|\n");
    let ledgers = report.answer.ledgers.iter().map(|ledger| (ledger.name, &ledger.totals));
    for (name, totals) in ledgers.chain([("**in all**", &all)]) {
        let counts: String = columns(totals).iter().map(|(_, count)| format!(" {count} |")).collect();
        out.push_str(&format!("| {name} |{counts}\n"));
    }
    tell(to, &out)?;
    let mut above = "";
    report.shown(extent, |ledger, change| {
        let mut out = String::new();
        if above != ledger.name {
            above = ledger.name;
            out.push_str(&format!("\n### {above}\n\n"));
        }
        let key = plain(&title(ledger.name, &change.key));
        let key = if key.is_empty() { key } else { format!(" {}", code(&key)) };
        out.push_str(&format!("- **{}**{key}\n", change.word()));
        fields(change, &mut out);
        tell(to, &out)
    })?;
    report.cut(extent).map_or(Ok(()), |cut| tell(to, &format!("\n{cut}\n")))
}

fn fields(change: &Change, out: &mut String) {
    let whole = change.before.as_ref().xor(change.after.as_ref());
    for (pointer, value) in whole.map(leaves).unwrap_or_default() {
        out.push_str(&format!("  - {}: {}\n", code(&plain(&pointer)), code(&plain(&value))));
    }
    for field in &change.fields {
        let [before, after] =
            [&field.before, &field.after].map(|value| value.as_ref().map_or(String::new(), |value| value.to_json()));
        let (before, after) = pair(&before, &after);
        let [before, after] =
            [before, after].map(|value| if value.is_empty() { "nothing".into() } else { code(&value) });
        out.push_str(&format!("  - {}: {before} → {after}\n", code(&plain(&field.pointer))));
    }
}

/// A text of one line as it is, between more backticks than stand in it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn nothing_leaves_a_span_of_code() {
        assert_eq!(code("a <b>"), "`a <b>`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }
}
