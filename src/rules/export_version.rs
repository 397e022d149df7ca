//! U_EXPORT_VERSION: an export version that batool does not know.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_EXPORT_VERSION",
    revision: 1,
    invariants: "M1",
    promoted: false,
    page: Page {
        title: "an export version that batool does not know",
        means: "The manifest's `export_version` is not `v2`.",
        matters: "Other versions may mean other things by the same names; judging them by these rules would be guessing.",
        innocent: "A package from a newer producer.",
        next: "Upgrade batool; `batool --version` and its changelog say which versions it knows.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = &package.manifest else { return };
    if let Some(version) = manifest.export_version.as_deref().filter(|version| *version != "v2") {
        let place = Place::member("manifest.json", "/export_version");
        out.at(place, || format!("is {:?}; only \"v2\" is known", crate::finding::printable(version, 60)));
    }
}
