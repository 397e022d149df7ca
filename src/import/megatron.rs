//! The output of Megatron-LM and Megatron-DeepSpeed: a line an iteration, and timers beneath it.
//!
//! There are no times of day, only durations, so steps are laid end to end on a clock of their own. A line stands for all
//! iterations since the line before; it is one step. Where some of them were skipped or came to nothing (NaN), the step
//! ends with ok=false. Timers are sums, so their order inside the step is conventional.

use super::Source;
use super::decimal::scaled;
use super::draft::{Draft, Line, Phase};
use crate::error::Result;

/// Timers that are told apart, by kind; where two names of a group are there, both count.
const TIMERS: [(&str, &[&str]); 4] = [
    ("DATA_LOAD", &["batch-generator", "batch generator"]),
    ("COMPUTE", &["forward-compute", "forward", "backward-compute", "backward-backward", "optimizer"]),
    ("ALLREDUCE", &["backward-allreduce", "backward-params-all-reduce", "backward-embedding-all-reduce"]),
    (
        "P2P",
        &[
            "forward-recv",
            "forward-send",
            "forward-send-backward-recv",
            "backward-recv",
            "backward-send",
            "backward-send-forward-recv",
        ],
    ),
];

/// One line of an iteration.
struct Step {
    line: usize,
    iteration: u64,
    /// Iterations since the line before.
    count: u64,
    lasted: i64,
    is_useful: bool,
    timers: Vec<(&'static str, i64)>,
}

pub(super) fn read(source: &Source<'_>, draft: &mut Draft) -> Result<()> {
    if !draft.ranks.is_empty() {
        return Err(source.unknown("the output of a run is one file, and there are several"));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut is_done = false;
    for (n, line) in source.text.split(|byte| *byte == b'\n').enumerate() {
        let line = String::from_utf8_lossy(line);
        if let Some(size) = line.strip_prefix("using world size: ") {
            let digits: String = size.chars().take_while(char::is_ascii_digit).collect();
            draft.world_size = digits.parse().ok().filter(|size| (1..=1 << 20).contains(size));
        }
        is_done |= line.starts_with("[after training is done]") || line.starts_with("[exiting program after ");
        // Another process may have written in front of it.
        if let Some(at) = line.find(" iteration ").filter(|_| line.contains("elapsed time per iteration (ms): ")) {
            let last = steps.last().map_or(0, |step| step.iteration);
            match step(&line[at..], n + 1, last) {
                Some(step) => steps.push(step),
                None => return Err(source.wrong(n + 1, "an iteration without a number that grows, or without a time")),
            }
        } else if let (Some(timers), Some(step)) = (line.strip_prefix("time (ms) | "), steps.last_mut())
            && step.timers.is_empty()
        {
            step.timers =
                of_kinds(timers, step.count).ok_or_else(|| source.wrong(n + 1, "a timer without a number"))?;
        }
    }
    if steps.is_empty() {
        return Err(source.unknown("it holds no line with an iteration and its elapsed time"));
    }
    draft.clock = Some("megatron-log");
    draft.note("no times of day in the source: steps are laid end to end, timers in a conventional order");
    draft.note("a step is a line of the source; attrs.iteration is the last iteration that it stands for");
    draft.run.push(Line::new("megatron:run.s", 0, "RUN", Phase::Start));
    let mut now = 0;
    for (ordinal, step) in steps.iter().enumerate() {
        now = lay(draft, step, ordinal as u64, now)
            .ok_or_else(|| source.wrong(step.line, "times that 64 bits do not hold"))?;
    }
    if is_done {
        draft.mapped("end of training");
        draft.run.push(Line::new("megatron:run.e", now, "RUN", Phase::End));
    } else {
        draft.note("the source does not say that training came to its end, so the run has none");
    }
    Ok(())
}

/// Writes one step from `now` on, and gives its end.
fn lay(draft: &mut Draft, step: &Step, ordinal: u64, now: i64) -> Option<i64> {
    let end = now.checked_add(step.lasted)?;
    let id = |what: &str| format!("megatron:{}{what}", step.line);
    let mut lines = vec![
        Line::new(id(".s"), now, "STEP", Phase::Start).step(Some(ordinal)).say("iteration", step.iteration.to_string()),
    ];
    let sum: i128 = step.timers.iter().map(|(_, ns)| i128::from(*ns)).sum();
    if sum > i128::from(step.lasted) {
        draft.dropped("timers that are longer than their step");
    } else {
        let mut at = now;
        for (kind, ns) in &step.timers {
            lines.push(Line::new(id(&format!(".{kind}.s")), at, *kind, Phase::Start).step(Some(ordinal)));
            at += ns;
            lines.push(Line::new(id(&format!(".{kind}.e")), at, *kind, Phase::End).step(Some(ordinal)));
            draft.mapped(*kind);
        }
    }
    let ending = Line::new(id(".e"), end, "STEP", Phase::End).step(Some(ordinal));
    lines.push(if step.is_useful { ending } else { ending.say("ok", false) });
    draft.mapped(if step.is_useful { "STEP" } else { "STEP that is not ok" });
    draft.ranks.entry(0).or_default().extend(lines);
    Some(end)
}

fn step(line: &str, number: usize, last: u64) -> Option<Step> {
    let field = |name: &str| {
        let value = line.split('|').find_map(|part| part.trim().strip_prefix(name))?;
        Some(value.trim().to_owned())
    };
    let iteration: u64 = line.trim_start().strip_prefix("iteration")?.split('/').next()?.trim().parse().ok()?;
    let count = iteration.checked_sub(last).filter(|count| *count > 0)?;
    let (each, _) = scaled(&field("elapsed time per iteration (ms):")?, 6).filter(|(each, _)| *each >= 0)?;
    let lasted = each.checked_mul(i64::try_from(count).ok()?)?;
    let none = |name: &str| field(name).is_none_or(|value| value == "0");
    let is_useful = none("number of skipped iterations:") && none("number of nan iterations:");
    Some(Step { line: number, iteration, count, lasted, is_useful, timers: Vec::new() })
}

/// Sums of timers by kind; each is a mean over the iterations of the step.
fn of_kinds(line: &str, count: u64) -> Option<Vec<(&'static str, i64)>> {
    let mut named: Vec<(&str, i64)> = Vec::new();
    for part in line.split(" | ") {
        let (name, ms) = part.rsplit_once(": ")?;
        let (each, _) = scaled(ms.trim(), 6).filter(|(each, _)| *each >= 0)?;
        named.push((name.trim(), each.checked_mul(i64::try_from(count).ok()?)?));
    }
    let of = |names: &[&str]| {
        named.iter().filter(|(name, _)| names.contains(name)).map(|(_, ns)| *ns).fold(0, i64::saturating_add)
    };
    let mut sums: Vec<(&'static str, i64)> = TIMERS.iter().map(|(kind, names)| (*kind, of(names))).collect();
    // Batches are made inside the forward pass.
    sums[1].1 = sums[1].1.saturating_sub(sums[0].1).max(0);
    sums.retain(|(_, ns)| *ns > 0);
    Some(sums)
}
