//! N_GRAPH_ALIAS: two rules of an evidence graph with one alias.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_GRAPH_ALIAS",
    revision: 1,
    invariants: "O4",
    promoted: false,
    page: Page {
        title: "two rules of an evidence graph with one alias",
        means: "Two rule occurrences of a tree share an alias, so a join cannot tell them apart.",
        matters: "Which rule a join leads to is open.",
        innocent: "A caller that put the payload together by hand; the exporter does not look into it.",
        next: "Nothing, if all else holds.",
    },
    check: |package, out| out.flaws(package, Flaw::GraphAlias),
};
