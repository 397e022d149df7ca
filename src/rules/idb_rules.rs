//! R_IDB_RULES: a query without its rules, or rules without a query.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_IDB_RULES",
    revision: 1,
    invariants: "D18",
    promoted: false,
    page: Page {
        title: "a query without its rules, or rules without a query",
        means: "`rules/idb.dl` holds rules exactly when the manifest's `outputs_map` has `__query__`.",
        matters: "Rules that nobody asked for would derive facts that nobody expects.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const RULES: &str = "rules/idb.dl";

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = package.factgraph().filter(|_| package.has_inputs()) else { return };
    let Some(rules) = package.files.iter().find(|file| file.path == RULES) else { return };
    let has_query = manifest.outputs_map.iter().any(|(name, _)| name == "__query__");
    match (has_query, rules.size > 0) {
        (true, false) => out.at(Place::file(RULES), || "is empty although a query was exported".into()),
        (false, true) => out.at(Place::file(RULES), || "holds rules although no query was exported".into()),
        _ => {}
    }
}
