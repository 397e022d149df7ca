//! R_EVIDENCE_GRAPH: an evidence graph that readers cannot take.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_EVIDENCE_GRAPH",
    revision: 1,
    invariants: "O3",
    promoted: false,
    page: Page {
        title: "an evidence graph that readers cannot take",
        means: "A graph lacks a member, has a word or value that graphs do not have, or states the same policy condition twice.",
        matters: "factgraph's own reader refuses the whole package for this.",
        innocent: "A caller that put the payload together by hand; the exporter does not look into it.",
        next: "Ask the caller that added the graph to write it anew.",
    },
    check: |package, out| out.flaws(package, Flaw::EvidenceGraph),
};
