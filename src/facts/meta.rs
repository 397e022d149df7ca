//! `meta_*.facts`: what is noted about claims and revocations, one value a name.

use std::borrow::Cow;

use super::texts::Texts;
use super::{FactFault, Facts, Group, Stranger, annotated, candidate, ingest, signed};
use crate::digest::Fingerprint;
use crate::finding::{Place, Tally, lost, printable};
use crate::json::push_string;
use crate::ledger::{ACCEPT_MEMBERS, AcceptColumns, Moment};

const BOOLEANS: &str = "facts/meta_bool.facts";
const FLOATS: &str = "facts/meta_float.facts";
const INTEGERS: &str = "facts/meta_int.facts";
pub(super) const TEXTS: &str = "facts/meta_str.facts";
const TIMES: &str = "facts/meta_time.facts";
/// The tables, as they are numbered where they are remembered.
pub(super) const TABLES: [&str; 5] = [BOOLEANS, FLOATS, INTEGERS, TEXTS, TIMES];

fn number(table: &str) -> u8 {
    TABLES.iter().position(|other| *other == table).unwrap_or_default() as u8
}

fn name_of(number: u8) -> &'static str {
    TABLES.get(usize::from(number)).copied().unwrap_or_default()
}

pub(super) fn boolean(facts: &mut Facts, line: u64, cells: [&str; 4]) {
    typed(facts, BOOLEANS, "bool", line, cells);
}

pub(super) fn float(facts: &mut Facts, line: u64, cells: [&str; 4]) {
    typed(facts, FLOATS, "float", line, cells);
}

pub(super) fn integer(facts: &mut Facts, line: u64, cells: [&str; 4]) {
    typed(facts, INTEGERS, "int", line, cells);
}

pub(super) fn nothing(_: &mut Facts) {}

/// These are few; their names are kept, so that no other table can give a second value.
fn typed(
    facts: &mut Facts,
    table: &'static str,
    kind: &'static str,
    line: u64,
    [assertion, name, value, _]: [&str; 4],
) {
    if let Some((at, claim)) = note(facts, table, line, assertion).and_then(|at| Some((at, facts.claims.get(at)?))) {
        facts.ingests.note(at, &claim, name, (kind == "int").then_some(value));
        facts.signed.note(at, kind, name, value);
    }
    not_a_text(facts, table, line, assertion, name);
    annotated::copy(facts, table, line, kind, [assertion, name, value]);
    let key = Fingerprint::of_parts(&[assertion.as_bytes(), name.as_bytes()]);
    if let Some(other) = facts.typed_meta.insert(key, number(table)) {
        repeated(facts, table, line, assertion, name, name_of(other));
    }
}

/// So many schemas that claims were accepted under are told apart; one that is not the package's is enough.
const MOST_SCHEMAS: usize = 64;

/// Digests are texts.
fn not_a_text(facts: &mut Facts, table: &'static str, line: u64, assertion: &str, name: &str) {
    let fault = match name {
        "ingest_key" => FactFault::IngestKey,
        "assertion_digest" => FactFault::AssertionDigest,
        _ => return,
    };
    facts.fault(fault, Fingerprint::of(assertion.as_bytes()), Place::row(table, line), || format!("{name} is no text"));
}

fn repeated(facts: &mut Facts, table: &'static str, line: u64, assertion: &str, name: &str, other: &str) {
    facts.fault(FactFault::MetaRepeated, Fingerprint::of(assertion.as_bytes()), Place::row(table, line), || {
        format!("{} of {} has a value in {other} as well", printable(name, 60), printable(assertion, 60))
    });
}

/// Notes an assertion that is no claim; it may turn out to be a revocation.
fn note(facts: &mut Facts, table: &'static str, line: u64, assertion: &str) -> Option<usize> {
    let id = Fingerprint::of(assertion.as_bytes());
    let claim = facts.next_position(id);
    if claim.is_none() {
        stranger(facts, table, line, id);
    }
    claim
}

/// What is known of an assertion that is no claim.
fn stranger(facts: &mut Facts, table: &str, line: u64, id: Fingerprint) -> Stranger {
    facts.strangers.get(id).filter(|stranger| !stranger.revokes).unwrap_or_else(|| {
        let table = number(table);
        let stranger = Stranger { table, line, is_ingested: false, target: None, revokes: false };
        facts.strangers.insert(id, stranger);
        stranger
    })
}

pub(super) fn text(facts: &mut Facts, line: u64, cells: [&str; 4]) {
    facts.collect(line, cells, close);
}

pub(super) fn end_of_texts(facts: &mut Facts) {
    facts.end_group(close);
    candidate::end(facts);
    signed::end_of_texts(facts);
}

/// All texts about one assertion: name and value.
fn close(facts: &mut Facts, group: &Group) {
    let mut last = None;
    let mut texts = Texts::default();
    for (n, [name, value, _]) in group.rows().enumerate() {
        texts.put(name, value);
        if last.replace(name) == Some(name) {
            repeated(facts, TEXTS, group.line, &group.assertion, name, TEXTS);
        }
        if !facts.typed_meta.is_empty() {
            let key = Fingerprint::of_parts(&[group.assertion.as_bytes(), name.as_bytes()]);
            if let Some(other) = facts.typed_meta.get(key) {
                repeated(facts, TEXTS, group.line, &group.assertion, name, name_of(other));
            }
        }
        if name == "ingested_at" || name == "accepted_at" {
            let key = Fingerprint::of_parts(&[group.assertion.as_bytes(), name.as_bytes()]);
            facts.typed_meta.insert(key, number(TEXTS));
        }
        annotated::copy(facts, TEXTS, group.line + n as u64, "str", [&group.assertion, name, value]);
    }
    let Some(at) = group.claim else {
        let target = texts.revoked_asrt_id.map(|target| Fingerprint::of(target.as_bytes()));
        let id = Fingerprint::of(group.assertion.as_bytes());
        let stranger = stranger(facts, TEXTS, group.line, id);
        facts.strangers.insert(id, Stranger { target, ..stranger });
        return;
    };
    if let Some(schema) = texts.schema_digest {
        let line = group.line_of("schema_digest");
        let known = facts.schemas.len();
        match facts.schemas.get_mut(schema) {
            Some((count, _)) => *count += 1,
            None if known < MOST_SCHEMAS => _ = facts.schemas.insert(schema.to_owned(), (1, line)),
            None => {}
        }
    }
    annotated::compare(facts, group, at);
    ingest::check(facts, group, &texts, at);
    candidate::check(facts, group, &texts, at);
    signed::collect(facts, group, &texts, at);
    let Some(mut claim) = facts.claims.get(at) else { return };
    if let Some(run) = texts.run_id {
        claim.run = facts.runs.add(run, claim.predicate, claim.line);
    }
    if let Some(source) = texts.source.filter(|_| facts.mapped.has(claim.predicate)) {
        facts.mapped.source(at, source);
    }
    if texts.candidate_id.is_some() {
        let columns = expected_write(group, &texts, facts.subject(&claim));
        facts.writes.push(columns);
        claim.write = facts.writes.len() as u32;
    }
    if claim.has_run() || claim.is_written() {
        facts.claims.change(at, |known| *known = claim);
    }
}

/// The row that must stand in the accept-write ledger, of a claim with this predicate and entity.
fn expected_write(group: &Group, texts: &Texts<'_>, (predicate, entity): (&str, Cow<'_, str>)) -> AcceptColumns {
    let members = [
        texts.approved_by,
        Some(&group.assertion),
        texts.cand_key_digest,
        texts.candidate_id,
        texts.derived_rule_id,
        texts.derived_rule_version,
        Some(&entity),
        texts.key_tuple_digest,
        texts.note,
        Some(predicate),
        texts.run_id,
        texts.support_digest,
        texts.support_kind,
    ];
    let mut members = members.into_iter();
    AcceptColumns::from_raw(&ACCEPT_MEMBERS, |_, out| match members.next().flatten() {
        Some(text) => push_string(out, text),
        None => out.extend_from_slice(b"null"),
    })
}

pub(super) fn time(facts: &mut Facts, line: u64, [assertion, name, value, _]: [&str; 4]) {
    let claim = note(facts, TIMES, line, assertion);
    let (last, last_name) = &mut facts.last_time;
    if last == assertion && last_name == name {
        return repeated(facts, TIMES, line, assertion, name, TIMES);
    }
    for (last, text) in [(last, assertion), (last_name, name)] {
        last.clear();
        last.push_str(text);
    }
    if !facts.typed_meta.is_empty() {
        let key = Fingerprint::of_parts(&[assertion.as_bytes(), name.as_bytes()]);
        if let Some(other) = facts.typed_meta.get(key) {
            repeated(facts, TIMES, line, assertion, name, name_of(other));
        }
    }
    not_a_text(facts, TIMES, line, assertion, name);
    annotated::copy(facts, TIMES, line, "time", [assertion, name, value]);
    if name != "ingested_at" {
        if let Some((at, claim)) = claim.and_then(|at| Some((at, facts.claims.get(at)?))) {
            facts.ingests.note(at, &claim, name, None);
            facts.signed.note_time(at, name, value);
        }
        return;
    }
    match (claim, value.parse()) {
        (Some(at), Ok(time)) => facts.claims.change(at, |claim| claim.ingested = Moment::of(Some(time))),
        (None, _) => {
            let id = Fingerprint::of(assertion.as_bytes());
            let stranger = stranger(facts, TIMES, line, id);
            facts.strangers.insert(id, Stranger { is_ingested: true, ..stranger });
        }
        (Some(_), Err(_)) => {}
    }
}

pub(super) fn end_of_times(facts: &mut Facts) {
    let mut silent = Tally::default();
    for claim in facts.claims.iter().filter(|claim| claim.ingested_at().is_none()) {
        let place = Place::row(super::claims::CLAIMS, u64::from(claim.line));
        silent
            .add_about(&[claim.id, lost(TIMES)], place, || format!("{TIMES} does not say when the claim was ingested"));
    }
    facts.merge(FactFault::IngestedAt, &silent);
    ingest::end(facts);
    signed::end(facts);
}
