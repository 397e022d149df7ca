//! `checkpoint_coverage`: the last step from which the run could go on.

use super::{Claim, EventLog, Outcome, count, exact, facts};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "checkpoint_coverage",
    revision: 1,
    core: false,
    means: "The last durable checkpoint of a step that counts, and how many counted steps behind it would be lost with the run.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let hi = log.progress().hi;
    let Some(last) = log.checkpoints.range(..hi).next_back() else { return Outcome::Not("NC_NO_CHECKPOINTS") };
    let at_risk = hi - 1 - last;
    Outcome::Stands(
        format!("through step {last} (at risk: {at_risk} steps)"),
        facts([
            ("at_risk_steps", count(at_risk.into())),
            ("checkpoints", log.checkpoints.range(..hi).count().into()),
            ("last_step", exact(last)),
        ]),
    )
}
