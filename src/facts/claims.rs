//! `claim.facts` and `claim_seq.facts`: which claims there are, and in which order they were made.

use super::{Claim, FactFault, Facts};
use crate::digest::Fingerprint;
use crate::error::Result;
use crate::finding::{Place, printable};
use crate::ledger::Moment;
use crate::spill::{Index, Sorter};

pub(super) const CLAIMS: &str = "facts/claim.facts";
const SEQUENCES: &str = "facts/claim_seq.facts";

pub(super) fn row(facts: &mut Facts, line: u64, [assertion, predicate, entity, tuple]: [&str; 4]) {
    let id = Fingerprint::of(assertion.as_bytes());
    let place = || Place::row(CLAIMS, line);
    let last = facts.claims.len().checked_sub(1).and_then(|last| facts.claims.get(last));
    if last.is_some_and(|last| last.id == id) {
        return facts.fault(FactFault::ClaimRepeated, id, place(), || {
            format!("the claim {} has a row above", printable(assertion, 60))
        });
    }
    if predicate.starts_with("__system__.") {
        facts.fault(FactFault::SystemClaim, id, place(), || {
            format!("{} is kept for the store itself", printable(predicate, 60))
        });
    }
    let hex = assertion.strip_prefix("asrt:").unwrap_or(assertion);
    if hex.len() != 32 || !hex.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c)) {
        facts.fault(FactFault::AssertionForm, id, place(), || {
            format!("{:?} is not 32 hex digits", printable(assertion, 60))
        });
    }
    let claim = Claim {
        id,
        line: u32::try_from(line).unwrap_or(u32::MAX),
        predicate: facts.predicates.number(predicate),
        entity: facts.entities.place(entity),
        sequence: 0,
        ingested: Moment::default(),
        arguments: 0,
        run: 0,
        write: 0,
    };
    facts.mapped.claim(facts.claims.len(), claim.predicate, assertion);
    facts.claims.push(claim);
    facts.stated.push(Fingerprint::of(tuple.as_bytes()));
}

pub(super) fn end(facts: &mut Facts) {
    facts.index = Index::of_firsts(&facts.memory, &facts.claims, Claim::by_id);
    facts.annotated.join(facts.claims.len(), |id| facts.index.find(&facts.claims, id));
    facts.cursor = 0;
    if let Some(declared) = &facts.declared {
        facts.declared_as = facts.predicates.texts().map(|predicate| declared.position(predicate)).collect();
    }
}

pub(super) fn sequence(facts: &mut Facts, line: u64, [assertion, number, ..]: [&str; 4]) {
    let place = || Place::row(SEQUENCES, line);
    let id = Fingerprint::of(assertion.as_bytes());
    let Some(at) = facts.next_position(id) else {
        return facts
            .lacks(CLAIMS, FactFault::Sequence, id, place(), || format!("{} is no claim", printable(assertion, 60)));
    };
    if facts.claims.get(at).is_some_and(|claim| claim.sequence != 0) {
        return facts.fault(FactFault::Sequence, id, place(), || {
            format!("the claim {} has a row above", printable(assertion, 60))
        });
    }
    match number.parse() {
        Ok(number) if number > 0 => facts.claims.change(at, |claim| claim.sequence = number),
        _ => facts
            .fault(FactFault::Sequence, id, place(), || format!("{:?} is no number of a claim", printable(number, 60))),
    }
}

pub(super) fn end_of_sequences(facts: &mut Facts) {
    let result = check_sequences(facts);
    facts.memory.take(result);
}

fn check_sequences(facts: &mut Facts) -> Result<()> {
    let mut numbers = Sorter::with_room(&facts.memory, facts.claims.len() as u64);
    for (at, claim) in facts.claims.iter().enumerate() {
        numbers.push((claim.sequence, at as u32))?;
    }
    let (numbers, mut last) = (numbers.finish()?, None);
    let mut numbers = numbers.read()?;
    while let Some((number, at)) = numbers.next()? {
        let before = last.replace((number, at)).filter(|(before, _)| *before == number);
        if number != 0 && before.is_none() {
            continue;
        }
        let Some(Claim { id, line, .. }) = facts.claims.get(at as usize) else { continue };
        let place = Place::row(CLAIMS, line.into());
        if number == 0 {
            facts.lacks(SEQUENCES, FactFault::Sequence, id, place, || format!("{SEQUENCES} gives the claim no number"));
        } else if let Some(other) = before.and_then(|(_, other)| facts.claims.get(other as usize)) {
            facts.fault(FactFault::Sequence, id, place, || {
                format!("has the number {number}, as the claim in line {} has", other.line)
            });
        }
    }
    Ok(())
}
