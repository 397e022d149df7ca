//! R_META_REPEATED: two values of one metadata name.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_META_REPEATED",
    revision: 1,
    invariants: "F3",
    promoted: false,
    page: Page {
        title: "two values of one metadata name",
        means: "One assertion has two values under the same name, in one table or in two.",
        matters: "Which of them holds depends on the reader.",
        innocent: "Tables of two exports mixed.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::MetaRepeated) {
        out.tally(found);
    }
}
