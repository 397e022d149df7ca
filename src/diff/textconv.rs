//! One file of records as text for git: sorted by what identifies each, one member a line, without ids and clocks.
//!
//! No other file is at hand, so ids cannot be followed: an id of a record's own is left out, and of another only what it
//! names is said.

use std::path::Path;

use super::documented;
use super::events;
use super::form::{leaves, plain};
use super::kinds;
use super::labels::title;
use super::mask::Mask;
use super::names::Names;
use super::parser::Parser;
use super::role::{Kind, Origin, Pool};
use super::tree::Tree;
use crate::digest::Digest;
use crate::finding::printable;
use crate::json::Value;

/// Larger files are told by their digest: git holds what it compares, and so does this.
const MOST_BYTES: usize = 64 << 20;

/// Rows of a file that no kind reads.
static OTHER: Kind = Kind { name: "rows", origin: Origin::Files, key: &[], own: &[], members: &[] };

/// Tells the records of a file. Its name says which they are; git may have put something of its own before it.
pub fn textconv(name: &Path, bytes: &[u8]) -> String {
    if bytes.len() > MOST_BYTES {
        return format!("{} bytes, sha256 {}: too large to be shown as records\n", bytes.len(), Digest::of(bytes));
    }
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kinds = kinds_named(&name);
    let mut parser = Parser::default();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut records: Vec<(Vec<Tree>, String)> = lines
        .map(|line| {
            parser.read(line, |row| match row {
                Some(row) => told(best(&kinds, row), row),
                None => (Vec::new(), printable(&String::from_utf8_lossy(line), usize::MAX) + "\n"),
            })
        })
        .collect();
    records.sort_unstable();
    records.into_iter().map(|(_, text)| text).collect()
}

/// True if a row of this file is best read as factgraph's.
pub(super) fn is_factgraph(path: &str, row: Value<'_>) -> bool {
    let known = best(&kinds_named(path), row);
    kinds::FACTGRAPH.iter().any(|kind| std::ptr::eq(*kind, known))
}

/// The kinds whose rows may stand in a file of this name; those with the longest name of their own.
fn kinds_named(name: &str) -> Vec<&'static Kind> {
    let all = kinds::FACTGRAPH.iter().chain(documented::KINDS).chain(events::KINDS);
    let stem = name.strip_suffix(".jsonl").unwrap_or(name);
    let fit = |kind: &Kind| {
        let Origin::Rows(path) = kind.origin else { return None };
        let place = path.rsplit('/').next()?.trim_end_matches(".jsonl");
        stem.ends_with(place).then_some(place.len())
    };
    let named: Vec<_> = all.filter_map(|kind| Some((fit(kind)?, *kind))).collect();
    let longest = named.iter().map(|(length, _)| *length).max();
    named.into_iter().filter(|(length, _)| Some(*length) == longest).map(|(_, kind)| kind).collect()
}

/// The kind that finds the most to identify a row by; the first of several.
fn best(kinds: &[&'static Kind], row: Value<'_>) -> &'static Kind {
    let found = |kind: &Kind| key_of(kind, row).iter().filter(|part| **part != Tree::Token("null".into())).count();
    kinds.iter().copied().rev().max_by_key(|kind| found(kind)).unwrap_or(&OTHER)
}

/// The key of a record, and its text.
fn told(kind: &Kind, row: Value<'_>) -> (Vec<Tree>, String) {
    let names = Names::default();
    let record = Mask { names: &names, volatile: false }.tree(kind, row, &word);
    let key = key_of(kind, row);
    let mut text = format!("{} {}", kind.name, plain(&title(kind.name, &key))).trim_end().to_owned() + "\n";
    for (pointer, value) in leaves(&record) {
        text.push_str(&format!("  {}: {}\n", printable(&pointer, usize::MAX), printable(&value, usize::MAX)));
    }
    (key, text)
}

fn key_of(kind: &Kind, row: Value<'_>) -> Vec<Tree> {
    let names = Names::default();
    Mask { names: &names, volatile: false }.key_tree(kind, row, &word)
}

/// Any id of a pool.
fn word(pool: Pool, _: &str) -> String {
    pool.word().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_that_fits_tells_the_records() {
        let names = |name: &str| kinds_named(name).iter().map(|kind| kind.name).collect::<Vec<_>>();
        assert_eq!(names("decision_log.jsonl"), ["decision_log", "decision_log"]);
        assert_eq!(names("a1B2c3_round_events.jsonl"), ["round_events"]);
        assert_eq!(names("events.jsonl"), ["events"]);
        assert!(names("other.jsonl").is_empty());
    }

    #[test]
    fn records_are_sorted_and_ids_and_clocks_are_left_out() {
        let log = Path::new("decision_log.jsonl");
        let row = |pred: &str, id: &str| {
            format!(
                "{{\"asrt_id\":\"{id}\",\"cand_key_digest\":\"d\",\"decision_id\":\"{id}\",\"event_source\":\"s\",\"event_ts\":1,\"pred_id\":\"{pred}\"}}\n"
            )
        };
        let text = textconv(log, (row("q", "1") + "no JSON \u{1b}\n" + &row("p", "2")).as_bytes());
        let record = |pred: &str| {
            let members = format!("  /cand_key_digest: \"d\"\n  /event_source: \"s\"\n  /pred_id: \"{pred}\"\n");
            format!("decision_log s of {pred} d\n  /asrt_id: \"assertion\"\n{members}")
        };
        assert_eq!(text, format!("no JSON \\u{{1b}}\n{}{}", record("p"), record("q")));
        let documented = "{\"candidate_id\":\"k1\",\"outcome\":\"accepted\"}\n";
        assert_eq!(
            textconv(log, documented.as_bytes()),
            "decision_log candidate\n  /candidate_id: \"candidate\"\n  /outcome: \"accepted\"\n"
        );
        assert_eq!(textconv(Path::new("x.jsonl"), b"{\"a\": [1]}"), "rows\n  /a: [1]\n");
    }
}
