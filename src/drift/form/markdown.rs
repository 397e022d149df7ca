//! For the text of a pull request.

use super::{heading, lines};
use crate::drift::Report;
use crate::finding::printable;

/// Tells a report as Markdown.
pub fn render(report: &Report) -> String {
    let baseline = code(&printable(&report.baseline, 300));
    let mut out = format!("## Baseline {baseline}: {}\n", report.verdict().word());
    for held in &report.runs {
        out.push_str(&format!("\n### {}: {}\n\n", code(&heading(held)), held.verdict().word()));
        if held.findings.is_empty() {
            out.push_str("No drift beyond the policy.\n");
        }
        for finding in &held.findings {
            out.push_str(&format!("- **{}** x{}\n", finding.code, finding.tally.count()));
            lines(finding).iter().for_each(|line| out.push_str(&format!("  - {}\n", code(line))));
        }
    }
    out
}

/// Code, in which nothing is markup: fenced by more backticks than stand in it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}
