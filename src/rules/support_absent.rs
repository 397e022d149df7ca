//! N_SUPPORT_ABSENT: the support of an accepted write is not in the package.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::ledger::{AcceptWrite, Rests};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_SUPPORT_ABSENT",
    revision: 1,
    invariants: "X15",
    promoted: false,
    page: Page {
        title: "the support of an accepted write is not in the package",
        means: "An accepted write rests on a support artifact of factgraph's own kind, and none in the package has its digest.",
        matters: "On what the candidate was accepted cannot be seen.",
        innocent: "The store was closed and opened again between the accept and the export: a process exports only what it evaluated itself.",
        next: "Ask the producer for a package exported by the process that accepted, if the evidence is needed.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for write in absent(package) {
        let place = Place::row("audit/accept_write_ledger.jsonl", write.line.into()).with("/support_digest");
        out.value(place, || "no support artifact has this digest".into());
    }
}

/// The writes whose supports are absent.
pub(crate) fn absent(package: &Package) -> impl Iterator<Item = AcceptWrite> {
    let (writes, supports) = (&package.ledgers.accept_writes, &package.ledgers.supports);
    let asked = package.is_whole("support_artifacts").then(|| writes.iter()).into_iter().flatten();
    asked.filter(|write| write.rests == Rests::OnArtifact && write.support.is_none_or(|support| !supports.has(support)))
}
