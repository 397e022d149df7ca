//! R_WRITE_WITHOUT_ASSERTION: an accepted write of an assertion that was not written.

use super::{Page, Report, Rule};
use crate::documented::WRITES;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_WRITE_WITHOUT_ASSERTION",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an accepted write of an assertion that was not written",
        means: "The accept-write ledger of a documented package names an assertion that has no row in the run ledger, which has one for every written assertion.",
        matters: "The ledger accounts for a write that did not happen, or the run ledger hides one that did.",
        innocent: "A run ledger that was filtered.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    if !books.knows_written() {
        return;
    }
    for write in books.writes.iter() {
        let (name, Some(assertion)) = (write.name(), write.assertion) else { continue };
        if !books.written.contains(assertion) {
            let place = books.place(WRITES, write.line).with(format!("/{name}"));
            out.value(place, || "the run ledger has no row for this assertion".into());
        }
    }
}
