//! N_ASSERTION_DIGEST: an assertion digest that cannot be told from the package.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_ASSERTION_DIGEST",
    revision: 1,
    invariants: "D16",
    promoted: false,
    page: Page {
        title: "an assertion digest that cannot be told from the package",
        means: "The `assertion_digest` of a claim is not the digest of its predicate, entity, arguments, schema and metadata as they stand there; but the claim has metadata of a user's own, or the package has no annotations, so that what was noted first is not known.",
        matters: "Whether the claim was changed, or only what is noted of it, cannot be seen from here.",
        innocent: "Metadata was changed later through the store's own interface, which the digest does not cover.",
        next: "Compare the claim with the store that it came from.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let mut kinds = vec![FactFault::AssertionDigestOpen];
    if !package.has_ledgers() {
        kinds.push(FactFault::AssertionDigest);
    }
    for found in kinds.into_iter().filter_map(|kind| package.facts.found(kind)).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
