//! R_ROW_REPEATED: two rows with the same id.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ROW_REPEATED",
    revision: 1,
    invariants: "B6 X12",
    promoted: false,
    page: Page {
        title: "two rows with the same id",
        means: "The column that identifies a row of this file holds the same text twice.",
        matters: "A reader shows one of the two; which one is chance.",
        innocent: "A file that was concatenated with itself or with an older one.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::RowRepeated),
};
