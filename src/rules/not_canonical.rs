//! R_NOT_CANONICAL: JSON that is not in the producer's canonical form.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_NOT_CANONICAL",
    revision: 1,
    invariants: "B1 B2 B3",
    promoted: false,
    page: Page {
        title: "JSON that is not in the producer's canonical form",
        means: "The producer writes compact JSON with sorted names, the fewest escapes and Python's spelling of numbers. This text deviates.",
        matters: "The bytes were not written by the producer, or not left as it wrote them; digests over canonical rows no longer mean anything.",
        innocent: "The file was reformatted, for example by an editor or `jq`.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::NotCanonical),
};
