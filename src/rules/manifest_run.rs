//! R_MANIFEST_RUN: the manifest's run is not the one of the ledgers.

use super::{Page, Report, Rule};
use crate::digest::Fingerprint;
use crate::finding::{Place, printable};
use crate::package::{Package, Shape};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_MANIFEST_RUN",
    revision: 1,
    invariants: "M9",
    promoted: false,
    page: Page {
        title: "the manifest's run is not the one of the ledgers",
        means: "`run_id` is null although there are runs, or names a run that neither the run ledger nor the facts know.",
        matters: "The manifest says which run this package is about.",
        innocent: "Parts of two packages mixed.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(manifest) = package.factgraph() else { return };
    let place = || Place::member("manifest.json", "/run_id");
    match &manifest.run_id {
        None if !package.ledgers.runs.is_empty() => {
            out.at(place(), || "is null although the run ledger has rows".into())
        }
        Some(run)
            if package.shape == Shape::Full && !package.run_in_facts && package.has_file("facts/meta_str.facts") =>
        {
            out.at(place(), || format!("no fact carries the run {:?}", printable(run, 80)));
        }
        _ => {}
    }
}

/// The manifest names a run without a row in the run ledger.
pub(super) fn is_unlisted(package: &Package) -> bool {
    let Some(run) = package.factgraph().and_then(|manifest| manifest.run_id.as_ref()) else { return false };
    let id = Fingerprint::of(run.as_bytes());
    package.has_ledgers() && package.is_whole("run_ledger") && !package.ledgers.runs.iter().any(|run| run.id == id)
}
