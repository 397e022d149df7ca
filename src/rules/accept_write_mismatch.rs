//! R_ACCEPT_WRITE_MISMATCH: the accept-write ledger does not follow from the facts.

use super::{FACTS, Page, Report, Rule, lost, thing};
use crate::finding::Place;
use crate::ledger::{ACCEPT_MEMBERS, AcceptWrite, pointer_to};
use crate::package::{Package, Shape};
use crate::spill::Bits;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ACCEPT_WRITE_MISMATCH",
    revision: 1,
    invariants: "X10",
    promoted: false,
    page: Page {
        title: "the accept-write ledger does not follow from the facts",
        means: "The ledger must hold one row for each claim whose metadata name a candidate, with members copied from the claim and its metadata, and no other row.",
        matters: "The ledger is what reviewers read; the facts are what the system uses. They must tell the same story.",
        innocent: "Never from the producer: it makes one from the other.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const WRITES: &str = "audit/accept_write_ledger.jsonl";
const CLAIMS: &str = "facts/claim.facts";

fn check(package: &Package, out: &mut Report<'_>) {
    let tables = ["facts/claim.facts", "facts/meta_str.facts", "facts/meta_time.facts"];
    if package.factgraph().is_none()
        || package.shape != Shape::Full
        || !package.is_whole("accept_write_ledger")
        || !package.has_tables(&tables)
    {
        return;
    }
    let mut found = Bits::new(package.facts.claims.len());
    let facts = thing(FACTS, 0, "");
    // Its decision, the run that it names and the one that it should name.
    let upset = |write: &AcceptWrite| {
        let named = package.ledgers.told.id(write.run);
        let claim = package.facts.claim(write.assertion);
        let should = claim.and_then(|claim| package.facts.runs.of_claim(&claim));
        [Some(write.decision), named, should, Some(facts)].into_iter().flatten().collect::<Vec<_>>()
    };
    for write in package.ledgers.accept_writes.iter() {
        let place = |member: &str| Place::row(WRITES, write.line.into()).with(pointer_to(member));
        let about = [write.assertion, thing(WRITES, write.line.into(), "")];
        let claim = package.facts.claim_at(write.assertion);
        let wanted = claim.and_then(|(at, claim)| Some((at, claim, package.facts.write(&claim)?)));
        let Some((at, claim, accepted)) = wanted else {
            out.about(&about, &upset(&write))
                .value(place("asrt_id"), || "the facts know of no candidate behind this assertion".into());
            continue;
        };
        if !found.mark(at) || !write.sound {
            continue;
        }
        let differs = write.columns.difference(&accepted, &ACCEPT_MEMBERS);
        let member = differs.or((write.ingested.get() != claim.ingested_at()).then_some("ingested_at"));
        if let Some(member) = member {
            out.about(&about, &upset(&write))
                .value(place(member), || format!("is not what the facts say of the claim in {CLAIMS}:{}", claim.line));
        }
    }
    for (at, claim) in
        package.facts.claims.iter().enumerate().filter(|(at, claim)| claim.is_written() && !found.has(*at))
    {
        // Of claims with the same id the first is found.
        if package.facts.claim_at(claim.id).is_some_and(|(first, _)| first != at && found.has(first)) {
            continue;
        }
        let upset: Vec<_> = package.facts.runs.of_claim(&claim).into_iter().chain([facts]).collect();
        out.about(&[claim.id, lost(WRITES)], &upset).at(Place::row(CLAIMS, claim.line.into()), || {
            format!("the claim came from a candidate, and {WRITES} has no row for it")
        });
    }
}
