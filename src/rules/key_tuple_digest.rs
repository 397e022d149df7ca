//! R_KEY_TUPLE_DIGEST: an accepted fact whose key is not that of its claim.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_KEY_TUPLE_DIGEST",
    revision: 1,
    invariants: "D7",
    promoted: false,
    page: Page {
        title: "an accepted fact whose key is not that of its claim",
        means: "The `key_tuple_digest` of a claim that came from a candidate is not the digest of its predicate, its entity and the arguments that belong to the key, nor that of an entity which was accepted with it.",
        matters: "What was written is about another thing than what was proposed and accepted.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::KeyTuple).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
