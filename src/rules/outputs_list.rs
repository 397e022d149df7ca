//! R_OUTPUTS_LIST: the run manifest lists other outputs than there are.

use super::{Page, Report, Rule, thing};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_OUTPUTS_LIST",
    revision: 1,
    invariants: "D5",
    promoted: false,
    page: Page {
        title: "the run manifest lists other outputs than there are",
        means: "`generated_outputs` must be the sorted paths of all `outputs/*.out.facts`.",
        matters: "An output was added or removed after the engine ran.",
        innocent: "The engine was run again without writing its manifest.",
        next: "Run the engine again, or leave `outputs/` out.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(run) = package.run_manifest.as_ref().filter(|_| !package.is_cut_short()) else { return };
    let there = package.files.iter().map(|file| file.path.as_str());
    let there: Vec<&str> = there.filter(|path| path.starts_with("outputs/") && path.ends_with(".out.facts")).collect();
    let place = || Place::member("outputs/run_manifest.json", "/generated_outputs");
    match &run.generated_outputs {
        None => out.at(place(), || "should be an array of paths".into()),
        Some(listed) if listed.iter().map(String::as_str).ne(there.iter().copied()) => {
            let odd = listed.iter().map(String::as_str).find(|path| !there.contains(path));
            let new = there.iter().find(|path| !listed.iter().any(|listed| listed == *path));
            out.about(&[thing("outputs/run_manifest.json", 0, "")], &[]).at(place(), || match (odd, new) {
                (Some(path), _) => format!("{:?} is not there", crate::finding::printable(path, 80)),
                (None, Some(path)) => format!("{path:?} is not listed"),
                (None, None) => "is not sorted".into(),
            });
        }
        Some(_) => {}
    }
}
