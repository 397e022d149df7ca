//! What a reviewer asks first, told from the records that differ.

use super::answer::{Change, Ledger};
use super::labels::key_text;
use super::tree::Tree;
use crate::error::Result;

/// One thing that a reviewer asks for, and every record to which it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// A stable name, in kebab-case.
    pub name: &'static str,
    /// What it is about, in words.
    pub items: Vec<String>,
}

/// The review level: topics that have items, in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review(pub Vec<Topic>);

/// Whether a topic applies to a change.
type Applies = fn(&Change) -> bool;

/// Topics by kind of records.
const TOPICS: &[(&str, &[&str], Applies)] = &[
    ("schema-changed", &["schema"], |_| true),
    ("policy-changed", &["policy"], |_| true),
    ("rules-changed", &["files"], |change| is_below(change, &["rules/", "policy/"])),
    ("newly-accepted", WRITES, |change| change.before.is_none()),
    ("no-longer-accepted", WRITES, |change| change.after.is_none()),
    ("other-rule-or-version", WRITES, |change| {
        touches(change, &["/derived_rule_id", "/derived_rule_version", "/rule_id", "/rule_version"])
    }),
    ("other-approver", APPROVALS, |change| touches(change, &["/approved_by"])),
    ("other-outcome", DECISIONS, |change| touches(change, &["/outcome"])),
    ("newly-proposed", CANDIDATES, |change| change.before.is_none() && !is_accepted(&change.after)),
    ("no-longer-proposed", CANDIDATES, |change| change.after.is_none() && !is_accepted(&change.before)),
    ("mapping-conflict-appeared", MAPPING, |change| is_conflict(&change.after) && !is_conflict(&change.before)),
    ("mapping-conflict-resolved", MAPPING, |change| is_conflict(&change.before) && !is_conflict(&change.after)),
    ("mapping-outcome-changed", MAPPING, |change| {
        is_what(change, "key")
            && (change.fields.is_empty() || touches(change, &["/is/chosen_value_tuple", "/is/reason"]))
    }),
    ("facts-new", WRITTEN, |change| change.before.is_none() && is_fact(&change.after)),
    ("facts-gone", WRITTEN, |change| change.after.is_none() && is_fact(&change.before)),
    ("facts-retracted", FACTS, |change| touches(change, &["/revoked"]) && !is_revoked(&change.before)),
    ("facts-restored", FACTS, |change| touches(change, &["/revoked"]) && !is_revoked(&change.after)),
];

const APPROVALS: &[&str] = &["accept_write_ledger", "decision_log"];
const CANDIDATES: &[&str] = &["candidate_ledger"];
const DECISIONS: &[&str] = &["decision_log"];
const FACTS: &[&str] = &["facts"];
/// In the documented dialect written assertions stand in the run ledger.
const WRITTEN: &[&str] = &["facts", "run_ledger"];
const MAPPING: &[&str] = &["mapping_resolution"];
const WRITES: &[&str] = &["accept_write_ledger"];

/// What a reviewer asks first.
///
/// # Errors
/// When a temporary file cannot be read.
pub(super) fn review(ledgers: &[Ledger]) -> Result<Review> {
    let mut topics: Vec<Topic> = TOPICS.iter().map(|(name, ..)| Topic { name, items: Vec::new() }).collect();
    for ledger in ledgers {
        let mut asked: Vec<_> =
            topics.iter_mut().zip(TOPICS).filter(|(_, (_, kinds, _))| kinds.contains(&ledger.name)).collect();
        if !asked.is_empty() {
            ledger.changes.each(|change| {
                for (topic, _) in asked.iter_mut().filter(|(_, (.., applies))| applies(&change)) {
                    topic.items.push(item(&change));
                }
            })?;
        }
    }
    topics.retain(|topic| !topic.items.is_empty());
    Ok(Review(topics))
}

/// What the record is about, in words.
fn item(change: &Change) -> String {
    let record = change.after.as_ref().or(change.before.as_ref());
    let text = |name: &str| record.and_then(|record| record.get(name)?.text()).unwrap_or_default().to_owned();
    let ours = ["predicate", "entity", "member", "key", "chosen", "document"];
    let key = match change.key.as_slice() {
        [Tree::Text(what), rest @ ..] if ours.contains(&what.as_str()) && !rest.is_empty() => rest,
        key => key,
    };
    if let Some(Tree::Record(args)) = record.and_then(|record| record.get("args")) {
        // A fact is told by its values, which say more than their digest.
        let value = |arg: &Tree| arg.get("value").map_or_else(|| arg.to_json(), Tree::to_json);
        let values: Vec<String> = args.iter().map(|(_, arg)| value(arg)).collect();
        let values = if values.is_empty() { String::new() } else { format!(" = {}", values.join(", ")) };
        return format!("{}{values}", key_text(&key[..key.len().min(2)]));
    }
    let rule = ["derived_rule_id", "rule_id"].iter().map(|name| text(name)).find(|rule| !rule.is_empty());
    let version = ["derived_rule_version", "rule_version"].iter().map(|name| text(name)).find(|text| !text.is_empty());
    let by = rule.map_or(String::new(), |rule| format!(" by {rule} {}", version.unwrap_or_default()));
    format!("{}{by}", key_text(key))
}

fn touches(change: &Change, pointers: &[&str]) -> bool {
    let at = |field: &super::Field| {
        pointers.iter().any(|pointer| {
            field.pointer.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    change.fields.iter().any(at)
}

fn is_below(change: &Change, folders: &[&str]) -> bool {
    let path = change.key.first().and_then(Tree::text).unwrap_or_default();
    folders.iter().any(|folder| path.starts_with(folder))
}

fn is_what(change: &Change, what: &str) -> bool {
    change.key.first().and_then(Tree::text) == Some(what)
}

fn is_conflict(record: &Option<Tree>) -> bool {
    let status = record.as_ref().and_then(|record| record.get("is")?.get("status")?.text());
    status == Some("conflict")
}

fn is_revoked(record: &Option<Tree>) -> bool {
    record.as_ref().is_some_and(|record| record.get("revoked").is_some())
}

fn is_fact(record: &Option<Tree>) -> bool {
    record.as_ref().is_some_and(|record| ["pred_id", "predicate"].iter().any(|name| record.get(name).is_some()))
}

fn is_accepted(record: &Option<Tree>) -> bool {
    record.as_ref().is_some_and(|record| record.get("state").and_then(Tree::text) == Some("accepted"))
}
