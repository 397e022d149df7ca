//! `sdc_checks`: checks for silent data corruption.

use super::{Claim, EventLog, Outcome, Value, exact, facts};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "sdc_checks",
    revision: 1,
    core: false,
    means: "How many checks passed, failed and were inconclusive, and the last step up to which every rank has been checked.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let [pass, fail, inconclusive] = log.checks;
    if log.checks == [0; 3] {
        return Outcome::Not("NC_NO_SDC_CHECKS");
    }
    let verified = log.ranks.iter().map(|rank| rank.steps.verified.unwrap_or(-1)).min();
    let through = verified.filter(|step| *step >= 0);
    let covered = through.map_or_else(|| "not every rank covered".to_owned(), |step| format!("through step {step}"));
    Outcome::Stands(
        format!("pass={pass} fail={fail} inconclusive={inconclusive} ({covered})"),
        facts([
            ("fail", fail.into()),
            ("inconclusive", inconclusive.into()),
            ("pass", pass.into()),
            ("through_step", through.map_or(Value::Null, exact)),
        ]),
    )
}
