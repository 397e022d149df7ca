//! `supports_intact`: every support artifact hashes to its own digest, and none that is needed is missing.

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package};
use crate::rules::support_absent;

pub(super) static CLAIM: Claim = Claim {
    name: "supports_intact",
    revision: 2,
    core: false,
    means: "Every support artifact hashes to the digest that it carries, the supports of rules that it names are there, and every accepted write \
            with a support of factgraph's own kind names one that is in the package.",
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
    if support_absent::absent(package).next().is_some() {
        return Outcome::Not("NC_SUPPORT_ABSENT");
    }
    let supports = &package.ledgers.supports;
    if supports.count == 0 {
        return Outcome::Not("NC_NO_SUPPORTS");
    }
    let found = package
        .ledgers
        .accept_writes
        .iter()
        .filter(|write| write.support.is_some_and(|support| supports.has(support)))
        .count();
    let (n, m) = (supports.count, package.ledgers.accept_writes.len());
    let text = format!("{n} artifacts; {found} of {m} accepted writes name one of them");
    Outcome::Stands(
        text,
        facts([("artifacts", n.into()), ("writes", m.into()), ("writes_with_artifact", found.into())]),
    )
}
