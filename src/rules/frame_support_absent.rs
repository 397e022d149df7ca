//! N_FRAME_SUPPORT_ABSENT: a proof frame about a support that is not in the package.

use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_FRAME_SUPPORT_ABSENT",
    revision: 1,
    invariants: "O2",
    promoted: false,
    page: Page {
        title: "a proof frame about a support that is not in the package",
        means: "A proof frame names a support artifact by its digest, and none in the package has it.",
        matters: "What the frame found still valid or not cannot be seen.",
        innocent: "The store was closed and opened again before the export, or the round looked at a support of another store.",
        next: "Nothing, if all else holds.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    for line in absent(package) {
        let place = Place::row("audit/round_events.jsonl", line.into()).with("/payload/request/support_digest");
        out.value(place, || "no support artifact has this digest".into());
    }
}

/// The lines that name absent supports first.
pub(crate) fn absent(package: &Package) -> impl Iterator<Item = u32> {
    let (frames, supports) = (&package.ledgers.rounds.frames.supports, &package.ledgers.supports);
    let asked = package.is_whole("support_artifacts").then(|| frames.iter()).into_iter().flatten();
    asked.filter(|(support, _)| !supports.has(*support)).map(|(_, line)| line)
}
