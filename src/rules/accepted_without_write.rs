//! R_ACCEPTED_WITHOUT_WRITE: an accepted candidate without a write.

use super::{Page, Report, Rule};
use crate::documented::Trouble;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ACCEPTED_WITHOUT_WRITE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an accepted candidate without a write",
        means: "A decision accepts a candidate of a documented package, or its state says so as well, but the accept-write ledger has no write of it. A failure of the accept explains this, unless the state is `accepted`.",
        matters: "The write that followed from the decision is missing, or was taken out.",
        innocent: "An accept-write ledger that was filtered.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    books.standings().places(books, Trouble::AcceptedWithoutWrite, |place| {
        out.value(place, || "the candidate was accepted, and there is no write of it".into());
    });
}
