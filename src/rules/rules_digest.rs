//! R_RULES_DIGEST: the rules do not hash to the manifest's digest.

use super::stated::compare;
use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_RULES_DIGEST",
    revision: 1,
    invariants: "D4",
    promoted: false,
    page: Page {
        title: "the rules do not hash to the manifest's digest",
        means: "`digests.rules_digest` of the manifest is not the digest of the two rules files.",
        matters: "The bytes are not those that the producer exported.",
        innocent: "Files edited, converted (line ends) or taken from another export.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let computed = (!package.is_cut_short()).then_some(package.rules_digest);
    compare(package, out, "rules_digest", ("the two rules files", &["rules/idb.dl", "rules/view.dl"]), computed);
}
