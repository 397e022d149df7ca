//! R_INGEST_KEY: a claim that does not hash to its ingest key.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_INGEST_KEY",
    revision: 1,
    invariants: "D13",
    promoted: false,
    page: Page {
        title: "a claim that does not hash to its ingest key",
        means: "The `ingest_key` of a claim is not the digest of what it says and of its source, neither as its metadata gives that now nor as the annotations noted it first.",
        matters: "The claim or where it came from was changed after it was written.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) =
        package.facts.found(FactFault::IngestKey).filter(|_| package.has_ledgers() && package.has_facts())
    {
        out.tally(found);
    }
}
