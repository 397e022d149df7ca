//! `claims_accounted_for`: no claim names a run or candidate that the ledgers do not know.

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package, Shape};

pub(super) static CLAIM: Claim = Claim {
    name: "claims_accounted_for",
    revision: 1,
    core: false,
    means: "Every claim of the facts that names a candidate has its row in the accept-write ledger, and every claim that names a run is counted \
            in that run's row. This many claims name neither: the format keeps no ledger of those.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    match (package.dialect, package.shape) {
        (Dialect::FactGraph, Shape::Full) => {}
        (Dialect::FactGraph, Shape::AuditOnly) => return Outcome::Not("NC_NO_INPUTS"),
        (Dialect::FactGraph, Shape::Inference) => return Outcome::Not("NC_NO_LEDGERS"),
        (Dialect::Documented | Dialect::Unknown, _) => return Outcome::Not("NC_NOT_JUDGED"),
    }
    let (mut all, mut with_run, mut with_candidate, mut neither) = (0_u64, 0_u64, 0_u64, 0_u64);
    for claim in package.facts.claims.iter() {
        let (run, candidate) = (claim.has_run(), claim.is_written());
        all += 1;
        with_run += u64::from(run);
        with_candidate += u64::from(candidate);
        neither += u64::from(!run && !candidate);
    }
    if all == 0 {
        return Outcome::Not("NC_NO_CLAIMS");
    }
    Outcome::Stands(
        format!(
            "{all} claims: {with_candidate} from candidates, {with_run} from runs, all in the ledgers; {neither} from neither"
        ),
        facts([
            ("claims", all.into()),
            ("from_neither", neither.into()),
            ("with_candidate", with_candidate.into()),
            ("with_run", with_run.into()),
        ]),
    )
}
