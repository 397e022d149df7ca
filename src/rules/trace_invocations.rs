//! R_TRACE_INVOCATIONS: the invocations of a trace are not numbered through.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_INVOCATIONS",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "the invocations of a trace are not numbered through",
        means: "The ids of a rule run's invocations are not the run's id with the numbers :i1 to :in, each once.",
        matters: "An evaluation was taken out of the trace, put in or renamed.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::TraceInvocations),
};
