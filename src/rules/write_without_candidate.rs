//! R_WRITE_WITHOUT_CANDIDATE: an accepted write of a candidate that is not there.

use super::{Page, Report, Rule};
use crate::documented::WRITES;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_WRITE_WITHOUT_CANDIDATE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an accepted write of a candidate that is not there",
        means: "The accept-write ledger of a documented package names a candidate that has no row in the candidate ledger.",
        matters: "What was proposed, by which rule, cannot be told of this write.",
        innocent: "A candidate ledger that was filtered.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    let standings = books.standings();
    for write in books.writes.iter() {
        if write.candidate.is_some_and(|candidate| !standings.is_known(candidate)) {
            let place = books.place(WRITES, write.line).with("/candidate_id");
            out.value(place, || "the candidate ledger has no row for this candidate".into());
        }
    }
}
