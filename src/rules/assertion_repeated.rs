//! R_ASSERTION_REPEATED: two written assertions with one id.

use super::{Page, Report, Rule};
use crate::documented::{ASSERTION, RUNS};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ASSERTION_REPEATED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "two written assertions with one id",
        means: "The run ledger of a documented package has a row an assertion, and two of them carry the same id.",
        matters: "An assertion is written once; which of the two rows is what was written cannot be told.",
        innocent: "A ledger concatenated with an older one.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    if !books.per_assertion {
        return;
    }
    books.written.repeated(ASSERTION.names, |first, line, name| {
        let place = books.place(RUNS, line).with(format!("/{name}"));
        out.value(place, || format!("the assertion stands in line {first} as well"));
    });
}
