//! R_TIMELINE: a provenance timeline whose chains do not fit.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TIMELINE",
    revision: 1,
    invariants: "O5",
    promoted: false,
    page: Page {
        title: "a provenance timeline whose chains do not fit",
        means: "A timeline's root chain is not among its chains, or its chains are not sorted.",
        matters: "The chain that tells about the candidate itself cannot be found.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::Timeline),
};
