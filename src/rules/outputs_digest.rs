//! R_OUTPUTS_DIGEST: the outputs do not hash to the run manifest's digest.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_OUTPUTS_DIGEST",
    revision: 1,
    invariants: "D5",
    promoted: false,
    page: Page {
        title: "the outputs do not hash to the run manifest's digest",
        means: "`outputs/run_manifest.json` states a digest over `outputs/*.out.facts`, and it is another one.",
        matters: "The engine's outputs were changed after it ran.",
        innocent: "The engine was run again without writing its manifest.",
        next: "Run the engine again, or leave `outputs/` out.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(run) = package.run_manifest.as_ref().filter(|_| !package.is_cut_short()) else { return };
    let computed = package.outputs_digest.token();
    if run.outputs_digest.as_deref() != Some(&computed) {
        let place = Place::member("outputs/run_manifest.json", "/digests/outputs_digest");
        let stated = run.outputs_digest.as_deref().unwrap_or("not stated");
        out.at(place, || format!("is {}; the outputs hash to {computed}", crate::finding::printable(stated, 80)));
    }
}
