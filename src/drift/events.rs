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
