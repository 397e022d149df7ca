//! `dominant_time_component`: the component that most rank time was in.

use serde_json::Map;

use super::{Claim, EventLog, Outcome, Value, exact, facts};
use crate::events::kind::{COMPONENTS, component_name};

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "dominant_time_component",
    revision: 1,
    core: true,
    means: "More rank time was inside spans of this kind than of any other, even if all time that nothing accounts for belonged to the runner-up. Nothing is said about causes: time in a collective includes waiting for a straggler.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let time = &log.time;
    let mut order: Vec<(u128, &str)> =
        (0..COMPONENTS).map(|component| (time.components[component], component_name(component))).collect();
    order.sort_by(|(a, name), (b, other)| b.cmp(a).then(name.cmp(other)));
    let ((top, name), (second, _)) = (order[0], order[1]);
    if top == 0 {
        return Outcome::Not(if time.window == 0 { "NC_NO_TIME" } else { "NC_NO_COMPONENTS" });
    }
    if top <= second + (time.window - time.accounted) + 2 * time.uncertainty {
        return Outcome::Not("NC_NOT_DOMINANT");
    }
    let evidence = evidence(top, time.accounted, time.window, log.progress().steps());
    let by_component: Map<String, Value> =
        order.iter().filter(|(ns, _)| *ns > 0).map(|(ns, name)| ((*name).to_owned(), exact(ns))).collect();
    Outcome::Stands(
        format!("{name}_DOMINANT (evidence={evidence})"),
        facts([
            ("accounted_rank_ns", exact(time.accounted)),
            ("component", name.into()),
            ("evidence", evidence.into()),
            ("exposed_comm_rank_ns", exact(time.exposed)),
            ("rank_ns", by_component.into()),
            ("uncertainty_ns", exact(time.uncertainty)),
            ("window_rank_ns", exact(time.window)),
        ]),
    )
}

/// How strongly it dominates: its share, the share that is accounted for, and the steps common to all ranks.
fn evidence(top: u128, accounted: u128, window: u128, steps: u64) -> &'static str {
    if 2 * top >= window && 10 * accounted >= 9 * window && steps >= 5 {
        "high"
    } else if 5 * top >= 2 * window && 4 * accounted >= 3 * window && steps >= 3 {
        "medium"
    } else {
        "low"
    }
}
