//! R_LINE_END: a file whose last row has no newline.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_LINE_END",
    revision: 1,
    invariants: "B2 B5",
    promoted: false,
    page: Page {
        title: "a file whose last row has no newline",
        means: "The producer ends every row with a newline, also the last one.",
        matters: "A file that breaks off inside a row has lost at least the rest of that row.",
        innocent: "An editor that strips the final newline, or a copy that was cut short.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::LineEnd),
};
