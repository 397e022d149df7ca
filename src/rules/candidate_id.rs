//! R_CANDIDATE_ID: a candidate id that does not follow from its run and content.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CANDIDATE_ID",
    revision: 1,
    invariants: "D10",
    promoted: false,
    page: Page {
        title: "a candidate id that does not follow from its run and content",
        means: "The `candidate_id` of an accepted candidate is not the digest of the run that proposed it, its kind, its predicate or type of entity and its `candidate_key`.",
        matters: "Decisions and evidence name candidates by this id: they may have been given for another one, or in another run.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::CandidateId).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
