//! R_FACTS_DIGEST: the facts do not hash to the manifest's digest.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

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
    let Some(manifest) = package.factgraph().filter(|_| package.has_inputs()) else { return };
    let (Some(stated), Some(computed)) = (manifest.digests.get("edb_digest"), computed(package)) else { return };
    if *stated != computed {
        let place = Place::member("manifest.json", "/digests/edb_digest");
        out.at(place, || {
            format!("is {}; the nine facts files hash to {computed}", crate::finding::printable(stated, 80))
        });
    }
}

fn computed(package: &Package) -> Option<String> {
    (!package.is_cut_short()).then(|| package.facts_digest.token())
}
