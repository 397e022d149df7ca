//! R_UNKNOWN_FIELD: a member that does not belong there.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_UNKNOWN_FIELD",
    revision: 1,
    invariants: "M2 L1 L2 L3 L4 L5 L6 O6",
    promoted: false,
    page: Page {
        title: "a member that does not belong there",
        means: "A manifest, document or ledger row has a member that the producer never writes.",
        matters: "What no rule knows, no rule checks: an extra member can carry a second story past the review.",
        innocent: "A package from another version of the producer, or annotated by a tool.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::UnknownField),
};
