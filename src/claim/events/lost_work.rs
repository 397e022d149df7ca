//! `lost_work`: steps that were finished and lost.

use super::{Claim, EventLog, Outcome, count, exact, facts};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "lost_work",
    revision: 1,
    core: false,
    means: "So many steps were undone by RESUME on the rank that lost most. The numbers also give the sum over ranks, failures, resumes, and the time of steps that were done again.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let lost = log.ranks.iter().map(|rank| rank.steps.lost);
    let most = lost.clone().max().unwrap_or(0);
    Outcome::Stands(
        format!("{most} steps"),
        facts([
            ("failures", log.failures.into()),
            ("rank_steps", count(lost.sum())),
            ("recompute_rank_ns", exact(log.ranks.iter().map(|rank| rank.steps.repeated_ns).sum::<i128>())),
            ("resumes", log.resumes.into()),
            ("steps", count(most)),
        ]),
    )
}
