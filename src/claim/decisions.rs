//! `decisions_grounded`: no decision stands in the log without what was decided.

use super::{Claim, Outcome, facts};
use crate::documented;
use crate::ledger::DecisionBody;
use crate::package::{Dialect, Package};

pub(super) static CLAIM: Claim = Claim {
    name: "decisions_grounded",
    revision: 1,
    core: false,
    means: "Every row of the decision log is about an accepted write or a mapping outcome that is in the package, and says what follows from it; \
            none is there twice. In the documented dialect: every decision that names a candidate names one of the candidate ledger.",
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
    let decisions = &package.ledgers.decisions;
    if decisions.is_empty() {
        return Outcome::Not("NC_NO_DECISIONS");
    }
    let writes = decisions.iter().filter(|decision| matches!(decision.body, DecisionBody::Accept(..))).count();
    let (all, mappings) = (decisions.len(), decisions.len() - writes);
    Outcome::Stands(
        format!("{all} decisions, {writes} of them about accepted writes, {mappings} about mappings"),
        facts([("about_mappings", mappings.into()), ("about_writes", writes.into()), ("decisions", all.into())]),
    )
}

fn documented(books: &documented::Facts) -> Outcome {
    if books.decisions.is_empty() {
        return Outcome::Not("NC_NO_DECISIONS");
    }
    let (all, named) = (books.decisions.len(), books.decisions.iter().filter(|one| one.candidate.is_some()).count());
    Outcome::Stands(
        format!("{all} decisions, {named} of them name a candidate that is there"),
        facts([("decisions", all.into()), ("with_candidate", named.into())]),
    )
}
