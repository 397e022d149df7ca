//! R_CANDIDATE_LEDGER_MISMATCH: the candidate ledger does not follow from the accept-write ledger.

use super::{Page, Report, Rule, lost};
use crate::finding::Place;
use crate::ledger::{AcceptWrite, CANDIDATE_MEMBERS, pointer_to, source_of};
use crate::package::Package;
use crate::spill::{Bits, Index};

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
    let writes = &package.ledgers.accept_writes;
    let wanted = Index::of_lasts(&package.memory, writes, AcceptWrite::by_keyed_assertion, |_, _| {});
    let mut found = Bits::new(writes.len());
    for candidate in package.ledgers.candidates.iter() {
        let place = || Place::row(CANDIDATES, candidate.line.into());
        let upset = package.ledgers.told.id(candidate.run);
        let write = wanted.find(writes, candidate.assertion);
        match write.and_then(|at| Some((at, writes.get(at)?))) {
            None => out
                .about(&[candidate.assertion, lost(WRITES)], upset.as_slice())
                .value(place().with("/asrt_id"), || "no accepted write with key digests names this assertion".into()),
            Some((at, _)) if !found.mark(at) => out
                .about(&[candidate.assertion], upset.as_slice())
                .value(place().with("/asrt_id"), || "the assertion has a row above".into()),
            Some((_, write)) if write.sound && candidate.sound => {
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
    let keyed = writes.iter().enumerate().filter(|(_, write)| write.is_keyed);
    for (at, write) in keyed.filter(|(at, _)| !found.has(*at)) {
        // One of several is found.
        if wanted.find(writes, write.assertion).is_none_or(|last| last == at || !found.has(last)) {
            out.about(&[write.assertion, lost(CANDIDATES)], &[])
                .at(Place::row(WRITES, write.line.into()), || format!("{CANDIDATES} has no row for this write"));
        }
    }
}
