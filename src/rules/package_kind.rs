//! U_PACKAGE_KIND: a package kind that batool does not know.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::{Dialect, Package};

pub(super) static RULE: Rule<Package> = Rule {
    code: "U_PACKAGE_KIND",
    revision: 1,
    invariants: "M1",
    promoted: false,
    page: Page {
        title: "a package kind that batool does not know",
        means: "The manifest's `package_kind` is neither `audit` nor `inference` (in the documented dialect: not `audit`).",
        matters: "The kind decides which files must be there and what they show.",
        innocent: "A package from a newer producer, or one that is no audit package.",
        next: "Upgrade batool, or ask the producer for an audit package.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = &package.manifest else { return };
    let known = match package.dialect {
        Dialect::Documented => manifest.package_kind.as_deref() == Some("audit"),
        _ => matches!(manifest.package_kind.as_deref(), Some("audit" | "inference") | None),
    };
    if !known {
        let place = Place::member("manifest.json", "/package_kind");
        out.at(place, || match &manifest.package_kind {
            Some(kind) => format!("{:?} is not known", crate::finding::printable(kind, 60)),
            None => "is not stated".into(),
        });
    }
}
