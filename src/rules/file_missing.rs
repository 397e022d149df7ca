//! R_FILE_MISSING: a file that the manifest promises is not there.

use super::expected::expected_files;
use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;
use crate::package::faults::FaultKind;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_FILE_MISSING",
    revision: 2,
    invariants: "M4",
    promoted: false,
    page: Page {
        title: "a file that the manifest promises is not there",
        means: "The manifest lists a file, or the package's shape requires one, and it is absent.",
        matters: "What is missing may be just what an audit would have looked for.",
        innocent: "A copy that left out empty files, or was cut short.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    const ELSEWHERE: [FaultKind; 3] = [FaultKind::Path, FaultKind::Collision, FaultKind::EntryKind];
    if package.is_cut_short() {
        return;
    }
    for file in expected_files(package).into_iter().filter(|file| file.required) {
        if !package.has_file(&file.path) && !package.faults.touch(&ELSEWHERE, &file.path) {
            out.at(Place::file(file.path.as_str()), || format!("{}, but it is not there", file.because));
        }
    }
}
