//! U_KIND_UNKNOWN: this is no package that batool knows.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_KIND_UNKNOWN",
    revision: 1,
    invariants: "M1",
    promoted: false,
    page: Page {
        title: "this is no package that batool knows",
        means: "No single folder holds a `manifest.json`, or more than one could be the package.",
        matters: "What is unknown is never fine: without a manifest nothing says what belongs to the package.",
        innocent: "A wrong path, a parent folder of several packages, an archive file with something else beside the package.",
        next: "Name the folder that holds `manifest.json`.",
    },
    check: |package, out| out.faults(package, FaultKind::KindUnknown),
};
