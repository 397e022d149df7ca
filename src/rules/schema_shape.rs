//! R_SCHEMA_SHAPE: a schema that the producer takes no facts for.

use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SCHEMA_SHAPE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a schema that the producer takes no facts for",
        means: "The schema lacks a member that each has, or one is not of its form: predicates without arguments or with arguments of no known type, a key that is not of the arguments or leaves out the subject, entities without fields, members at the top that no schema has, a number that is no integer.",
        matters: "Claims, mappings and keys are judged by what the schema declares. Where that cannot be understood, none of them can be, and another reader may understand it otherwise.",
        innocent: "Never from the producer: it checks a schema before it keeps anything under it, and again before it exports.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(schema) = package.factgraph().and(package.schema.as_ref()) {
        out.tally(&schema.misfits);
    }
}
