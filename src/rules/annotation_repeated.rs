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
    let mut annotations = package.ledgers.annotations.clone();
    annotations.sort_unstable();
    for pair in annotations.windows(2).filter(|pair| pair[0].identity == pair[1].identity) {
        let place = Place::row("audit/assertion_annotations.jsonl", pair[1].line.into()).with("/key");
        out.value(place, || format!("line {} annotates the same assertion under the same key as well", pair[0].line));
    }
}
