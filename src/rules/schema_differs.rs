//! N_SCHEMA_DIFFERS: claims that were accepted under another schema.

use super::{Page, Report, Rule};
use crate::finding::{Place, printable};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_SCHEMA_DIFFERS",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "claims that were accepted under another schema",
        means: "The `schema_digest` that a claim notes from when it was accepted or written is not that of the schema in the package.",
        matters: "Keys, references and mappings are judged by the schema that is there. An edit of the schema, with the manifest's digest made good, leaves this trace.",
        innocent: "The schema was developed further between two runs over the same store.",
        next: "Compare the schema with that of an earlier package, or ask for both.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let (Some(manifest), Some(schema)) = (package.factgraph(), &package.schema) else { return };
    let Some(digest) = schema.digest.filter(|_| package.has_facts() && schema.misfits.count() == 0) else { return };
    let schema = digest.token();
    // Where the manifest says another, that is the schema's own fault.
    if manifest.digests.get("schema_digest") != Some(&schema) {
        return;
    }
    for (other, (count, line)) in package.facts.schemas.iter().filter(|(other, _)| **other != schema) {
        out.at(Place::row("facts/meta_str.facts", *line), || {
            format!("{count} claims note the schema {}; that of the package is {schema}", printable(other, 80))
        });
    }
}
