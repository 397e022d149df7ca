//! `tamper_evidence`: what would show that the log was changed.

use super::{Claim, EventLog, Outcome, facts};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "tamper_evidence",
    revision: 1,
    core: false,
    means: "These were there and were checked: a hash chain in every stream, a seal over all lines, a digest kept elsewhere. None of them tells who wrote the log.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let kinds = log.tamper_evidence();
    if kinds.is_empty() {
        return Outcome::Not("NC_NO_TAMPER_EVIDENCE");
    }
    Outcome::Stands(kinds.join(", "), facts([("kinds", kinds.into())]))
}
