//! R_TYPE: a value of the wrong type or outside its range.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TYPE",
    revision: 1,
    invariants: "M2 L1 L2 L3 L4 L5 L6 O6",
    promoted: false,
    page: Page {
        title: "a value of the wrong type or outside its range",
        means: "A member holds another type than the format prescribes, a word outside its list, or a list that is not sorted.",
        matters: "Readers convert silently, each in its own way.",
        innocent: "A file edited by hand or rewritten by a tool that turns numbers into strings.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::Type),
};
