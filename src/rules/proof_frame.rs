//! R_PROOF_FRAME: a proof frame that contradicts itself.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_PROOF_FRAME",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "a proof frame that contradicts itself",
        means: "A proof frame lacks what frames hold, its status is not the worst verdict of its atoms, or a frame of the same round is about the same support and binding.",
        matters: "Whether a support still holds has two answers in one frame or round.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::ProofFrame),
};
