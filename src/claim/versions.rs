//! `versions_named`: which schema and rule versions the manifest names.

use super::{Claim, Outcome, facts};
use crate::finding::printable;
use crate::package::Package;

pub(super) static CLAIM: Claim = Claim {
    name: "versions_named",
    revision: 1,
    core: false,
    means: "The manifest of a documented package names the version of the schema and of each rule. Names bind nothing; what they stand for may be elsewhere.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    let (Some(_), Some(manifest)) = (package.documented(), &package.manifest) else {
        return Outcome::Not("NC_PINNED_BY_DIGESTS");
    };
    let (schema, rules) = (&manifest.schema_version, manifest.rule_versions);
    let Some(schema) = schema else { return Outcome::Not("NC_NO_SCHEMA_VERSION") };
    if rules == 0 {
        return Outcome::Not("NC_NO_RULE_VERSIONS");
    }
    Outcome::Stands(
        format!("schema {}, {rules} rules; by name, not by digest", printable(schema, 40)),
        facts([("rules", rules.into()), ("schema_version", schema.as_str().into())]),
    )
}
