//! R_MAPPING_CONTRADICTION: a mapping outcome that contradicts itself.

use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_MAPPING_CONTRADICTION",
    revision: 1,
    invariants: "X7",
    promoted: false,
    page: Page {
        title: "a mapping outcome that contradicts itself",
        means: "Within the mapping resolution, a chosen assertion is none of the candidates, what was chosen is not what the decisions say, a count is not that of what it counts, or a conflict names fewer than two values.",
        matters: "One of the two was edited, and a reader of the other sees another outcome.",
        innocent: "Never from the producer: it writes both from one resolution.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(mapping) = &package.mapping {
        out.tally(&mapping.contradictions);
    }
}
