//! `claim_arg.facts`: the arguments of claims, and the tuple digest over them.

use super::claims::CLAIMS;
use super::{FactFault, Facts, Group, identity, tuple};
use crate::digest::Digest;
use crate::finding::{Place, Tally, lost, printable};
use crate::spill::List;

const ARGUMENTS: &str = "facts/claim_arg.facts";

pub(super) fn row(facts: &mut Facts, line: u64, cells: [&str; 4]) {
    facts.collect(line, cells, close);
}

pub(super) fn end(facts: &mut Facts) {
    facts.end_group(close);
    let mut tuple = Vec::new();
    tuple::push_head(&mut tuple, 0);
    let empty = Digest::of(&tuple).token_fingerprint();
    let mut lacking = Tally::default();
    for (claim, stated) in facts.claims.iter().zip(facts.stated.iter()) {
        if claim.arguments == 0 && stated != empty {
            let place = Place::row(CLAIMS, u64::from(claim.line));
            lacking
                .add_about(&[claim.id, lost(ARGUMENTS)], place, || "states a digest of arguments, and has none".into());
        }
    }
    facts.merge(FactFault::TupleDigest, &lacking);
    facts.stated = List::new(&facts.memory);
    identity::check(facts);
    check_declarations(facts);
}

/// Holds each claim against what the schema says of its predicate.
fn check_declarations(facts: &mut Facts) {
    if facts.declared.is_none() {
        return;
    }
    let mut undeclared = Tally::default();
    for claim in facts.claims.iter() {
        let Some(arguments) = facts.arguments(&claim) else { continue };
        let arguments = arguments.terms();
        let place = || Place::row(CLAIMS, u64::from(claim.line));
        let Some(predicate) = facts.declaration(&claim) else {
            let text = || format!("the schema declares no predicate {}", printable(facts.subject(&claim).0, 60));
            undeclared.add(place(), text);
            continue;
        };
        let seen = arguments.iter().map(|(tag, _)| tag);
        let wanted = predicate.tags.iter().skip(1).copied();
        if !seen.clone().eq(wanted.clone()) {
            undeclared.add(place(), || {
                let [seen, wanted] = [seen.map(tuple::name).collect(), wanted.map(tuple::name).collect()];
                let [seen, wanted] = [seen, wanted].map(|names: Vec<&str>| printable(&names.join(", "), 60));
                format!("the arguments are ({seen}) where the schema says ({wanted})")
            });
        }
    }
    facts.merge(FactFault::Undeclared, &undeclared);
}

/// All arguments of one assertion: index, value, tag.
fn close(facts: &mut Facts, group: &Group) {
    let Some(at) = group.claim else {
        return facts.lacks(CLAIMS, FactFault::Arguments, group.id(), Place::row(ARGUMENTS, group.line), || {
            format!("{} is no claim", printable(&group.assertion, 60))
        });
    };
    let mut room = std::mem::take(&mut facts.room);
    let encoded = encode(group, &mut room);
    facts.room = room;
    match encoded {
        Ok(()) => {
            let digest = Digest::of(&facts.room);
            let place = facts.arguments.put(&facts.room);
            let mut line = 0;
            facts.claims.change(at, |claim| (claim.arguments, line) = (place, claim.line));
            if facts.stated.get(at) != Some(digest.token_fingerprint()) {
                let place = Place::row(CLAIMS, u64::from(line));
                let text = || format!("states another digest than its arguments have, {}", digest.token());
                facts.fault(FactFault::TupleDigest, group.id(), place, text);
            }
        }
        Err((fault, text)) => {
            facts.claims.change(at, |claim| claim.arguments = tuple::UNREADABLE);
            facts.fault(fault, group.id(), Place::row(ARGUMENTS, group.line), || text);
        }
    }
}

/// Writes the arguments as a tuple, or gives what is wrong with them.
fn encode(group: &Group, tuple: &mut Vec<u8>) -> Result<(), (FactFault, String)> {
    let count = group.ends.len() as u32;
    tuple.clear();
    tuple::push_head(tuple, count);
    if is_numbered(group.rows()) {
        return encode_rows(group, group.rows(), tuple);
    }
    // Rows are sorted as texts, where 10 stands before 2.
    let mut rows: Vec<[&str; 3]> = group.rows().collect();
    rows.sort_by_key(|[index, ..]| index.parse().unwrap_or(usize::MAX));
    if is_numbered(rows.iter().copied()) {
        return encode_rows(group, rows.into_iter(), tuple);
    }
    let seen: Vec<&str> = rows.iter().map(|[index, ..]| *index).collect();
    let (assertion, seen) = (printable(&group.assertion, 60), printable(&seen.join(", "), 60));
    Err((FactFault::Arguments, format!("the arguments of {assertion} are numbered {seen}, not from 0 on")))
}

fn is_numbered<'a>(rows: impl Iterator<Item = [&'a str; 3]>) -> bool {
    rows.enumerate().all(|(n, [index, ..])| index.parse() == Ok(n))
}

fn encode_rows<'a>(
    group: &Group,
    mut rows: impl Iterator<Item = [&'a str; 3]>,
    tuple: &mut Vec<u8>,
) -> Result<(), (FactFault, String)> {
    let wrong = rows.find(|[_, value, tag]| !tuple::tag(tag).is_some_and(|tag| tuple::push_text(tuple, tag, value)));
    let Some([_, value, tag]) = wrong else { return Ok(()) };
    let (value, assertion) = (printable(value, 60), printable(&group.assertion, 60));
    Err((FactFault::ArgumentValue, format!("{value:?} is no {tag} of {assertion}")))
}
