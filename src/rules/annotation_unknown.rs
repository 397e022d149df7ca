//! R_ANNOTATION_UNKNOWN: an annotation about nothing.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ANNOTATION_UNKNOWN",
    revision: 1,
    invariants: "O6",
    promoted: false,
    page: Page {
        title: "an annotation about nothing",
        means: "A row of annotations names an assertion that is neither a claim nor a revocation.",
        matters: "The claim it was about has been taken out.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::AnnotationUnknown).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
