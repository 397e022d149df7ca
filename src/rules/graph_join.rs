//! N_GRAPH_JOIN: a join of an evidence graph that leads nowhere.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_GRAPH_JOIN",
    revision: 1,
    invariants: "O4",
    promoted: false,
    page: Page {
        title: "a join of an evidence graph that leads nowhere",
        means: "A join names a rule occurrence that its tree does not have.",
        matters: "Part of what the graph should show cannot be followed.",
        innocent: "A caller that put the payload together by hand; the exporter does not look into it.",
        next: "Nothing, if all else holds.",
    },
    check: |package, out| out.flaws(package, Flaw::GraphJoin),
};
