//! N_ANNOTATION_DIFFERS: metadata that its annotation does not tell of.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_ANNOTATION_DIFFERS",
    revision: 1,
    invariants: "O7",
    promoted: false,
    page: Page {
        title: "metadata that its annotation does not tell of",
        means: "The source, trace, approval or note of a claim is not what the annotations noted when it was written, or an annotation that is kept as metadata has no row among the annotations.",
        matters: "The metadata was changed after the claim was written; ledgers show what it is now, annotations what it was.",
        innocent: "Metadata was changed or an annotation replaced through the producer's own interface.",
        next: "Ask who changed it, and when.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let annotated = package.manifest.as_ref().is_some_and(|manifest| manifest.lists("assertion_annotations"));
    for kind in [FactFault::FirstValue, FactFault::CopyAlone] {
        if let Some(found) = package.facts.found(kind).filter(|_| annotated && package.has_facts()) {
            out.tally(found);
        }
    }
}
