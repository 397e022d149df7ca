//! R_SURROGATE: half a surrogate pair in a string.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SURROGATE",
    revision: 1,
    invariants: "B4",
    promoted: false,
    page: Page {
        title: "half a surrogate pair in a string",
        means: "An escape such as `\\ud800` stands without its other half.",
        matters: "It names no character; readers replace it, refuse it or keep it, so the text is not the same everywhere.",
        innocent: "A string that was cut in the middle of an emoji by a system that counts in UTF-16.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::Surrogate),
};
