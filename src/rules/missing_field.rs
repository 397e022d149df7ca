//! R_MISSING_FIELD: a member that must be there is not.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_MISSING_FIELD",
    revision: 1,
    invariants: "M2 L1 L2 L3 L4 L5 L6 O6",
    promoted: false,
    page: Page {
        title: "a member that must be there is not",
        means: "A manifest, document or ledger row lacks a member that the producer always writes.",
        matters: "A missing member reads as `null` or a default in most tools, which is a different statement.",
        innocent: "A package from another version of the producer that does not say so.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::MissingField),
};
