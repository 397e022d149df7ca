//! R_PATH_COLLISION: two names are equal, or equal but for case or Unicode form.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_PATH_COLLISION",
    revision: 1,
    invariants: "M3",
    promoted: false,
    page: Page {
        title: "two names are equal, or equal but for case or Unicode form",
        means: "The container holds two entries whose names are the same, or would be on a file system that folds case or normalises Unicode.",
        matters: "Which of the two is read depends on the tool and the machine, so a digest could be checked over one and an auditor shown the other.",
        innocent: "A tar that was appended to instead of rewritten.",
        next: "Pack the folder again into a new archive file.",
    },
    check: |package, out| out.faults(package, FaultKind::Collision),
};
