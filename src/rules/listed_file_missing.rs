//! U_LISTED_FILE_MISSING: an optional file that the manifest lists is not there.

use super::expected::expected_files;
use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_LISTED_FILE_MISSING",
    revision: 2,
    invariants: "",
    promoted: true,
    page: Page {
        title: "an optional file that the manifest lists is not there",
        means: "A package of the documented dialect lists an optional file that is absent.",
        matters: "Evidence that is named and absent answers no question.",
        innocent: "A copy that left the file out.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if package.is_cut_short() {
        return;
    }
    for file in expected_files(package).into_iter().filter(|file| !file.required) {
        if !package.has_file(&file.path)
            && !package.files.iter().any(|other| other.path.starts_with(&format!("{}/", file.path)))
        {
            out.at(Place::file(file.path.as_str()), || format!("{}, but it is not there", file.because));
        }
    }
}
