//! Counts alone.

use std::io::Write;

use crate::diff::report::{Extent, Report, columns, tell};
use crate::error::Result;

/// Tells a report as counts.
///
/// # Errors
/// When it cannot be written.
pub fn render(report: &Report, _: Extent, to: &mut dyn Write) -> Result<()> {
    let mut out = String::new();
    for warning in report.warnings() {
        out.push_str(&format!("warning: {}\n", crate::finding::printable(&warning, 400)));
    }
    for topic in report.topics() {
        out.push_str(&format!("{:<26} {:>10}\n", topic.name, topic.items.len()));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&table(report));
    tell(to, &out)
}

/// A line for each kind of records, and one for all.
pub(super) fn table(report: &Report) -> String {
    let all = report.answer.totals();
    let heads: String = columns(&all).iter().map(|(head, _)| format!(" {head:>10}")).collect();
    let mut out = format!("{:<26}{heads}\n", "records");
    let ledgers = report.answer.ledgers.iter().map(|ledger| (ledger.name, &ledger.totals));
    for (name, totals) in ledgers.chain([("in all", &all)]) {
        let counts: String = columns(totals).iter().map(|(_, count)| format!(" {count:>10}")).collect();
        out.push_str(&format!("{name:<26}{counts}\n"));
        if totals.repeated != [0, 0] && name != "in all" {
            let [a, b] = totals.repeated;
            out.push_str(&format!("  keys that are not unique: {a} records of a, {b} of b\n"));
        }
    }
    out
}
