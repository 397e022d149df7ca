//! For programs: JSON Lines, sorted members; `docs/diff.md` describes every line.

use std::io::Write;

use crate::diff::answer::{Change, Totals};
use crate::diff::report::{Extent, Report, columns, tell};
use crate::diff::tree::{Field, Tree};
use crate::error::Result;

/// The name and version of this form.
const SCHEMA: &str = "batool/diff/1";

/// Tells a report as JSON Lines.
///
/// # Errors
/// When it cannot be written, or changes cannot be read.
pub fn render(report: &Report, extent: Extent, to: &mut dyn Write) -> Result<()> {
    let mut line = |members: Vec<(&str, Tree)>| {
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        tell(to, &(Tree::record(members).to_json() + "\n"))
    };
    let [a, b] = report.standings.each_ref().map(|standing| match standing {
        None => Tree::Token("null".into()),
        Some(standing) => {
            record(&[("dialect", standing.dialect), ("shape", standing.shape), ("verdict", standing.verdict.word())])
        }
    });
    line(vec![
        ("a", a),
        ("b", b),
        ("line", text("sides")),
        ("schema", text(SCHEMA)),
        ("warnings", Tree::List(report.warnings().iter().map(|warning| text(warning)).collect())),
    ])?;
    for topic in report.topics() {
        let items = topic.items.iter().map(|item| text(item)).collect();
        line(vec![("items", Tree::List(items)), ("line", text("review")), ("topic", text(topic.name))])?;
    }
    let mut shown = 0;
    report.shown(extent, |ledger, change| {
        let mut members = vec![("ledger", text(ledger.name)), ("line", text("change")), ("what", text(change.word()))];
        members.extend(of_change(change));
        shown += 1;
        line(members)
    })?;
    for ledger in &report.answer.ledgers {
        let mut members = vec![("ledger", text(ledger.name)), ("line", text("total"))];
        members.extend(of_totals(&ledger.totals));
        line(members)?;
    }
    let all = report.answer.totals();
    let totals = of_totals(&all).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    line(vec![
        ("changes", count(all.differences())),
        ("line", text("end")),
        ("same", Tree::Token(report.is_same().to_string())),
        ("shown", count(shown)),
        ("totals", Tree::record(totals)),
    ])
}

fn of_change(change: &Change) -> Vec<(&'static str, Tree)> {
    let mut members = vec![("key", Tree::List(change.key.clone()))];
    members.extend(change.before.iter().map(|record| ("before", record.clone())));
    // What stands in b follows from what stands in a and the fields.
    members.extend(change.after.iter().filter(|_| change.before.is_none()).map(|record| ("after", record.clone())));
    if !change.fields.is_empty() {
        members.push(("fields", Tree::List(change.fields.iter().map(of_field).collect())));
    }
    members
}

fn of_field(field: &Field) -> Tree {
    let mut members = vec![("pointer".to_owned(), text(&field.pointer))];
    members.extend(field.before.iter().map(|value| ("before".to_owned(), value.clone())));
    members.extend(field.after.iter().map(|value| ("after".to_owned(), value.clone())));
    Tree::record(members)
}

fn of_totals(totals: &Totals) -> Vec<(&'static str, Tree)> {
    let mut members: Vec<_> = columns(totals).into_iter().map(|(name, number)| (name, count(number))).collect();
    members.push(("repeated", Tree::List(totals.repeated.iter().map(|number| count(*number)).collect())));
    members
}

fn text(text: &str) -> Tree {
    Tree::Text(text.to_owned())
}

fn count(number: u64) -> Tree {
    Tree::Token(number.to_string())
}

fn record(members: &[(&str, &str)]) -> Tree {
    Tree::record(members.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
}
