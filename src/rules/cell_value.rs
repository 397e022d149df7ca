//! R_CELL_VALUE: a facts cell that does not hold what its column prescribes.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CELL_VALUE",
    revision: 1,
    invariants: "F2 F3 F4",
    promoted: false,
    page: Page {
        title: "a facts cell that does not hold what its column prescribes",
        means: "A number, flag, tag or id in a facts file is not in the one form that the producer writes.",
        matters: "Lenient readers take ` 7 `, `1_000` or `007` for numbers; a strict comparison would not.",
        innocent: "A file edited by hand.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::CellValue),
};
