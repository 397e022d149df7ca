//! `ledgers_follow_from_facts`: every ledger that the producer makes from facts was made again, and is the same.

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package, Shape};

pub(super) static CLAIM: Claim = Claim {
    name: "ledgers_follow_from_facts",
    revision: 1,
    core: false,
    means: "The accept-write ledger, the candidate ledger, the decision log, the failures, the run ledger and the mapping resolution were derived \
            again from schema and facts, and say the same, as do the view rules. Times of export are not derived, nor is what a process \
            evaluated (supports, traces) or a caller added (evidence, rounds, annotations): other claims speak of those.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    match (package.dialect, package.shape) {
        (Dialect::FactGraph, Shape::Full) => {}
        (Dialect::FactGraph, Shape::AuditOnly) => return Outcome::Not("NC_LEDGERS_ALONE"),
        (Dialect::FactGraph, Shape::Inference) => return Outcome::Not("NC_NO_LEDGERS"),
        (Dialect::Documented | Dialect::Unknown, _) => return Outcome::Not("NC_NOT_JUDGED"),
    }
    let Some(mapping) = &package.mapping else { return Outcome::Not("NC_NOT_JUDGED") };
    let (ledgers, claims) = (&package.ledgers, package.facts.claims.len());
    let rows = [
        ("accepted_writes", ledgers.accept_writes.len()),
        ("candidates", ledgers.candidates.len()),
        ("decisions", ledgers.decisions.len()),
        ("failures", ledgers.failures.len()),
        ("mappings", mapping.predicates.len()),
        ("runs", ledgers.runs.len()),
    ];
    let told: Vec<String> = rows.iter().map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
    let mut value = facts([("claims", claims.into())]);
    value.extend(rows.map(|(name, count)| (name, count.into())));
    Outcome::Stands(format!("{}, all from {claims} claims", told.join(", ")), value)
}
