//! For people.

use super::{heading, lines};
use crate::drift::Report;
use crate::finding::printable;

/// Tells a report in words.
pub fn render(report: &Report) -> String {
    let mut out = format!(
        "BATool Baseline Check\nVerdict: {}\nBaseline: {}\n",
        report.verdict().word(),
        printable(&report.baseline, 300)
    );
    for held in &report.runs {
        out.push_str(&format!("\n{}: {}\n", heading(held), held.verdict().word()));
        for finding in &held.findings {
            out.push_str(&format!("- {} x{}\n", finding.code, finding.tally.count()));
            lines(finding).iter().for_each(|line| out.push_str(&format!("    {line}\n")));
        }
    }
    out
}
