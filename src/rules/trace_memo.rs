//! R_TRACE_MEMO: a remembered result that was not there to be remembered.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_TRACE_MEMO",
    revision: 1,
    invariants: "O1",
    promoted: false,
    page: Page {
        title: "a remembered result that was not there to be remembered",
        means: "An invocation says that its rows were remembered and names no source, names one without saying so, or names one of another rule, with other rows or not called before.",
        matters: "Rows without an evaluation behind them look evaluated.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::TraceMemo),
};
