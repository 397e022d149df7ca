//! R_ANNOTATION_COPY: an annotation that the metadata does not hold.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ANNOTATION_COPY",
    revision: 1,
    invariants: "O7",
    promoted: false,
    page: Page {
        title: "an annotation that the metadata does not hold",
        means: "An annotation outside the namespace `shared` is kept as metadata as well; there is no such metadata, or it has another value.",
        matters: "One of the two was changed: nobody can tell what was annotated.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::Copy).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
