//! R_SCHEMA_DIGEST: the schema does not hash to the manifest's digest.

use super::stated::compare;
use super::{Page, Report, Rule};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_SCHEMA_DIGEST",
    revision: 1,
    invariants: "D1",
    promoted: false,
    page: Page {
        title: "the schema does not hash to the manifest's digest",
        means: "`digests.schema_digest` of the manifest is not the digest of the schema's declarations.",
        matters: "The bytes are not those that the producer exported.",
        innocent: "Files edited, converted (line ends) or taken from another export.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const SCHEMA: &str = "schema/schema_ir.json";

fn check(package: &Package, out: &mut Report<'_>) {
    let computed = package.schema.as_ref().and_then(|schema| schema.digest);
    compare(package, out, "schema_digest", ("the schema's declarations", &[SCHEMA]), computed);
}
