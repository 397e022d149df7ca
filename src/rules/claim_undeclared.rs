//! N_CLAIM_UNDECLARED: a claim that the schema does not declare.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_CLAIM_UNDECLARED",
    revision: 1,
    invariants: "F7",
    promoted: false,
    page: Page {
        title: "a claim that the schema does not declare",
        means: "The schema has no predicate of the claim's name, or declares other arguments for it.",
        matters: "The schema does not say what the claim means; views and mappings that are made from the schema leave it out or misread it.",
        innocent: "The producer's lower write interface does not hold claims against the schema; a schema may also have been changed since.",
        next: "Ask those who wrote the claim what it stands for.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::Undeclared).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
