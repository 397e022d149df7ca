//! N_MANIFEST_RUN_UNLISTED: the manifest's run has no row in the run ledger.

use super::manifest_run::is_unlisted;
use super::{Page, Report, Rule};
use crate::finding::{Place, printable};
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_MANIFEST_RUN_UNLISTED",
    revision: 1,
    invariants: "M9",
    promoted: false,
    page: Page {
        title: "the manifest's run has no row in the run ledger",
        means: "The run ledger lists runs that wrote claims; the manifest's run wrote none.",
        matters: "The package is dated by a run whose only trace is a revocation, or (in an audit-only package) by one that cannot be checked.",
        innocent: "The last run of the store only retracted facts.",
        next: "Check with the producer that the last run was a retraction.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if is_unlisted(package) {
        let run = package.run_id().unwrap_or_default();
        out.at(Place::member("manifest.json", "/run_id"), || {
            format!("the run ledger has no row for {:?}", printable(run, 80))
        });
    }
}
