//! R_ARGUMENT_VALUE: an argument that is no value of its type.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ARGUMENT_VALUE",
    revision: 1,
    invariants: "D6",
    promoted: false,
    page: Page {
        title: "an argument that is no value of its type",
        means: "The text of an argument does not stand for a value of its tag: a number with leading zeros, a uuid without dashes, bytes that are not base64.",
        matters: "Its digest cannot be computed, and readers would each make something else of it.",
        innocent: "A value written by another tool.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::ArgumentValue) {
        out.tally(found);
    }
}
