//! R_TSV_ESCAPE: an unknown escape in a facts row.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TSV_ESCAPE",
    revision: 1,
    invariants: "B5",
    promoted: false,
    page: Page {
        title: "an unknown escape in a facts row",
        means: "Only `\\\\`, `\\t` and `\\n` are escapes in facts files.",
        matters: "What the cell says depends on how a reader guesses.",
        innocent: "A value written by another tool.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::TsvEscape),
};
