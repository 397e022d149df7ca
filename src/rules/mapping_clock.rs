//! N_MAPPING_CLOCK: the mapping resolution is dated after the manifest.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_MAPPING_CLOCK",
    revision: 1,
    invariants: "M8",
    promoted: false,
    page: Page {
        title: "the mapping resolution is dated after the manifest",
        means: "`generated_at` of the mapping resolution is later than the manifest's, although the manifest is written last.",
        matters: "Usually nothing: clocks step back. Together with other findings it can point to parts of two exports.",
        innocent: "The machine's clock was set back during the export.",
        next: "Nothing, if all else holds.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(written) = package.factgraph().and_then(|manifest| manifest.generated_at) else { return };
    let Some(mapped) = package.mapping.as_ref().and_then(|mapping| mapping.generated_at) else { return };
    if mapped > written {
        let place = Place::member("audit/mapping_resolution.json", "/generated_at");
        out.at(place, || format!("is {mapped}; the manifest was written at {written}"));
    }
}
