//! R_CLAIM_ARGUMENTS: arguments that belong to no claim, or have a gap.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CLAIM_ARGUMENTS",
    revision: 1,
    invariants: "F2",
    promoted: false,
    page: Page {
        title: "arguments that belong to no claim, or have a gap",
        means: "Arguments of a claim are numbered from 0 on without a gap, and every row names a claim.",
        matters: "An argument that was taken out changes what the claim says.",
        innocent: "A table edited by hand.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::Arguments) {
        out.tally(found);
    }
}
