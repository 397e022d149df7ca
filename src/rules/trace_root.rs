//! R_TRACE_ROOT: a trace that does not end in its result.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_ROOT",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "a trace that does not end in its result",
        means: "Not exactly one invocation is without a parent, or its rule or rows are not those that the trace states as the run's.",
        matters: "The stated result is not what the trace shows to have been evaluated.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::TraceRoot),
};
