//! R_CANDIDATE_LEDGER_MISMATCH: the candidate ledger does not follow from the accept-write ledger.

use super::{Page, Report, Rule, lost};
use crate::digest::{FingerprintMap, FingerprintSet};
use crate::finding::Place;
use crate::ledger::{CANDIDATE_MEMBERS, pointer_to, source_of};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CANDIDATE_LEDGER_MISMATCH",
    revision: 1,
    invariants: "X2",
    promoted: false,
    page: Page {
        title: "the candidate ledger does not follow from the accept-write ledger",
        means: "The candidate ledger must hold just one row for each accepted write with key digests, and that row's members follow from the write.",
        matters: "A candidate that was never written, or a write whose candidate was struck out, breaks the chain from rule to fact.",
        innocent: "Never from the producer: it projects one from the other.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const CANDIDATES: &str = "audit/candidate_ledger.jsonl";
const WRITES: &str = "audit/accept_write_ledger.jsonl";

fn check(package: &Package, out: &mut Report<'_>) {
    if !package.is_whole("candidate_ledger") || !package.is_whole("accept_write_ledger") {
        return;
    }
    let writes = package.ledgers.accept_writes.iter();
    let wanted: FingerprintMap<_> =
        writes.filter(|write| write.is_keyed).map(|write| (write.assertion, write)).collect();
    let mut found = FingerprintSet::default();
    for candidate in &package.ledgers.candidates {
        let place = || Place::row(CANDIDATES, candidate.line.into());
        let upset = candidate.run.map(|run| package.ledgers.told.tallies[run as usize].run);
        match wanted.get(&candidate.assertion) {
            None => out
                .about(&[candidate.assertion, lost(WRITES)], upset.as_slice())
                .value(place().with("/asrt_id"), || "no accepted write with key digests names this assertion".into()),
            Some(_) if !found.insert(candidate.assertion) => out
                .about(&[candidate.assertion], upset.as_slice())
                .value(place().with("/asrt_id"), || "the assertion has a row above".into()),
            Some(write) if write.sound && candidate.sound => {
                if let Some(member) = candidate.columns.difference(&write.as_candidate, &CANDIDATE_MEMBERS) {
                    out.about(&[candidate.assertion], upset.as_slice()).differs(
                        place().with(pointer_to(member)),
                        source_of(member, WRITES, write.line),
                        || format!("is not what follows from {WRITES}:{}", write.line),
                    );
                }
            }
            Some(_) => {}
        }
    }
    for write in &package.ledgers.accept_writes {
        if write.is_keyed && !found.contains(&write.assertion) {
            out.about(&[write.assertion, lost(CANDIDATES)], &[])
                .at(Place::row(WRITES, write.line.into()), || format!("{CANDIDATES} has no row for this write"));
        }
    }
}
