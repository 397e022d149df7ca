//! R_ENTRYPOINTS: the manifest's entry points are not the schema's predicates.

use super::{Page, Report, Rule, schema_thing};
use crate::digest::Fingerprint;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ENTRYPOINTS",
    revision: 1,
    invariants: "M10",
    promoted: false,
    page: Page {
        title: "the manifest's entry points are not the schema's predicates",
        means: "`entrypoints` must be the sorted ids of all predicates of the schema.",
        matters: "The manifest does not belong to this schema, or a predicate was hidden.",
        innocent: "Parts of two packages mixed.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = package.factgraph() else { return };
    let Some(predicates) = package.schema.as_ref().and_then(|schema| schema.predicates.as_ref()) else { return };
    let mut wanted: Vec<&String> = predicates.iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    if !manifest.entrypoints.iter().eq(wanted.iter().copied()) {
        let odd = manifest.entrypoints.iter().find(|name| !wanted.contains(name));
        let lost = wanted.iter().copied().find(|name| !manifest.entrypoints.contains(name));
        let upset: Vec<_> = odd.iter().chain(&lost).map(|name| Fingerprint::of(name.as_bytes())).collect();
        out.about(&[schema_thing()], &upset).at(Place::member("manifest.json", "/entrypoints"), || match (odd, lost) {
            (Some(name), _) => format!("names {:?}, which the schema does not", crate::finding::printable(name, 80)),
            (None, Some(name)) => format!("does not name {:?} of the schema", crate::finding::printable(name, 80)),
            (None, None) => "is not sorted".into(),
        });
    }
}
