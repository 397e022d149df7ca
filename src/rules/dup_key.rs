//! R_DUP_KEY: an object names a member twice.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DUP_KEY",
    revision: 1,
    invariants: "B4",
    promoted: false,
    page: Page {
        title: "an object names a member twice",
        means: "Two members of one JSON object have the same name, after escapes are resolved.",
        matters: "Most readers silently keep one of the two, and not all the same one: the classic way to show an auditor something else.",
        innocent: "Files merged by hand.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::DuplicateKey),
};
