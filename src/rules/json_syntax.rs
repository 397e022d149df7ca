//! R_JSON: a text that is not JSON.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_JSON",
    revision: 1,
    invariants: "B4",
    promoted: false,
    page: Page {
        title: "a text that is not JSON",
        means: "A row or document is not RFC 8259 JSON. `NaN` and `Infinity`, comments, blank lines, trailing text and raw control characters are none either.",
        matters: "A row that not every reader can read is evidence for some and not for others.",
        innocent: "A crash while writing, an editor, or a payload with `NaN` that the producer passed through.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.faults(package, FaultKind::Json),
};
