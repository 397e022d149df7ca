//! R_CONTAINER: the archive file is damaged.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CONTAINER",
    revision: 1,
    invariants: "B1",
    promoted: false,
    page: Page {
        title: "the archive file is damaged",
        means: "The tar, zip, gzip or zstd file breaks off, fails its checksum or contradicts itself.",
        matters: "What cannot be read cannot be judged, and what is read twice differently is not one package.",
        innocent: "A download that was cut short.",
        next: "Fetch the file again and compare its checksum with the sender's.",
    },
    check: |package, out| out.faults(package, FaultKind::Container),
};
