//! `facts_written`: which assertions the run ledger lists, and how many of them came from a derivation.

use std::collections::HashSet;

use super::{Claim, Outcome, facts};
use crate::package::Package;

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
    let accepted: HashSet<_> = books.writes.iter().filter_map(|write| Some(write.assertion?.1)).collect();
    let (n, m) = (books.written.len(), accepted.len());
    Outcome::Stands(
        format!("{n} assertions; {m} of them by accepted candidates"),
        facts([("accepted", m.into()), ("assertions", n.into())]),
    )
}
