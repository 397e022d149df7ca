//! Traces of the torch profiler: Chrome trace JSON, one file a rank.
//!
//! `ProfilerStep#n` is step n; kernels are COMPUTE or, by the names that NCCL gives them, collectives; copies to the device
//! are DATA_LOAD. A trace is a window that the profiler opened and closed, so the run of the log is that window. Every
//! span has a name of its own: the trace does not tell which kernels of two ranks are one collective, so nothing is said
//! about clocks of ranks.

use super::Source;
use super::decimal::scaled;
use super::draft::{Draft, Line, Phase, id};
use crate::error::Result;
use crate::json::{Kind, Scanner, Value};

const MAX_DEPTH: usize = 128;
/// Kernels of NCCL by parts of their names in lower case; the first that fits.
const COLLECTIVES: [(&str, &str); 8] = [
    ("alltoall", "ALL_TO_ALL"),
    ("allreduce", "ALLREDUCE"),
    ("allgather", "ALLGATHER"),
    ("reducescatter", "REDUCE_SCATTER"),
    ("broadcast", "BROADCAST"),
    ("sendrecv", "P2P"),
    ("send", "P2P"),
    ("recv", "P2P"),
];

pub(super) fn read(source: &Source<'_>, draft: &mut Draft) -> Result<()> {
    let mut scanner = Scanner::new(MAX_DEPTH);
    let document = scanner.scan(source.text).map_err(|fault| {
        let line = memchr::memchr_iter(b'\n', &source.text[..fault.offset.min(source.text.len())]).count() + 1;
        source.wrong(line, &fault.seen)
    })?;
    let root = document.root();
    let events = match root.kind() {
        Kind::Array => Some(root),
        _ => root.get("traceEvents").filter(|events| events.kind() == Kind::Array),
    };
    let Some(events) = events else { return Err(source.unknown("it has no list `traceEvents`")) };
    let base = root.get("baseTimeNanoseconds").map_or(Some(0), Value::integer);
    let base = base.ok_or_else(|| source.unknown("`baseTimeNanoseconds` is no integer"))?;
    let rank = rank(source, draft, root)?;
    let mut device: Vec<(i64, i64)> = Vec::new();
    let mut window: Option<(i64, i64)> = None;
    for (n, event) in events.items().enumerate() {
        let text = |name: &str| event.get_text(name).unwrap_or_default();
        if text("ph") != "X" {
            draft.dropped(format!("phase {}", id(&text("ph"))));
            continue;
        }
        let Some((begin, end)) = span(event, base, draft) else {
            return Err(
                source.unknown(&format!("event {n} of `traceEvents` has no `ts` and `dur` that nanoseconds can hold"))
            );
        };
        let (category, name) = (text("cat").to_lowercase(), text("name"));
        let is_device = matches!(category.as_str(), "kernel" | "gpu_memcpy" | "gpu_memset");
        if is_device {
            device.push((begin, end));
        }
        let Some((kind, step)) = kind(&category, &name) else {
            draft.dropped(format!("category {}", id(&category)));
            continue;
        };
        let (first, last) = window.unwrap_or((begin, end));
        window = Some((first.min(begin), last.max(end)));
        draft.mapped(kind);
        let shape = |line: Line| if step.is_some() { line.step(step) } else { line.span(format!("e{n}")) };
        draft.span(Some(rank), &format!("kineto:{}{n}", source.prefix), begin, Some(end), shape, kind);
    }
    let Some(window) = window else {
        return Err(source.unknown("it holds no ProfilerStep, kernel or copy to the device"));
    };
    if source.options.fill_idle {
        idle(source, draft, rank, device, window);
    }
    bracket(draft, window);
    draft.sort();
    Ok(())
}

/// The rank that the trace is of; one trace without a rank is rank 0.
fn rank(source: &Source<'_>, draft: &mut Draft, root: Value<'_>) -> Result<u32> {
    let member = |name: &str| root.at("/distributedInfo").and_then(|info| info.get(name)).and_then(Value::integer);
    let in_range = |value: &i64| (0..1 << 20).contains(value);
    if let Some(size) = member("world_size").filter(|size| (1..=1 << 20).contains(size)) {
        draft.world_size = Some(size as u32);
    }
    let rank = match member("rank") {
        Some(rank) if in_range(&rank) => rank as u32,
        Some(_) => return Err(source.unknown("its rank is out of range")),
        None if source.prefix.is_empty() => {
            draft.note("the trace names no rank; 0 stands for it");
            0
        }
        None => return Err(source.unknown("it names no rank, and there are several traces")),
    };
    if draft.ranks.contains_key(&rank) {
        return Err(source.unknown(&format!("another trace is of rank {rank} as well")));
    }
    Ok(rank)
}

/// Begin and end in nanoseconds.
fn span(event: Value<'_>, base: i64, draft: &mut Draft) -> Option<(i64, i64)> {
    let mut us = |name: &str| {
        let value = event.get(name).filter(|value| value.is_number())?;
        let (ns, is_exact) = scaled(std::str::from_utf8(value.raw()).ok()?, 3)?;
        if !is_exact {
            draft.note("times finer than a nanosecond are rounded down");
        }
        Some(ns)
    };
    let begin = us("ts")?.checked_add(base).filter(|begin| *begin >= 0)?;
    let end = begin.checked_add(us("dur")?).filter(|end| *end >= begin)?;
    Some((begin, end))
}

/// What an event of this category and name is, and its step.
fn kind(category: &str, name: &str) -> Option<(&'static str, Option<u64>)> {
    match category {
        "kernel" => {
            let lower = name.to_lowercase();
            if !lower.contains("nccl") {
                return Some(("COMPUTE", None));
            }
            let collective = COLLECTIVES.iter().find(|(part, _)| lower.contains(part));
            Some((collective.map_or("X_NCCL", |(_, kind)| kind), None))
        }
        "gpu_memcpy" if name.starts_with("Memcpy HtoD") => Some(("DATA_LOAD", None)),
        "user_annotation" | "operator" => {
            let step = name.strip_prefix("ProfilerStep#")?.parse().ok().filter(|step| *step <= 1 << 53)?;
            Some(("STEP", Some(step)))
        }
        _ => None,
    }
}

/// Writes what lies between two stretches of work on the device, inside the window.
fn idle(source: &Source<'_>, draft: &mut Draft, rank: u32, mut device: Vec<(i64, i64)>, window: (i64, i64)) {
    device.sort_unstable();
    let (mut at, mut gaps) = (window.0, 0);
    for (begin, end) in device.into_iter().chain([(window.1, window.1)]) {
        let begin = begin.clamp(window.0, window.1);
        if begin > at {
            gaps += 1;
            let name = format!("kineto:{}idle{gaps}", source.prefix);
            draft.span(Some(rank), &name, at, Some(begin), |line| line.span(format!("idle{gaps}")), "IDLE");
            draft.mapped("IDLE");
        }
        at = at.max(end);
    }
    draft.note("gaps in which the device does nothing are written as IDLE");
}

/// The run is the window of all traces.
fn bracket(draft: &mut Draft, (first, last): (i64, i64)) {
    if let [begin, end] = draft.run.as_mut_slice() {
        (begin.ts, end.ts) = (begin.ts.min(first), end.ts.max(last));
        return;
    }
    draft.note("the run is the window of the trace");
    draft.run.push(Line::new("kineto:run.s", first, "RUN", Phase::Start));
    draft.run.push(Line::new("kineto:run.e", last, "RUN", Phase::End));
}
