//! R_ANNOTATION_REPEATED: an annotation that stands twice.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ANNOTATION_REPEATED",
    revision: 1,
    invariants: "O6",
    promoted: false,
    page: Page {
        title: "an annotation that stands twice",
        means: "Two rows annotate the same assertion under the same namespace, category and key.",
        matters: "A question about that annotation has two answers.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for (line, above) in package.ledgers.annotations.repeated.iter() {
        let place = Place::row("audit/assertion_annotations.jsonl", line.into()).with("/key");
        out.value(place, || format!("line {above} annotates the same assertion under the same key as well"));
    }
}
