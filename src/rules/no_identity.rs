//! U_NO_IDENTITY: rows that name nothing.

use super::{Page, Report, Rule};
use crate::documented::DECISIONS;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_NO_IDENTITY",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "rows that name nothing",
        means: "No row of a ledger of a documented package, or not every row, carries the id that rows of its kind are known by; or no decision names a candidate although there are writes of some.",
        matters: "What cannot be named cannot be looked up: rules that would follow a reference there are silent.",
        innocent: "A writer with other names for its ids.",
        next: "Have the producer write the ids under the names that the format knows.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    for (book, identity, carried, lacking) in books.identities() {
        if book.rows > 0 && carried == 0 {
            out.at(Place::file(book.file.clone()), || format!("no row names {}", identity.words()));
        } else {
            out.tally(lacking);
        }
    }
    if !books.knows_decisions()
        && let Some(book) = books.book(DECISIONS)
        && books.writes.iter().any(|write| write.candidate.is_some())
    {
        out.at(Place::file(book.file.clone()), || "no decision names a candidate (candidate_id)".into());
    }
    for graph in books.graphs.iter().filter(|graph| graph.candidate.is_none()) {
        out.at(graph.place(books), || "the graph does not name a candidate (candidate_id)".into());
    }
}
