//! R_DEPTH: JSON that nests deeper than 512 levels.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DEPTH",
    revision: 1,
    invariants: "B4",
    promoted: false,
    page: Page {
        title: "JSON that nests deeper than 512 levels",
        means: "More than 512 brackets are open at one point.",
        matters: "Common readers overflow their stack on such input; the producer's own gives up near 1,000.",
        innocent: "Hardly: no record of a run nests so deep.",
        next: "Look at the row named; if it is genuine, have the producer write it flatter.",
    },
    check: |package, out| out.faults(package, FaultKind::Depth),
};
