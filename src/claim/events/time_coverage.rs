//! `time_coverage`: how much of the time is accounted for.

use super::{Claim, EventLog, Outcome, count, exact, facts};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "time_coverage",
    revision: 1,
    core: false,
    means: "The share of the time between each rank's first and last event in which a component was open, in basis points, rounded down.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let (window, accounted) = (log.time.window, log.time.accounted);
    if window == 0 {
        return Outcome::Not("NC_NO_TIME");
    }
    let share = accounted * 10_000 / window;
    Outcome::Stands(
        format!("{share} bp of rank time accounted"),
        facts([
            ("accounted_bp", count(share)),
            ("accounted_rank_ns", exact(accounted)),
            ("window_rank_ns", exact(window)),
        ]),
    )
}
