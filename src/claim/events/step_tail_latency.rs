//! `step_tail_latency`: how long steps took.

use super::{Claim, EventLog, Outcome, Value, exact, facts};
use crate::events::MOST_SAMPLES;

pub(super) static CLAIM: Claim<EventLog> = Claim {
    name: "step_tail_latency",
    revision: 1,
    core: false,
    means: "Nearest-rank percentiles of the durations of all ended steps of all ranks, repeated ones too; exact, without interpolation.",
    derive,
};

fn derive(log: &EventLog) -> Outcome {
    let count = log.sample_count;
    if count < 20 {
        return Outcome::Not("NC_TOO_FEW_STEPS");
    }
    if count > MOST_SAMPLES as u64 {
        return Outcome::Not("NC_RESOURCE_LIMIT");
    }
    let percentile = |p: usize| log.samples[(p * log.samples.len()).div_ceil(100) - 1];
    let (p50, p95, most) = (percentile(50), percentile(95), percentile(100));
    let p99 = (count >= 100).then(|| percentile(99));
    let p99_text = p99.map_or_else(|| "n/a".to_owned(), |ns| format!("{ns} ns"));
    Outcome::Stands(
        format!("p50={p50} ns p95={p95} ns p99={p99_text} max={most} ns (n={count})"),
        facts([
            ("max_ns", exact(most)),
            ("n", count.into()),
            ("p50_ns", exact(p50)),
            ("p95_ns", exact(p95)),
            ("p99_ns", p99.map_or(Value::Null, exact)),
        ]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Terms, read};

    fn told(samples: Vec<i64>, count: u64) -> String {
        let mut log = read(&mut &b""[..], &mut (), Terms::default()).expect("there is nothing to fail on");
        (log.samples, log.sample_count) = (samples, count);
        match derive(&log) {
            Outcome::Stands(text, _) => text,
            Outcome::Not(reason) => reason.to_owned(),
        }
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        assert_eq!(told((1..=19).collect(), 19), "NC_TOO_FEW_STEPS");
        assert_eq!(told((1..=20).collect(), 20), "p50=10 ns p95=19 ns p99=n/a max=20 ns (n=20)");
        assert_eq!(told((1..=101).collect(), 101), "p50=51 ns p95=96 ns p99=100 ns max=101 ns (n=101)");
    }

    #[test]
    fn steps_too_many_to_sort_are_not_guessed_at() {
        assert_eq!(told(vec![1; 20], MOST_SAMPLES as u64 + 1), "NC_RESOURCE_LIMIT");
    }
}
