//! `facts_written`: which assertions the run ledger lists, and how many of them came from a derivation.

use super::{Claim, Outcome, facts};
use crate::package::Package;
use crate::spill::Index;

pub(super) static CLAIM: Claim = Claim {
    name: "facts_written",
    revision: 1,
    core: false,
    means: "The run ledger has a row for each assertion that was written, none twice; this many of them are writes of an accepted candidate.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    let Some(books) = package.documented().filter(|books| books.knows_written()) else {
        return Outcome::Not("NC_RUNS_ONLY");
    };
    let (mut accepted, mut again) = (0, 0);
    books.writes.iter().for_each(|write| accepted += usize::from(write.assertion.is_some()));
    Index::of_lasts(&package.memory, &books.writes, |write| write.assertion, |_, _| again += 1);
    let (n, m) = (books.written.len(), accepted - again);
    Outcome::Stands(
        format!("{n} assertions; {m} of them by accepted candidates"),
        facts([("accepted", m.into()), ("assertions", n.into())]),
    )
}
