//! R_RUN_FACTS_MISMATCH: a run's row does not follow from the facts.

use std::collections::BTreeSet;

use super::{FACTS, Page, Report, Rule, lost, thing};
use crate::digest::{Fingerprint, FingerprintMap};
use crate::facts::ClaimRun;
use crate::finding::{Place, printable};
use crate::ledger::{Run, RunList};
use crate::package::{Package, Shape};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_RUN_FACTS_MISMATCH",
    revision: 1,
    invariants: "X9",
    promoted: false,
    page: Page {
        title: "a run's row does not follow from the facts",
        means: "The run ledger must hold one row for each run that claims name as theirs, with how many claims they are and of which predicates, and no other row. Counted again from the facts, something else comes out.",
        matters: "The run ledger is what reviewers read; the facts are what the system uses. Claims that no run owns up to have no history.",
        innocent: "Never from the producer: it counts the claims that it writes.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const RUNS: &str = "audit/run_ledger.jsonl";
const CLAIMS: &str = "facts/claim.facts";

fn check(package: &Package, out: &mut Report<'_>) {
    if package.factgraph().is_none()
        || package.shape != Shape::Full
        || !package.is_whole("run_ledger")
        || !package.has_tables(&[CLAIMS, "facts/meta_str.facts"])
    {
        return;
    }
    let (facts, ledgers) = (&package.facts, &package.ledgers);
    let mut found = BTreeSet::new();
    for run in &ledgers.runs {
        found.insert(run.id);
        match facts.runs.run(run.id) {
            None => {
                let place = Place::row(RUNS, run.line.into()).with("/run_id");
                out.about(&[run.id, lost(CLAIMS)], &[thing(FACTS, 0, "")])
                    .value(place, || format!("no claim in {CLAIMS} names this run as its own"));
            }
            Some(claims) if run.sound => compare(package, run, claims, out),
            Some(_) => {}
        }
    }
    for run in facts.runs.runs.iter().filter(|run| !found.contains(&run.id)) {
        out.about(&[run.id, lost(RUNS)], &[thing(FACTS, 0, "")]).at(Place::row(CLAIMS, run.line.into()), || {
            format!("the claim names a run, as {} do in all, and {RUNS} has no row for it", run.claims)
        });
    }
}

fn compare(package: &Package, run: &Run, claims: &ClaimRun, out: &mut Report<'_>) {
    let place = |pointer: &str| Place::row(RUNS, run.line.into()).with(pointer);
    if run.claims != Some(claims.claims) {
        out.about(&[run.id, lost(CLAIMS)], &[thing(FACTS, 0, "")])
            .value(place("/claim_count"), || format!("should be {}, as many claims name the run", claims.claims));
    }
    let names = claims.predicates.iter().map(|number| package.facts.predicates.text(*number));
    let mut missing: FingerprintMap<&str> = names.map(|name| (Fingerprint::of(name.as_bytes()), name)).collect();
    for (n, predicate) in run.list(RunList::Predicates, &package.ledgers.listed).enumerate() {
        if missing.remove(&predicate).is_none() {
            out.about(&[run.id, lost(CLAIMS)], &[thing(FACTS, 0, "")])
                .value(place(&format!("/pred_ids/{n}")), || "no claim of the run is of this predicate".into());
        }
    }
    if let Some(first) = missing.values().min() {
        out.about(&[run.id, lost(CLAIMS)], &[thing(FACTS, 0, "")])
            .value(place("/pred_ids"), || format!("lacks {} of them, first {:?}", missing.len(), printable(first, 60)));
    }
}
