//! R_ENTITY_REFERENCE: an entity whose reference does not follow from its identity.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ENTITY_REFERENCE",
    revision: 1,
    invariants: "D15",
    promoted: false,
    page: Page {
        title: "an entity whose reference does not follow from its identity",
        means: "All fields of an entity's identity are claimed, and its reference is not the digest of its type and these fields, or two claims give one field different values.",
        matters: "Everything that is said of the entity may be about another one.",
        innocent: "The producer's lower write interface lets a caller write a second value into a field of an identity.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::EntityReference).filter(|_| package.has_facts()) {
        out.tally(found);
    }
}
