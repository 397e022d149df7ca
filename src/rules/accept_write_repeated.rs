//! R_ACCEPT_WRITE_REPEATED: two accepted writes of one assertion.

use super::{Page, Report, Rule};
use crate::digest::FingerprintMap;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ACCEPT_WRITE_REPEATED",
    revision: 1,
    invariants: "X1",
    promoted: false,
    page: Page {
        title: "two accepted writes of one assertion",
        means: "The accept-write ledger names the same `asrt_id` twice.",
        matters: "A claim is written once; the second row accounts for a write that did not happen.",
        innocent: "A ledger concatenated with an older one.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let mut seen = FingerprintMap::default();
    for write in &package.ledgers.accept_writes {
        if let Some(first) = seen.insert(write.assertion, write.line) {
            let place = Place::row("audit/accept_write_ledger.jsonl", write.line.into()).with("/asrt_id");
            let run = write.run.map(|run| package.ledgers.told.tallies[run as usize].run);
            out.about(&[write.assertion], run.as_slice())
                .value(place, || format!("the assertion stands in line {first} as well"));
        }
    }
}
