//! N_AUTHORING_LEGACY: a file of authoring events from an older producer.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::ledger::LEGACY;
use crate::package::{Dialect, Package};

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_AUTHORING_LEGACY",
    revision: 1,
    invariants: "O8",
    promoted: false,
    page: Page {
        title: "a file of authoring events from an older producer",
        means: "`authoring_apply_events.jsonl` is there. Releases before 0.3 wrote it; 0.3 has no writer for it.",
        matters: "Nothing in the package refers to it, so it can only be read for itself.",
        innocent: "A package folder that an older release used before.",
        next: "Nothing, if all else holds.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for kind in LEGACY.iter().filter(|kind| package.dialect == Dialect::FactGraph && package.has_file(kind.path)) {
        out.at(Place::file(kind.path), || "producers since 0.3 do not write this file".into());
    }
}
