//! Which files a package must or may hold: what the manifest lists and what its shape requires.

use super::ledger_unlisted::DOCUMENTED;
use crate::ledger::{KINDS, LEGACY};
use crate::package::manifest::MAPPING;
use crate::package::tables::TABLES;
use crate::package::{Dialect, Package, Shape};
use crate::path::check_path;

/// A file that should be there.
pub(super) struct Expected {
    pub(super) path: String,
    /// Its absence is a violation, not a gap.
    pub(super) required: bool,
    pub(super) because: &'static str,
}

/// All files that should be there, the manifest included.
pub(super) fn expected_files(package: &Package) -> Vec<Expected> {
    let Some(manifest) = &package.manifest else { return Vec::new() };
    let mut files = vec![Expected { path: "manifest.json".into(), required: true, because: "every package has it" }];
    match package.dialect {
        Dialect::Unknown => {}
        Dialect::FactGraph => {
            let known = KINDS.iter().map(|kind| (kind.name, kind.path)).chain([MAPPING]);
            for (_, path) in known.filter(|(name, _)| package.has_ledgers() && manifest.lists(name)) {
                files.push(Expected { path: path.into(), required: true, because: "the manifest lists it" });
            }
            if package.has_inputs() {
                let fixed = [
                    "schema/schema_ir.json",
                    "policy/policy_ir.json",
                    "policy/policy_rules.dl",
                    "rules/view.dl",
                    "rules/idb.dl",
                ];
                for path in TABLES.iter().map(|table| table.path).chain(fixed) {
                    files.push(Expected {
                        path: path.into(),
                        required: true,
                        because: "a package of this shape has it",
                    });
                }
            }
        }
        Dialect::Documented => {
            for (name, path) in manifest.audit_files.iter().flatten() {
                // A path that leads elsewhere is said by the rule for paths.
                let Some(path) = path.as_ref().filter(|path| check_path(path.trim_end_matches('/')).is_none()) else {
                    continue;
                };
                files.push(Expected {
                    path: path.clone(),
                    required: DOCUMENTED.contains(&name.as_str()),
                    because: "the manifest lists it",
                });
            }
            for (pointer, path) in &manifest.paths {
                // Inputs may be absent; evidence is what lies below `audit/`, and the folder of graphs wherever it lies.
                let path_in = path.trim_end_matches('/');
                let is_evidence = path_in.starts_with("audit/") || pointer == "/paths/evidence_graphs";
                if !pointer.starts_with("/paths/audit_files/") && is_evidence && check_path(path_in).is_none() {
                    files.push(Expected { path: path_in.into(), required: false, because: "the manifest names it" });
                }
            }
        }
    }
    files
}

/// Files that may be there without being listed.
pub(super) fn is_allowed(package: &Package, path: &str) -> bool {
    (package.shape != Shape::AuditOnly && path.starts_with("outputs/")) || LEGACY.iter().any(|kind| kind.path == path)
}
