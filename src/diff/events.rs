//! The records of an event log: one an event, found again by rank, kind, phase, step and span.

use super::role::Role::{Record, Volatile};
use super::role::{Kind, Origin};
use super::tree::Tree;

/// All kinds of records of an event log.
pub(super) static KINDS: &[&Kind] = &[&EVENT];

/// Numbers, chains and names of machines follow from the run, as clocks and ids do.
pub(super) static EVENT: Kind = Kind {
    name: "events",
    origin: Origin::Rows("events.jsonl"),
    key: &["rank", "kind", "phase", "step", "span"],
    own: &[],
    members: &[
        ("attrs", Record(&[("seal", Volatile)])),
        ("event_id", Volatile),
        ("hash", Volatile),
        ("host", Volatile),
        ("prev", Volatile),
        ("run_id", Volatile),
        ("seq", Volatile),
        ("ts_ns", Volatile),
    ],
};

/// The key of an event as people read it: `rank 3 STEP END step 12`.
pub(super) fn words(key: &[Tree]) -> String {
    let heads = ["rank ", "", "", "step ", "span "];
    let part = |(head, tree): (&str, &Tree)| match tree {
        Tree::Token(token) if token == "null" => None,
        Tree::Text(text) if !text.is_empty() && !text.contains(char::is_whitespace) => Some(format!("{head}{text}")),
        other => Some(format!("{head}{}", other.to_json())),
    };
    // A line that is no event is its own key.
    let heads = if key.len() == 1 { &[""][..] } else { &heads };
    heads.iter().copied().zip(key).filter_map(part).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_called_by_where_they_stand_in_the_run() {
        let token = |text: &str| Tree::Token(text.into());
        let text = |text: &str| Tree::Text(text.into());
        assert_eq!(words(&[token("null"), text("RUN"), text("START")]), "RUN START");
        let key = [token("3"), text("ALLREDUCE"), text("END"), token("12"), text("dp 0")];
        assert_eq!(words(&key), "rank 3 ALLREDUCE END step 12 span \"dp 0\"");
        assert_eq!(words(&[text("no JSON")]), "\"no JSON\"");
    }
}
