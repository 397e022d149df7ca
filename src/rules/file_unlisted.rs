//! R_FILE_UNLISTED: a file that the manifest does not explain.

use super::expected::{expected_files, is_allowed};
use super::{Page, Report, Rule, thing};
use crate::finding::Place;
use crate::package::{Dialect, Package};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_FILE_UNLISTED",
    revision: 1,
    invariants: "M4",
    promoted: false,
    page: Page {
        title: "a file that the manifest does not explain",
        means: "The package holds a file that the manifest does not list and the format does not allow.",
        matters: "An unlisted file is read by nobody and can be anything: a ledger of an older export, a second version of a fact.",
        innocent: "Exporting into a folder that was used before: the producer never deletes what it finds there.",
        next: "Export again into an empty folder.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if package.dialect != Dialect::FactGraph {
        return;
    }
    let expected = expected_files(package);
    for file in &package.files {
        if !expected.iter().any(|known| known.path == file.path) && !is_allowed(package, &file.path) {
            out.about(&[thing(&file.path, 0, "")], &[])
                .at(Place::file(file.path.as_str()), || "no entry of the manifest explains this file".into());
        }
    }
}
