//! R_POLICY_MODE: the policy mode is not the same everywhere.

use super::{Page, Report, Rule, thing};
use crate::digest::Fingerprint;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_POLICY_MODE",
    revision: 1,
    invariants: "M6",
    promoted: false,
    page: Page {
        title: "the policy mode is not the same everywhere",
        means: "The manifest and the mapping resolution state different policy modes.",
        matters: "The mode decides how competing facts are chosen; two of them mean that parts come from different exports.",
        innocent: "Parts of two packages mixed.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(mode) = package.factgraph().and_then(|manifest| manifest.policy_mode.as_ref()) else { return };
    let Some(mapping) = &package.mapping else { return };
    for (pointer, other) in mapping.policy_modes.iter().filter(|(_, other)| other != mode) {
        let place = Place::member("audit/mapping_resolution.json", pointer.as_str());
        out.about(&[mode_thing()], &[])
            .at(place, || format!("is {:?}; the manifest says {mode:?}", crate::finding::printable(other, 40)));
    }
}

/// The mode as a thing.
pub(super) fn mode_thing() -> Fingerprint {
    thing("manifest.json", 0, "/policy_mode")
}
