//! R_CANDIDATE_REPEATED: two candidates with one id.

use super::{Page, Report, Rule};
use crate::documented::{CANDIDATES, Candidate};
use crate::package::Package;
use crate::spill::Index;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_CANDIDATE_REPEATED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "two candidates with one id",
        means: "The candidate ledger of a documented package names the same `candidate_id` twice.",
        matters: "A question about that candidate has two answers.",
        innocent: "A ledger concatenated with an older one.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    let candidates = &books.candidates;
    Index::of_lasts(&package.memory, candidates, Candidate::by_id, |before, at| {
        let (Some(first), Some(candidate)) = (candidates.get(before), candidates.get(at)) else { return };
        let place = books.place(CANDIDATES, candidate.line).with("/candidate_id");
        out.value(place, || format!("the candidate stands in line {} as well", first.line));
    });
}
