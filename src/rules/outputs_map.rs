//! R_OUTPUTS_MAP: the manifest's output map does not follow from the schema.

use super::{Page, Report, Rule, schema_thing};
use crate::digest::Fingerprint;
use crate::finding::{Place, printable};
use crate::json::push_pointer;
use crate::package::Package;
use crate::package::documents::engine_name;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_OUTPUTS_MAP",
    revision: 1,
    invariants: "M10",
    promoted: false,
    page: Page {
        title: "the manifest's output map does not follow from the schema",
        means: "`outputs_map` must hold one entry a predicate with the engine's name for it, and `__query__` if a query was exported.",
        matters: "Outputs would be read under the wrong predicate.",
        innocent: "Parts of two packages mixed.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = package.factgraph() else { return };
    let Some(predicates) = package.schema.as_ref().and_then(|schema| schema.predicates.as_ref()) else { return };
    let at = |name: &str| {
        let mut pointer = "/outputs_map".to_owned();
        push_pointer(&mut pointer, name);
        Place::member("manifest.json", pointer)
    };
    let about = |name: &str| [schema_thing(), Fingerprint::of(name.as_bytes())];
    for (name, value) in manifest.outputs_map.iter().filter(|(name, _)| name != "__query__") {
        let wanted = format!("[\"{}\"]", engine_name(name));
        if !predicates.contains(name) {
            out.about(&about(name), &[]).at(at(name), || "the schema has no such predicate".into());
        } else if *value != wanted.as_bytes() {
            let seen = String::from_utf8_lossy(value).into_owned();
            out.about(&about(name), &[]).at(at(name), || format!("is {} and should be {wanted}", printable(&seen, 80)));
        }
    }
    for name in predicates.iter().filter(|name| !manifest.outputs_map.iter().any(|(mapped, _)| mapped == *name)) {
        // Where the entry points lack it as well, it is the schema that was changed.
        let upset = (!manifest.entrypoints.contains(name)).then(schema_thing);
        out.about(&about(name), upset.as_slice()).at(at(name), || "the predicate has no entry".into());
    }
}
