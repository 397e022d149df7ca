//! R_PROTOCOL_VERSION: manifest and schema state different protocol versions.

use super::{Page, Report, Rule, schema_thing};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_PROTOCOL_VERSION",
    revision: 1,
    invariants: "M7",
    promoted: false,
    page: Page {
        title: "manifest and schema state different protocol versions",
        means: "The manifest's `protocol_version` is not the schema's.",
        matters: "Ids and digests are computed by these versions; the manifest does not belong to this schema.",
        innocent: "Parts of two packages mixed.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let (Some(manifest), Some(schema)) = (package.factgraph(), &package.schema) else { return };
    if schema.digest.is_some() && manifest.protocol_version != schema.protocol_version {
        let wanted = String::from_utf8_lossy(&schema.protocol_version).into_owned();
        out.about(&[schema_thing()], &[]).at(Place::member("manifest.json", "/protocol_version"), || {
            format!("the schema says {}", crate::finding::printable(&wanted, 120))
        });
    }
}
