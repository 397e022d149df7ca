//! N_INGEST_KEY: an ingest key that cannot be told from the package.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_INGEST_KEY",
    revision: 1,
    invariants: "D13",
    promoted: false,
    page: Page {
        title: "an ingest key that cannot be told from the package",
        means: "The `ingest_key` of a claim is not the digest of what it says and of its source as they stand there; but the claim has metadata of its validity, or the package has no annotations, so that what they were first is not known. Or it has no such key at all.",
        matters: "Whether the claim or its source was changed cannot be seen from here.",
        innocent: "The source or the validity was noted anew after the claim was written; a program that wrote claims straight into the store gave them no key.",
        next: "Compare the claim with the store that it came from.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let mut kinds = vec![FactFault::IngestKeyValidity, FactFault::IngestKeyAbsent];
    if !package.has_ledgers() {
        kinds.push(FactFault::IngestKey);
    }
    for found in kinds.into_iter().filter_map(|kind| package.facts.found(kind)).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
