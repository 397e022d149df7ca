//! R_MANIFEST_PATH: the manifest states a path that is not the one of the format.

use super::{Page, Report, Rule, thing};
use crate::finding::{Place, printable};
use crate::json::push_pointer;
use crate::ledger::KINDS;
use crate::package::manifest::{MAPPING, Manifest, PATH, fixed_paths};
use crate::package::{Dialect, Package};
use crate::path::check_path;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_MANIFEST_PATH",
    revision: 2,
    invariants: "M3",
    promoted: false,
    page: Page {
        title: "the manifest states a path that is not the one of the format",
        means: "A path in `paths` differs from the constant that the producer writes, leaves the package, or stands under a name that is no ledger.",
        matters: "Readers follow the stated path: two ledgers exchanged, or one that points outside, would be read without complaint.",
        innocent: "A package that was rearranged by hand.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = &package.manifest else { return };
    match package.dialect {
        Dialect::FactGraph => fixed(package, manifest, out),
        Dialect::Documented => inside(manifest, out),
        Dialect::Unknown => {}
    }
}

fn fixed(package: &Package, manifest: &Manifest, out: &mut Report<'_>) {
    for (pointer, wanted) in fixed_paths(package.shape) {
        if let Some(stated) = manifest.paths.get(&pointer).filter(|stated| **stated != wanted) {
            out.at(at(&pointer), || format!("is {:?} and should be {wanted:?}", printable(stated, 80)));
        }
    }
    for (name, stated) in manifest.audit_files.iter().flatten() {
        let wanted = KINDS.iter().map(|kind| (kind.name, kind.path)).chain([MAPPING]).find(|(known, _)| known == name);
        let upset: Vec<_> = stated.iter().map(|path| thing(path, 0, "")).collect();
        match wanted {
            None => out.about(&[], &upset).at(at(&listed(name)), || "no ledger has this name".into()),
            Some((_, wanted)) if stated.as_deref() != Some(wanted) => {
                let stated = stated.as_deref().unwrap_or("no text");
                out.about(&[], &upset)
                    .at(at(&listed(name)), || format!("is {:?} and should be {wanted:?}", printable(stated, 80)));
            }
            Some(_) => {}
        }
    }
}

fn inside(manifest: &Manifest, out: &mut Report<'_>) {
    for (pointer, stated) in &manifest.paths {
        if let Some(wrong) = check_path(stated.strip_suffix('/').unwrap_or(stated)) {
            out.at(at(pointer), || format!("{:?} {wrong}", printable(stated, 80)));
        }
    }
    for (name, stated) in manifest.audit_files.iter().flatten() {
        match stated.as_deref() {
            None => out.at(at(&listed(name)), || "should be a path".into()),
            Some(PATH) => out.at(at(&listed(name)), || "the manifest is no ledger".into()),
            Some(_) => {}
        }
    }
}

fn at(pointer: &str) -> Place {
    Place::member("manifest.json", pointer)
}

fn listed(name: &str) -> String {
    let mut pointer = "/paths/audit_files".to_owned();
    push_pointer(&mut pointer, name);
    pointer
}
