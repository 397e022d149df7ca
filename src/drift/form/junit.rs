//! For CI that shows tests: a case a run, failed by drift, in error where nobody can tell.

use super::{heading, lines};
use crate::drift::Report;
use crate::finding::{Weight, printable};
use crate::verdict::Verdict;

/// Tells a report as JUnit's XML.
pub fn render(report: &Report) -> String {
    let count = |verdict: Verdict| report.runs.iter().filter(|held| held.verdict() == verdict).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        report.runs.len(),
        count(Verdict::Reject),
        count(Verdict::Undecidable)
    );
    let baseline = escaped(&printable(&report.baseline, 300));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"baseline {baseline}\" {counts}>\n"
    );
    for held in &report.runs {
        let case = format!("    <testcase classname=\"baseline {baseline}\" name=\"{}\"", escaped(&heading(held)));
        let element = match held.verdict() {
            Verdict::Verified => {
                out.push_str(&format!("{case}/>\n"));
                continue;
            }
            Verdict::Undecidable => "error",
            Verdict::Reject => "failure",
        };
        let weighty: Vec<_> = held.findings.iter().filter(|finding| finding.weight > Weight::Note).collect();
        let codes: Vec<&str> = weighty.iter().map(|finding| finding.code.as_str()).collect();
        let told = weighty.iter().flat_map(|finding| {
            let head = format!("{} x{}", finding.code, finding.tally.count());
            std::iter::once(head).chain(lines(finding).into_iter().map(|line| format!("  {line}")))
        });
        let text: String = told.map(|line| format!("{}\n", escaped(&line))).collect();
        let message = codes.join(" ");
        out.push_str(&format!(
            "{case}>\n      <{element} type=\"drift\" message=\"{message}\">{text}</{element}>\n    </testcase>\n"
        ));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Text that is no markup; control characters, which XML cannot hold, have been spelled out before.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // No characters of XML 1.0.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
