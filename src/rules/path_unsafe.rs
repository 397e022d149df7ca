//! R_PATH: a name in the package is not a safe relative path.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_PATH",
    revision: 1,
    invariants: "M3",
    promoted: false,
    page: Page {
        title: "a name in the package is not a safe relative path",
        means: "A file's name is absolute, climbs with `..`, holds a control character or a backslash, has a component that begins with `-` or `.git`, or is one that git or Windows refuses.",
        matters: "Such a name can make a checkout write elsewhere, hide from a listing, or read differently on another machine; two auditors would not see the same package.",
        innocent: "A writer on another system, or a package that was zipped together with a git repository.",
        next: "Rename the file at its source and export again; nothing is ever unpacked to such a name.",
    },
    check: |package, out| out.faults(package, FaultKind::Path),
};
