//! Event logs: the claims of both certificates, side by side.

use serde_json::Value;

use super::codes::{DOMINANT, STEP_FLOOR, TAIL_LATENCY, UNREAD};
use super::judge::{Drift, claim};
use super::{EventTerms, May};

/// Holds the claims of a log against those of the released one. What that did not claim binds nobody.
pub(super) fn hold(terms: &EventTerms, sides: [&Value; 2], drift: &mut Drift) {
    if let Some([before, after]) = both(sides, "useful_compute_floor", drift) {
        let (was, is) = (number(&before["steps"]), number(&after["steps"]));
        if let (Some(was), Some(is)) = (was, is)
            && !terms.step_floor.allows(was.saturating_sub(is), was)
        {
            drift.say(STEP_FLOOR, "useful_compute_floor", "/steps", || {
                format!("was {was}, is {is}, and may fall by {}", terms.step_floor)
            });
        }
    }
    if let Some([before, after]) = both(sides, "step_tail_latency", drift) {
        for name in ["p95_ns", "p99_ns"] {
            match (number(&before[name]), number(&after[name])) {
                (Some(was), Some(is)) if !terms.tail_latency.allows(is.saturating_sub(was), was) => {
                    drift.say(TAIL_LATENCY, "step_tail_latency", &format!("/{name}"), || {
                        format!("was {was} ns, is {is} ns, and may rise by {}", terms.tail_latency)
                    });
                }
                (Some(_), None) => {
                    drift.say(UNREAD, "step_tail_latency", &format!("/{name}"), || "is not claimed any more".into());
                }
                _ => {}
            }
        }
    }
    if terms.dominant_component == May::Stay
        && let Some([before, after]) = both(sides, "dominant_time_component", drift)
    {
        let (was, is) = (&before["component"], &after["component"]);
        if was != is {
            drift.say(DOMINANT, "dominant_time_component", "/component", || format!("was {was}, and is {is}"));
        }
    }
}

/// The values of a claim that the released run made; it is a gap if the other does not.
fn both<'c>([before, after]: [&'c Value; 2], name: &str, drift: &mut Drift) -> Option<[&'c Value; 2]> {
    let before = claim(before, name)?;
    let after = claim(after, name);
    if after.is_none() {
        drift.say(UNREAD, name, "", || "is not claimed any more".into());
    }
    Some([before, after?])
}

/// A count, or an amount of nanoseconds, which certificates write as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::drift::{Budget, EventTerms, May, Policy, judge};

    fn certificate(steps: u64, p95: &str, p99: Value, component: &str) -> Value {
        json!({"predicate": {"kind": "event-log", "verdict": "VERIFIED", "claims": [
            {"claim": "useful_compute_floor", "value": {"steps": steps}},
            {"claim": "step_tail_latency", "value": {"p95_ns": p95, "p99_ns": p99}},
            {"claim": "dominant_time_component", "value": {"component": component}},
        ]}})
    }

    fn found(events: EventTerms, after: &Value) -> Vec<String> {
        let before = certificate(100, "1000", json!("2000"), "COMPUTE");
        let policy = Policy { events, ..Policy::default() };
        judge(&policy, [&before, after], None)
            .expect("nothing is read")
            .into_iter()
            .map(|finding| finding.code)
            .collect()
    }

    #[test]
    fn floors_tails_and_components_are_held_to_the_bound() {
        let default = EventTerms::default;
        assert!(
            found(default(), &certificate(100, "1100", json!("2200"), "COMPUTE")).is_empty(),
            "ten per cent and no more"
        );
        assert!(found(default(), &certificate(150, "10", json!("20"), "COMPUTE")).is_empty(), "better is no drift");
        assert_eq!(found(default(), &certificate(99, "1000", json!("2000"), "COMPUTE")), ["R_DRIFT_STEP_FLOOR"]);
        assert_eq!(found(default(), &certificate(100, "1101", json!("2000"), "COMPUTE")), ["R_DRIFT_TAIL_LATENCY"]);
        assert_eq!(found(default(), &certificate(100, "1000", json!("2201"), "COMPUTE")), ["R_DRIFT_TAIL_LATENCY"]);
        assert_eq!(found(default(), &certificate(100, "1000", json!("2000"), "ALLREDUCE")), ["R_DRIFT_DOMINANT"]);
        let loose = EventTerms {
            step_floor: Budget::Share(50_000),
            tail_latency: Budget::Any,
            dominant_component: May::Change,
        };
        assert!(found(loose.clone(), &certificate(95, "9000", json!("9000"), "ALLREDUCE")).is_empty());
        assert_eq!(found(loose, &certificate(94, "9000", json!("9000"), "ALLREDUCE")), ["R_DRIFT_STEP_FLOOR"]);
    }

    #[test]
    fn what_is_not_claimed_any_more_cannot_be_told() {
        let fewer = certificate(100, "1000", Value::Null, "COMPUTE");
        assert_eq!(found(EventTerms::default(), &fewer), ["U_DRIFT_UNREAD"]);
        let none = json!({"predicate": {"kind": "event-log", "verdict": "VERIFIED", "claims": []}});
        assert_eq!(found(EventTerms::default(), &none), ["R_DRIFT_CLAIM", "U_DRIFT_UNREAD"]);
    }
}
