//! R_ENCODING: bytes that are not UTF-8.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ENCODING",
    revision: 1,
    invariants: "B2",
    promoted: false,
    page: Page {
        title: "bytes that are not UTF-8",
        means: "A JSON or TSV file holds bytes that are not UTF-8, or begins with a byte order mark.",
        matters: "Readers would replace or drop such bytes, each in its own way.",
        innocent: "A file that was edited and saved by a tool with another encoding.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::Encoding),
};
