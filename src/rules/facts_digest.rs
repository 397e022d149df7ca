//! R_FACTS_DIGEST: the facts do not hash to the manifest's digest.

use super::stated::compare;
use super::{FACTS, Page, Report, Rule};
use crate::package::Package;
use crate::package::tables::TABLES;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_FACTS_DIGEST",
    revision: 1,
    invariants: "D3",
    promoted: false,
    page: Page {
        title: "the facts do not hash to the manifest's digest",
        means: "`digests.edb_digest` of the manifest is not the digest of the nine facts files.",
        matters: "The bytes are not those that the producer exported.",
        innocent: "Files edited, converted (line ends) or taken from another export.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let computed = (!package.is_cut_short()).then_some(package.facts_digest);
    let files: Vec<&str> = TABLES.iter().map(|table| table.path).chain([FACTS]).collect();
    compare(package, out, "edb_digest", ("the nine facts files", &files), computed);
}
