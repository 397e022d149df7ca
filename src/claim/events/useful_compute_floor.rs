//! `useful_compute_floor`: steps that every rank has finished for good.

use super::{Claim, EventLog, Outcome, Value, count, exact, facts};
use crate::events::fault::Fault;

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "useful_compute_floor",
    revision: 1,
    core: true,
    means: "The log shows at least so many distinct steps that were ended by every rank that logs, none undone by a later event of the log. A lower bound: steps repeated are counted once, steps that ended with ok=false not at all.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let progress = log.progress();
    if progress.useful == 0 {
        return Outcome::Not(if log.sample_count > 0 { "NC_FLOOR_ZERO" } else { "NC_NO_STEPS" });
    }
    let is_timed = [Fault::ClockDecrease, Fault::ClockDomain, Fault::ClockSkew]
        .iter()
        .all(|fault| log.faults.of(*fault).count() == 0);
    Outcome::Stands(
        format!("{} steps", progress.useful),
        facts([
            ("compute_rank_ns", if is_timed { exact(compute(log, progress.useful)) } else { Value::Null }),
            ("end_step", exact(progress.hi)),
            ("first_step", exact(progress.lo)),
            ("steps", count(progress.useful.into())),
        ]),
    )
}

/// COMPUTE time of useful steps, at least: every step of a rank that is not useful is charged as much as its longest.
fn compute(log: &EventLog, useful: u64) -> u128 {
    let of_rank = |(all, count, most): (u128, u64, u128)| {
        let charged = u128::from(count.saturating_sub(useful)).checked_mul(most);
        charged.map_or(0, |charged| all.saturating_sub(charged))
    };
    let sum: u128 = log.ranks.iter().map(|rank| of_rank(rank.steps.compute)).sum();
    sum.saturating_sub(log.time.uncertainty)
}
