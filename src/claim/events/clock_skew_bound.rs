//! `clock_skew_bound`: whether the clocks of ranks contradict each other.

use super::{Claim, EventLog, Outcome, exact, facts};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "clock_skew_bound",
    revision: 1,
    core: false,
    means: "No collective was left by one rank before another had entered it, beyond the tolerance. This can refute that clocks agree, and never prove it: what is smaller than the collective lasts is not seen.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    if log.sync_points == 0 {
        return Outcome::Not("NC_NO_SYNC_POINTS");
    }
    let (tolerance, points) = (log.tolerance.ns, log.sync_points);
    Outcome::Stands(
        format!("no violation above {tolerance} ns at {points} sync points"),
        facts([
            ("decreases", log.time.decreases.into()),
            ("max_decrease_ns", exact(log.time.most_back)),
            ("max_violation_ns", exact(log.most_skew)),
            ("sync_points", points.into()),
            ("tolerance_ns", exact(tolerance)),
        ]),
    )
}
