//! R_INGESTED_AT: a claim or revocation without its time.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_INGESTED_AT",
    revision: 1,
    invariants: "F6",
    promoted: false,
    page: Page {
        title: "a claim or revocation without its time",
        means: "Every claim and every revocation has the time `ingested_at`.",
        matters: "Without it nobody can say which fact came first.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::IngestedAt) {
        out.tally(found);
    }
}
