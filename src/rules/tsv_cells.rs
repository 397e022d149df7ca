//! R_TSV_CELLS: a facts row with too few or too many cells.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TSV_CELLS",
    revision: 1,
    invariants: "B5",
    promoted: false,
    page: Page {
        title: "a facts row with too few or too many cells",
        means: "A row of a `facts/*.facts` file does not have the columns of its table.",
        matters: "Values would be read under the wrong column.",
        innocent: "A value with a raw tab that another writer did not escape.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::TsvCells),
};
