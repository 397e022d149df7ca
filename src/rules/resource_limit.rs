//! U_RESOURCE_LIMIT: a file, row or the package is larger than the bounds allow.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_RESOURCE_LIMIT",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a file, row or the package is larger than the bounds allow",
        means: "A row or JSON document is larger than `max_row_bytes`, the package is larger than `max_package_bytes`, or a container inflates beyond reason.",
        matters: "The part beyond the bound was not looked at, so nothing can be said about the whole.",
        innocent: "A very large run.",
        next: "In an archive, raise the bound in `batool.toml`; outside, split the run.",
    },
    check: |package, out| out.faults(package, FaultKind::TooLarge),
};
