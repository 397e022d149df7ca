//! R_DIALECT_MIXED: marks of factgraph 0.3 in a package that is not wholly of it.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_DIALECT_MIXED",
    revision: 2,
    invariants: "",
    promoted: false,
    page: Page {
        title: "marks of factgraph 0.3 in a package that is not wholly of it",
        means: "The package carries something that only factgraph 0.3 writes, but lacks what it always writes.",
        matters: "The rules for older packages are weaker. A package that could shed one mark to be judged by them would be able to choose its judge.",
        innocent: "A package assembled from parts of different producers.",
        next: "Export the whole package with one producer.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(mark) = package.mixed_marks.first() {
        let all = package.mixed_marks.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let place = match mark.split_once(' ') {
            Some((file, _)) => Place::file(file),
            None => Place::file("manifest.json"),
        };
        out.at(place, || format!("there are marks of factgraph 0.3 ({all}) without all that it always writes"));
    }
}
