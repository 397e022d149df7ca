//! R_CANDIDATE_KEY_DIGEST: a candidate whose key digest does not follow from its key.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CANDIDATE_KEY_DIGEST",
    revision: 1,
    invariants: "D8",
    promoted: false,
    page: Page {
        title: "a candidate whose key digest does not follow from its key",
        means: "The `cand_key_digest` of an accepted candidate is not the digest of its predicate, or type of entity, and its `key_tuple_digest`.",
        matters: "Candidates are told apart by this digest: an accepted one can so be passed off as another.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    out.flaws(package, Flaw::KeyDigest);
    if let Some(found) = package.facts.found(FactFault::KeyDigest).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
