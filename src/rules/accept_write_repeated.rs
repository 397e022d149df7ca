//! R_ACCEPT_WRITE_REPEATED: two accepted writes of one assertion.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::ledger::AcceptWrite;
use crate::package::Package;
use crate::spill::Index;

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
    let writes = &package.ledgers.accept_writes;
    Index::of_lasts(&package.memory, writes, AcceptWrite::by_assertion, |before, at| {
        let (Some(first), Some(write)) = (writes.get(before), writes.get(at)) else { return };
        let place = Place::row("audit/accept_write_ledger.jsonl", write.line.into()).with("/asrt_id");
        let run = package.ledgers.told.id(write.run);
        out.about(&[write.assertion], run.as_slice())
            .value(place, || format!("the assertion stands in line {} as well", first.line));
    });
}
