//! R_TUPLE_DIGEST: a claim's arguments do not hash to its digest.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TUPLE_DIGEST",
    revision: 1,
    invariants: "D6",
    promoted: false,
    page: Page {
        title: "a claim's arguments do not hash to its digest",
        means: "The `tup_digest` of the claim is not the digest of its arguments.",
        matters: "The fact was changed after it was claimed.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::TupleDigest) {
        out.tally(found);
    }
}
