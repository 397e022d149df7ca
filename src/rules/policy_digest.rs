//! R_POLICY_DIGEST: the policy does not hash to the manifest's digest.

use super::{Page, Report, Rule};
use crate::digest::Digest;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_POLICY_DIGEST",
    revision: 1,
    invariants: "D2",
    promoted: false,
    page: Page {
        title: "the policy does not hash to the manifest's digest",
        means: "`digests.policy_digest` of the manifest is not the digest of the bytes of the policy.",
        matters: "The bytes are not those that the producer exported.",
        innocent: "Files edited, converted (line ends) or taken from another export.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = package.factgraph().filter(|_| package.has_inputs()) else { return };
    let (Some(stated), Some(computed)) = (manifest.digests.get("policy_digest"), computed(package)) else { return };
    if *stated != computed {
        let place = Place::member("manifest.json", "/digests/policy_digest");
        out.at(place, || {
            format!("is {}; the bytes of the policy hash to {computed}", crate::finding::printable(stated, 80))
        });
    }
}

fn computed(package: &Package) -> Option<String> {
    package.policy.as_ref().map(|bytes| Digest::of(bytes).token())
}
