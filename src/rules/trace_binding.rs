//! R_TRACE_BINDING: a witness of a binding that does not exist.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_BINDING",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "a witness of a binding that does not exist",
        means: "A witness or step of an invocation belongs to a binding that the invocation does not have.",
        matters: "A binding, or what it rests on, was taken out of the trace.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::TraceBinding),
};
