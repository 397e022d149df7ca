//! `files_bound`: which files the manifest's digests bind, and which nothing binds.

use super::{Claim, Outcome, facts};
use crate::package::tables::TABLES;
use crate::package::{Dialect, Package};

pub(super) static CLAIM: Claim = Claim {
    name: "files_bound",
    revision: 1,
    core: true,
    means: "The files that the manifest's digests cover have these digests. The files named as unbound are covered by no digest inside the \
            package: only the certificate's own digest holds them.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    if package.dialect != Dialect::FactGraph || !package.has_inputs() {
        return Outcome::Not("NC_NOTHING_BOUND");
    }
    let is_bound = |path: &str| {
        TABLES.iter().any(|table| table.path == path)
            || matches!(path, "schema/schema_ir.json" | "policy/policy_ir.json" | "rules/idb.dl" | "rules/view.dl")
            || (package.run_manifest.is_some() && path.starts_with("outputs/") && path.ends_with(".out.facts"))
    };
    let unbound: Vec<&str> =
        package.files.iter().map(|file| file.path.as_str()).filter(|path| !is_bound(path)).collect();
    let (all, bound) = (package.files.len(), package.files.len() - unbound.len());
    let text = format!("{bound} of {all} files by digests inside the package");
    Outcome::Stands(text, facts([("bound", bound.into()), ("files", all.into()), ("unbound_files", unbound.into())]))
}
