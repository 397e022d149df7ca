//! `supports_intact`: every support artifact hashes to its own digest.

use std::collections::HashSet;

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package};

pub(super) static CLAIM: Claim = Claim {
    name: "supports_intact",
    revision: 2,
    core: false,
    means: "Every support artifact hashes to the digest that it carries, and this many accepted writes name one that is in the package.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    if let Some(books) = package.documented() {
        let n = books.supports;
        return match n {
            0 => Outcome::Not("NC_NO_SUPPORTS"),
            _ => Outcome::Stands(format!("{n} artifacts"), facts([("artifacts", n.into())])),
        };
    }
    if package.dialect != Dialect::FactGraph {
        return Outcome::Not("NC_NOT_JUDGED");
    }
    let supports = &package.ledgers.supports;
    if supports.is_empty() {
        return Outcome::Not("NC_NO_SUPPORTS");
    }
    let known: HashSet<_> = supports.iter().map(|support| support.digest).collect();
    let found = package
        .ledgers
        .accept_writes
        .iter()
        .filter(|write| write.support.is_some_and(|support| known.contains(&support)))
        .count();
    let (n, m) = (supports.len(), package.ledgers.accept_writes.len());
    let text = format!("{n} artifacts; {found} of {m} accepted writes name one of them");
    Outcome::Stands(
        text,
        facts([("artifacts", n.into()), ("writes", m.into()), ("writes_with_artifact", found.into())]),
    )
}
