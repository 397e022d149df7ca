//! `unaccepted_candidates`: what was proposed and not accepted.

use super::{Claim, Outcome, facts};
use crate::package::Package;

pub(super) static CLAIM: Claim = Claim {
    name: "unaccepted_candidates",
    revision: 2,
    core: false,
    means: "Which candidates were proposed and not accepted: those of the candidate ledger without a write. Declined are those with a decision that says so.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    let Some(books) = package.documented() else { return Outcome::Not("NC_NOT_IN_FORMAT") };
    let standings = books.standings();
    let (mut proposed, mut accepted, mut declined) = (0_u64, 0_u64, 0_u64);
    standings.candidates(|_, standing| {
        proposed += 1;
        accepted += u64::from(standing.writes > 0);
        declined += u64::from(standing.writes == 0 && standing.declined > 0);
    });
    let open = proposed - accepted - declined;
    Outcome::Stands(
        format!("{} of {proposed} candidates; {declined} declined, {open} open", proposed - accepted),
        facts([
            ("accepted", accepted.into()),
            ("candidates", proposed.into()),
            ("declined", declined.into()),
            ("open", open.into()),
        ]),
    )
}
