//! R_TRACE_CALLS: a trace in which the calls do not fit together.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_CALLS",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "a trace in which the calls do not fit together",
        means: "An invocation names a parent that was not called before it, or a rule reference leads to an invocation that another one called.",
        matters: "The trace no longer tells which rule was asked by which.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::TraceCalls),
};
