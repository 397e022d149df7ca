//! `acceptance_traceable`: every accepted write has its candidate, decision, rule and run.

use std::fmt::Write as _;

use super::{Claim, Outcome, facts};
use crate::documented::Facts;
use crate::facts::FactFault;
use crate::finding::Tally;
use crate::ledger::AcceptWrite;
use crate::package::{Dialect, Package, Shape};
use crate::spill::Index;

pub(super) static CLAIM: Claim = Claim {
    name: "acceptance_traceable",
    revision: 2,
    core: false,
    means: "Every write in the accept-write ledger has exactly the decision and the candidate row that follow from it, its run is listed, and no \
            decision or candidate stands there without a write. The numbers say how many writes name a rule with its version and a support, and in a full package of how many the candidate's key was not judged. In the documented dialect: every write names a candidate of the \
            candidate ledger and has a decision that accepts it, and every accepted candidate has its writes.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    match package.dialect {
        Dialect::FactGraph => {}
        Dialect::Documented => return documented(&package.books),
        Dialect::Unknown => return Outcome::Not("NC_NOT_JUDGED"),
    }
    if !package.has_ledgers() {
        return Outcome::Not("NC_NO_LEDGERS");
    }
    let writes = &package.ledgers.accept_writes;
    if writes.is_empty() {
        return Outcome::Not("NC_NO_ACCEPTED_WRITES");
    }
    let mut candidates = writes.len();
    Index::of_lasts(&package.memory, writes, AcceptWrite::by_candidate, |_, _| candidates -= 1);
    let with_rule = writes.iter().filter(|write| write.has_rule).count();
    let with_support = writes.iter().filter(|write| write.support.is_some()).count();
    let unjudged = package.facts.found(FactFault::KeyOpen).map_or(0, Tally::count);
    let (n, m) = (writes.len(), candidates);
    let mut text = format!(
        "{n} writes of {m} candidates, each with its decision; {with_rule} name a rule and version, {with_support} a support"
    );
    if unjudged > 0 {
        let _ = write!(text, "; the keys of {unjudged} were not judged");
    }
    let mut value = facts([
        ("candidates", m.into()),
        ("decisions", n.into()),
        ("runs", package.ledgers.runs.len().into()),
        ("with_rule", with_rule.into()),
        ("with_support", with_support.into()),
        ("writes", n.into()),
    ]);
    if package.shape == Shape::Full {
        value.insert("keys_not_judged", unjudged.into());
    }
    Outcome::Stands(text, value)
}

fn documented(books: &Facts) -> Outcome {
    if books.writes.is_empty() {
        return Outcome::Not("NC_NO_ACCEPTED_WRITES");
    }
    let standings = books.standings();
    let (mut candidates, mut decisions) = (0_usize, 0);
    standings.candidates(|_, standing| {
        candidates += usize::from(standing.writes > 0);
        decisions += if standing.writes > 0 { standing.decisions() } else { 0 };
    });
    let with_rule = books.writes.iter().filter(|write| write.has_rule).count();
    let n = books.writes.len();
    Outcome::Stands(
        format!(
            "{n} writes of {candidates} candidates, each with its decision; {with_rule} name a rule and version; no digest binds the ledgers"
        ),
        facts([
            ("candidates", candidates.into()),
            ("decisions", decisions.into()),
            ("with_rule", with_rule.into()),
            ("writes", n.into()),
        ]),
    )
}
