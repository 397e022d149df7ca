//! `straggler_ranks`: ranks that are busier than the others.

use super::{Claim, EventLog, Outcome, exact, facts};

/// How many ranks are named.
const SHOWN: usize = 16;

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "straggler_ranks",
    revision: 1,
    core: false,
    means: "These ranks computed or loaded data for more than 115 % of the median rank's time. The slow rank is the one that works, not the one that waits for it.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    if log.ranks.len() < 3 {
        return Outcome::Not("NC_TOO_FEW_RANKS");
    }
    let mut busy: Vec<u128> = log.ranks.iter().map(|rank| rank.busy).collect();
    busy.sort_unstable();
    let median = busy[(busy.len() - 1) / 2];
    if median == 0 {
        return Outcome::Not("NC_NO_COMPONENTS");
    }
    let slow = log.ranks.iter().filter(|rank| 100 * rank.busy > 115 * median);
    let slow: Vec<u32> = slow.filter_map(|rank| rank.rank).collect();
    let shown = &slow[..slow.len().min(SHOWN)];
    let mut text = shown.iter().map(|rank| format!("rank {rank}")).collect::<Vec<_>>().join(", ");
    if slow.is_empty() {
        text.push_str("none");
    }
    if slow.len() > SHOWN {
        text.push_str(&format!(" (+{} more)", slow.len() - SHOWN));
    }
    Outcome::Stands(
        text,
        facts([("count", slow.len().into()), ("median_busy_ns", exact(median)), ("ranks", shown.into())]),
    )
}
