//! What was seen in an event log as a whole, and what is different between two: ranks, steps, shares of time.

use std::collections::BTreeSet;

use super::review::Topic;
use crate::events::EventLog;
use crate::events::kind::KINDS;

/// What two logs are compared by, beside their events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Observed {
    ranks: BTreeSet<u32>,
    /// Counts, each with its name.
    counts: [(&'static str, u64); 5],
    /// Parts of ten thousand of all rank time, by component; what no component accounts for comes last.
    shares: Vec<(&'static str, u128)>,
}

impl Observed {
    /// What matters of a log.
    pub(super) fn of(log: &EventLog) -> Self {
        let (progress, time) = (log.progress(), &log.time);
        let share = |ns: u128| (ns * 10_000).checked_div(time.window).unwrap_or_default();
        let components = KINDS.iter().zip(time.components).map(|(kind, ns)| (kind.name, share(ns)));
        let idle = time.window.saturating_sub(time.accounted);
        Self {
            ranks: log.ranks.iter().filter_map(|stream| stream.rank).collect(),
            counts: [
                ("common steps", progress.steps()),
                ("useful steps", progress.useful),
                ("steps ended on all ranks together", log.sample_count),
                ("failures", log.failures),
                ("resumes", log.resumes),
            ],
            shares: components.chain([("unaccounted", share(idle))]).collect(),
        }
    }
}

/// What differs between two logs beyond single events; clocks aside.
pub(super) fn topics(a: &Observed, b: &Observed) -> Vec<Topic> {
    let only = |here: &Observed, there: &Observed| ranges(here.ranks.difference(&there.ranks).copied());
    let counts = a.counts.iter().zip(&b.counts).filter(|(a, b)| a != b);
    let counts = counts.map(|((name, before), (_, after))| format!("{name}: {before} -> {after}"));
    vec![
        Topic { name: "ranks-new", items: only(b, a) },
        Topic { name: "ranks-gone", items: only(a, b) },
        Topic { name: "steps-changed", items: counts.collect() },
    ]
}

/// How the time went; no two runs are the same there.
pub(super) fn shares(a: &Observed, b: &Observed) -> Topic {
    let percent = |share: u128| format!("{}.{:02} %", share / 100, share % 100);
    let moved = a.shares.iter().zip(&b.shares).filter(|(a, b)| a != b);
    let items =
        moved.map(|((name, before), (_, after))| format!("{name}: {} -> {}", percent(*before), percent(*after)));
    Topic { name: "time-shares", items: items.collect() }
}

/// Neighbouring ranks as one item.
fn ranges(ranks: impl Iterator<Item = u32>) -> Vec<String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for rank in ranks {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == rank => *last = rank,
            _ => ranges.push((rank, rank)),
        }
    }
    let word = |(first, last)| if first == last { format!("rank {first}") } else { format!("ranks {first} to {last}") };
    ranges.into_iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbouring_ranks_are_one_item() {
        assert_eq!(ranges([0, 2, 3, 4, 9].into_iter()), ["rank 0", "ranks 2 to 4", "rank 9"]);
        assert!(ranges([].into_iter()).is_empty());
    }
}
