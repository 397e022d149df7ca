//! R_SUPPORT_DIGEST: a support artifact does not hash to its digest.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SUPPORT_DIGEST",
    revision: 1,
    invariants: "D11",
    promoted: false,
    page: Page {
        title: "a support artifact does not hash to its digest",
        means: "The row's `support_digest` is not the digest of the rest of the row.",
        matters: "The evidence was edited after candidates were accepted on it: accepted rows name supports by this digest.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for line in package.ledgers.supports.wrong.iter() {
        let place = Place::row("audit/support_artifacts.jsonl", line.into()).with("/support_digest");
        out.value(place, || "is not the digest of the rest of the row".into());
    }
}
