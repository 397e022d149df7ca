//! R_ENTRY_KIND: something in the package is neither a file nor a folder.

use super::{Page, Rule};
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ENTRY_KIND",
    revision: 1,
    invariants: "M3",
    promoted: false,
    page: Page {
        title: "something in the package is neither a file nor a folder",
        means: "There is a symbolic link, hard link, device, pipe, socket or submodule.",
        matters: "A link's content lies outside what the package's digest covers and can change without the package changing.",
        innocent: "A package folder that was assembled with links to save space.",
        next: "Replace links by the files they mean (`cp -L`) and verify again; batool never follows one.",
    },
    check: |package, out| out.faults(package, FaultKind::EntryKind),
};
