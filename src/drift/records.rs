//! Packages: what a comparison of records says, held against budgets.

use super::codes::{ACCEPTANCE, ADDED, CHANGED, OUTCOME, POLICY, REMOVED, RULES, SCHEMA, UNREAD};
use super::judge::Drift;
use super::{Budget, May, Policy};
use crate::diff::{Answer, Change, Ledger, Tree};
use crate::error::Result;

/// What stays or changes as a whole: a topic of the comparison, and members of the manifest that bind the same.
const WHOLES: [(&str, &str, &[&str]); 3] = [
    (SCHEMA, "schema-changed", &["/digests/schema_digest", "/schema_version"]),
    (POLICY, "policy-changed", &["/digests/policy_digest", "/policy_mode"]),
    (RULES, "rules-changed", &["/digests/rules_digest", "/rule_versions"]),
];
/// Ledgers that are such a whole, and have no budget.
const WITHOUT_BUDGET: [&str; 2] = ["schema", "policy"];

/// Holds what differs against a policy.
///
/// # Errors
/// When what differs cannot be read.
pub(super) fn hold(policy: &Policy, answer: &Answer, drift: &mut Drift) -> Result<()> {
    let unread = answer.unread[0].iter().map(|note| ("a", note)).chain(answer.unread[1].iter().map(|note| ("b", note)));
    for (side, note) in answer.notes.iter().map(|note| ("", note)).chain(unread) {
        drift.say(UNREAD, "comparison", &format!("{side} {note}"), || note.clone());
    }
    for ((code, topic, pointers), may) in WHOLES.iter().zip([policy.schema, policy.policy, policy.rules]) {
        if may == May::Stay {
            whole(code, topic, pointers, answer, drift)?;
        }
    }
    for ledger in &answer.ledgers {
        acceptance(ledger, drift)?;
        if ledger.name == "decision_log" && policy.outcomes == May::Stay {
            ledger.changes.each(|change| {
                if touches(&change, &["/outcome"]) {
                    drift.say(OUTCOME, ledger.name, &change.name(), || said(&change, "/outcome"));
                }
            })?;
        }
        if !WITHOUT_BUDGET.contains(&ledger.name) {
            budgets(policy, ledger, drift)?;
        }
    }
    Ok(())
}

fn whole(code: &'static str, topic: &str, pointers: &[&str], answer: &Answer, drift: &mut Drift) -> Result<()> {
    for item in answer.review.0.iter().filter(|found| found.name == topic).flat_map(|found| &found.items) {
        drift.say(code, topic, item, || "differs from the baseline's".into());
    }
    let Some(manifest) = answer.ledgers.iter().find(|ledger| ledger.name == "manifest") else { return Ok(()) };
    manifest.changes.each(|change| {
        for field in change.fields.iter().filter(|field| is_at(&field.pointer, pointers)) {
            drift.say(code, "manifest.json", &field.pointer, || "differs from the baseline's".into());
        }
    })
}

/// What was accepted stays accepted, whatever the policy says.
fn acceptance(ledger: &Ledger, drift: &mut Drift) -> Result<()> {
    let is_accepted = |record: &Option<Tree>, member: &str| {
        record.as_ref().and_then(|record| record.get(member)?.text()) == Some("accepted")
    };
    ledger.changes.each(|change| {
        let was_lost = match ledger.name {
            "accept_write_ledger" => change.after.is_none(),
            "candidate_ledger" => is_accepted(&change.before, "state") && !is_accepted(&change.after, "state"),
            "decision_log" => {
                change.after.is_some()
                    && is_accepted(&change.before, "outcome")
                    && !is_accepted(&change.after, "outcome")
            }
            _ => false,
        };
        if was_lost {
            drift.say(ACCEPTANCE, ledger.name, &change.name(), || "was accepted, and is not".into());
        }
    })
}

/// Numbers of records against the budgets of their ledger.
fn budgets(policy: &Policy, ledger: &Ledger, drift: &mut Drift) -> Result<()> {
    let terms = policy.terms_of(ledger.name);
    let free: Vec<&str> = terms.fields.iter().flatten().map(String::as_str).collect();
    let totals = &ledger.totals;
    let before = totals.removed + totals.changed + totals.renamed + totals.reordered + totals.unchanged;
    let is_bound =
        |change: &Change| change.word() != "changed" || !change.fields.iter().all(|field| is_at(&field.pointer, &free));
    let mut changed = 0_u64;
    if totals.changed > 0 {
        ledger.changes.each(|change| changed += u64::from(change.word() == "changed" && is_bound(&change)))?;
    }
    let passed = [
        (ADDED, "added", totals.added, terms.added, "is new"),
        (REMOVED, "removed", totals.removed, terms.removed, "is gone"),
        (CHANGED, "changed", changed, terms.changed, "is other than it was"),
    ]
    .map(|(code, word, found, budget, what)| (code, word, found, budget.unwrap_or(Budget::Count(0)), what))
    .into_iter()
    .filter(|(_, _, found, budget, _)| !budget.allows(*found, before));
    let passed: Vec<_> = passed.collect();
    if passed.is_empty() {
        return Ok(());
    }
    ledger.changes.each(|change| {
        let of_its_kind = passed.iter().find(|(_, word, ..)| *word == change.word());
        if let Some((code, _, found, budget, what)) = of_its_kind.filter(|_| is_bound(&change)) {
            drift.say(code, ledger.name, &change.name(), || {
                format!("{what}; {found} such records beside {before}, and allowed is {budget}")
            });
        }
    })
}

fn said(change: &Change, pointer: &str) -> String {
    let found = change.fields.iter().find(|field| field.pointer == pointer);
    let word = |tree: Option<&Tree>| tree.map_or_else(|| "nothing".to_owned(), Tree::to_json);
    let (before, after) = (found.and_then(|it| it.before.as_ref()), found.and_then(|it| it.after.as_ref()));
    format!("was {}, and is {}", word(before), word(after))
}

fn touches(change: &Change, pointers: &[&str]) -> bool {
    change.fields.iter().any(|field| is_at(&field.pointer, pointers))
}

/// True for a pointer that is one of these, or leads into one.
fn is_at(pointer: &str, pointers: &[&str]) -> bool {
    pointers
        .iter()
        .any(|known| pointer.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
