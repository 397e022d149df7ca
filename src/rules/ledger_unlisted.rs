//! R_LEDGER_UNLISTED: the manifest does not list a ledger that every package has.

use super::{Page, Report, Rule, thing};
use crate::finding::Place;
use crate::ledger::KINDS;
use crate::package::manifest::MAPPING;
use crate::package::{Dialect, Package};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_LEDGER_UNLISTED",
    revision: 1,
    invariants: "M3",
    promoted: false,
    page: Page {
        title: "the manifest does not list a ledger that every package has",
        means: "A required ledger has no entry in `paths.audit_files`.",
        matters: "A reader takes an unlisted ledger for an empty one: striking `decision_log` from the list hides every decision.",
        innocent: "Never from the producer: it lists even empty ledgers.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

/// The ledgers that the documented dialect requires.
pub(super) const DOCUMENTED: [&str; 6] =
    ["accept_failed", "accept_write_ledger", "candidate_ledger", "decision_log", "mapping_resolution", "run_ledger"];

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = &package.manifest else { return };
    let required: Vec<&str> = match package.dialect {
        Dialect::FactGraph if package.has_ledgers() => {
            KINDS.iter().filter(|kind| kind.required).map(|kind| kind.name).chain([MAPPING.0]).collect()
        }
        Dialect::Documented => DOCUMENTED.to_vec(),
        _ => return,
    };
    for name in required.into_iter().filter(|name| !manifest.lists(name)) {
        let path = KINDS.iter().map(|kind| (kind.name, kind.path)).chain([MAPPING]).find(|(known, _)| *known == name);
        let path = path.map(|(_, path)| thing(path, 0, ""));
        out.about(path.as_slice(), &[])
            .at(Place::member("manifest.json", "/paths/audit_files"), || format!("{name} is not listed"));
    }
}
