//! N_SUPPORT_UNEXPECTED: a write without a witness that has a support artifact.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::ledger::Rests;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_SUPPORT_UNEXPECTED",
    revision: 1,
    invariants: "X15",
    promoted: false,
    page: Page {
        title: "a write without a witness that has a support artifact",
        means: "An accepted write says that its engine gave no witness, yet a support artifact has the digest that it names.",
        matters: "The kind of its support or the artifact was changed, or two engines agreed by chance.",
        innocent: "None known.",
        next: "Nothing, if all else holds.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let supports = &package.ledgers.supports;
    let writes = package.ledgers.accept_writes.iter().filter(|write| write.rests == Rests::OnNothing);
    for write in writes.filter(|write| write.support.is_some_and(|support| supports.has(support))) {
        let place = Place::row("audit/accept_write_ledger.jsonl", write.line.into()).with("/support_digest");
        out.value(place, || "a support artifact has this digest, though the write has no witness".into());
    }
}
