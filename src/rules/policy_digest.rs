//! R_POLICY_DIGEST: the policy does not hash to the manifest's digest.

use super::stated::compare;
use super::{Page, Report, Rule};
use crate::digest::Digest;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_POLICY_DIGEST",
    revision: 1,
    invariants: "D2",
    promoted: false,
    page: Page {
        title: "the policy does not hash to the manifest's digest",
        means: "`digests.policy_digest` of the manifest is not the digest of the bytes of the policy.",
        matters: "The bytes are not those that the producer exported.",
        innocent: "Files edited, converted (line ends) or taken from another export.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let computed = package.policy.as_ref().map(|bytes| Digest::of(bytes));
    compare(package, out, "policy_digest", ("the bytes of the policy", &["policy/policy_ir.json"]), computed);
}
