//! N_CANDIDATE_NOT_ACCEPTED: evidence for a candidate that was not accepted.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::ledger::{AcceptWrite, CandidateMention};
use crate::package::Package;
use crate::spill::Index;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_CANDIDATE_NOT_ACCEPTED",
    revision: 1,
    invariants: "X16",
    promoted: false,
    page: Page {
        title: "evidence for a candidate that was not accepted",
        means: "A row that a caller added, a certainty, a provenance or an evidence graph, is about a candidate that no accepted write names.",
        matters: "The row explains nothing in the package.",
        innocent: "The caller added what it had for all candidates, accepted or not.",
        next: "Nothing, if all else holds.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for mention in not_accepted(package) {
        let place = Place::row(mention.path(), mention.line.into()).with("/candidate_id");
        out.value(place, || "no accepted write names this candidate".into());
    }
}

/// The rows about candidates that were not accepted.
pub(crate) fn not_accepted(package: &Package) -> impl Iterator<Item = CandidateMention> {
    let (writes, mentions) = (&package.ledgers.accept_writes, &package.ledgers.candidate_mentions);
    let is_asked = package.is_whole("accept_write_ledger") && !mentions.is_empty();
    let accepted = is_asked.then(|| Index::of_firsts(&package.memory, writes, AcceptWrite::by_candidate));
    let is_accepted = move |id| accepted.as_ref().is_none_or(|accepted| accepted.find(writes, id).is_some());
    mentions.iter().filter(move |mention| !is_accepted(mention.candidate))
}
