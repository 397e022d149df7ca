//! R_PAYLOAD_CANDIDATE: a payload that is about another candidate than its row.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_PAYLOAD_CANDIDATE",
    revision: 1,
    invariants: "X16",
    promoted: false,
    page: Page {
        title: "a payload that is about another candidate than its row",
        means: "A provenance tree or timeline names a candidate inside, and it is not the candidate of its row.",
        matters: "Provenance of one candidate is shown as that of another.",
        innocent: "A caller that put the payload together by hand; the exporter does not look into it.",
        next: "Ask the caller that added the payload which candidate it is about.",
    },
    check: |package, out| out.flaws(package, Flaw::PayloadCandidate),
};
