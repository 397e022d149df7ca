//! One file for a browser: nothing is loaded, nothing runs, light and dark.

use std::io::Write;

use super::plain::{leaves, pair, plain};
use crate::diff::answer::{Change, Ledger, Totals};
use crate::diff::labels::title;
use crate::diff::report::{Extent, Report, columns, tell};
use crate::error::Result;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { color-scheme: light dark; --a: #fdd; --b: #dfd; --line: #8886 }
@media (prefers-color-scheme: dark) { :root { --a: #511; --b: #141 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid var(--line); padding: .15rem .6rem; text-align: left; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums }
details.change { content-visibility: auto; contain-intrinsic-size: auto 2rem; border-top: 1px solid var(--line); padding: .2rem 0 }
.a { background: var(--a) } .b { background: var(--b) }
.warning { border-left: .3rem solid #c80; padding-left: .6rem }
summary { cursor: pointer }
</style>
"#;

/// Up to so many changes are shown opened.
const OPENED: usize = 50;

/// Tells a report as one HTML file.
///
/// # Errors
/// When it cannot be written, or changes cannot be read.
pub fn render(report: &Report, extent: Extent, to: &mut dyn Write) -> Result<()> {
    let [a, b] = report.names.each_ref().map(|name| text(&plain(name)));
    let mut out = format!("{HEAD}<title>{a} → {b}</title>\n<h1><code>{a}</code> → <code>{b}</code></h1>\n");
    for (side, standing) in ["a", "b"].into_iter().zip(&report.standings) {
        let standing = standing.as_ref().map_or("not verified".into(), |standing| standing.describe());
        out.push_str(&format!("<p>{side}: {}</p>\n", text(&standing)));
    }
    for warning in report.warnings() {
        out.push_str(&format!("<p class=\"warning\">{}</p>\n", text(&plain(&warning))));
    }
    for topic in report.topics() {
        let items: String =
            topic.items.iter().map(|item| format!("<li><code>{}</code></li>\n", text(&plain(item)))).collect();
        let count = topic.items.len();
        out.push_str(&format!("<details><summary>{}: {count}</summary><ul>\n{items}</ul></details>\n", topic.name));
    }
    out.push_str(&table(report));
    tell(to, &out)?;
    let (mut above, mut shown) = ("", 0);
    report.shown(extent, |ledger, change| {
        if above != ledger.name {
            above = ledger.name;
            tell(to, &format!("<h2 id=\"{above}\">{above}</h2>\n"))?;
        }
        shown += 1;
        tell(to, &row(ledger.name, change, shown <= OPENED))
    })?;
    report.cut(extent).map_or(Ok(()), |cut| tell(to, &format!("<p>{}</p>\n", text(&cut))))?;
    tell(to, "</html>\n")
}

fn table(report: &Report) -> String {
    let all = report.answer.totals();
    let heads: String = columns(&all).iter().map(|(head, _)| format!("<th>{head}</th>")).collect();
    let counts = |totals: &Totals| -> String {
        columns(totals).iter().map(|(_, count)| format!("<td class=\"n\">{count}</td>")).collect()
    };
    let line = |ledger: &Ledger| {
        let name = match ledger.changes.is_empty() {
            true => ledger.name.to_owned(),
            false => format!("<a href=\"#{0}\">{0}</a>", ledger.name),
        };
        format!("<tr><td>{name}</td>{}</tr>\n", counts(&ledger.totals))
    };
    let lines: String = report.answer.ledgers.iter().map(line).collect();
    format!("<table>\n<tr><th>records</th>{heads}</tr>\n{lines}<tr><th>in all</th>{}</tr>\n</table>\n", counts(&all))
}

fn row(ledger: &str, change: &Change, opened: bool) -> String {
    let open = if opened { " open" } else { "" };
    let (word, key) = (change.word(), text(&plain(&title(ledger, &change.key))));
    let mut out = format!("<details class=\"change\"{open}><summary>{word} <code>{key}</code></summary><table>\n");
    let mut line = |pointer: &str, cells: String| {
        out.push_str(&format!("<tr><td><code>{}</code></td>{cells}</tr>\n", text(&plain(pointer))));
    };
    let cell = |class: &str, value: &str| format!("<td class=\"{class}\"><code>{}</code></td>", text(value));
    let (class, whole) = if change.before.is_some() { ("a", &change.before) } else { ("b", &change.after) };
    if change.fields.is_empty() {
        for (pointer, value) in whole.as_ref().map(leaves).unwrap_or_default() {
            line(&pointer, cell(class, &plain(&value)));
        }
    }
    for field in &change.fields {
        let [before, after] =
            [&field.before, &field.after].map(|value| value.as_ref().map_or(String::new(), |value| value.to_json()));
        let (before, after) = pair(&before, &after);
        line(&field.pointer, cell("a", &before) + &cell("b", &after));
    }
    out.push_str("</table></details>\n");
    out
}

/// A text that is nothing but text to a browser.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
