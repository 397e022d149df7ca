//! U_FILE_UNEXPLAINED: a file under audit/ that the manifest does not list.

use super::expected::expected_files;
use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::{Dialect, Package};

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_FILE_UNEXPLAINED",
    revision: 2,
    invariants: "",
    promoted: true,
    page: Page {
        title: "a file under audit/ that the manifest does not list",
        means: "In the documented dialect the manifest is the authority on what belongs to the audit; this file is under `audit/` and not listed.",
        matters: "It may be a ledger that nobody reads, or one that was struck from the list.",
        innocent: "A writer that adds files of its own.",
        next: "Have the producer list the file, or leave it out.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if package.dialect != Dialect::Documented {
        return;
    }
    let expected = expected_files(package);
    for file in package.files.iter().filter(|file| file.path.starts_with("audit/")) {
        let listed =
            expected.iter().any(|known| known.path == file.path || file.path.starts_with(&format!("{}/", known.path)));
        if !listed {
            out.at(Place::file(file.path.as_str()), || "the manifest does not list this file".into());
        }
    }
}
