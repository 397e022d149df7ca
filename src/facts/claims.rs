//! `claim.facts` and `claim_seq.facts`: which claims there are, and in which order they were made.

use super::{Claim, FactFault, Facts, Index};
use crate::digest::Fingerprint;
use crate::finding::{Place, printable};
use crate::ledger::Moment;

pub(super) const CLAIMS: &str = "facts/claim.facts";
const SEQUENCES: &str = "facts/claim_seq.facts";

pub(super) fn row(facts: &mut Facts, line: u64, [assertion, predicate, entity, tuple]: [&str; 4]) {
    let id = Fingerprint::of(assertion.as_bytes());
    let place = || Place::row(CLAIMS, line);
    if facts.claims.last().is_some_and(|last| last.id == id) {
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
        entity: facts.entities.number(entity),
        sequence: 0,
        ingested: Moment::default(),
    };
    facts.mapped.claim(facts.claims.len(), claim.predicate, assertion);
    facts.claims.push(claim);
    facts.stated.push(Fingerprint::of(tuple.as_bytes()));
}

pub(super) fn end(facts: &mut Facts) {
    facts.index = Index::of(&facts.claims);
    facts.annotated.join(facts.claims.len(), |id| facts.index.position(&facts.claims, id));
    facts.cursor = 0;
    facts.arguments.expect(facts.claims.len());
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
    if facts.claims[at].sequence != 0 {
        return facts.fault(FactFault::Sequence, id, place(), || {
            format!("the claim {} has a row above", printable(assertion, 60))
        });
    }
    match number.parse() {
        Ok(number) if number > 0 => facts.claims[at].sequence = number,
        _ => facts
            .fault(FactFault::Sequence, id, place(), || format!("{:?} is no number of a claim", printable(number, 60))),
    }
}

pub(super) fn end_of_sequences(facts: &mut Facts) {
    let mut numbers: Vec<(u64, u32)> = facts.claims.iter().zip(0..).map(|(claim, at)| (claim.sequence, at)).collect();
    numbers.sort_unstable();
    for (n, (number, at)) in numbers.iter().enumerate() {
        let Claim { id, line, .. } = facts.claims[*at as usize];
        let place = Place::row(CLAIMS, line.into());
        if *number == 0 {
            facts.lacks(SEQUENCES, FactFault::Sequence, id, place, || format!("{SEQUENCES} gives the claim no number"));
        } else if n > 0 && numbers[n - 1].0 == *number {
            let other = facts.claims[numbers[n - 1].1 as usize].line;
            facts.fault(FactFault::Sequence, id, place, || {
                format!("has the number {number}, as the claim in line {other} has")
            });
        }
    }
}
