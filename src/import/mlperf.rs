//! MLPerf Training result files: lines `:::MLLOG {json}` among any other output.
//!
//! `run_start` and `run_stop` are the run; blocks (epochs, where there are no blocks) are steps, numbered as they come;
//! `eval_…` is EVAL; all else inside the run is a NOTE. Each namespace is a stream. The order of lines is kept, as it is
//! what the file says; so a time that goes back stays one.

use std::collections::BTreeMap;

use super::Source;
use super::decimal::scaled;
use super::draft::{Draft, Line, Phase};
use crate::error::Result;
use crate::json::{Kind, Scanner, Value};

const MARK: &[u8] = b":::MLLOG ";
const MAX_DEPTH: usize = 64;
/// Longest value that a NOTE repeats.
const MAX_VALUE: usize = 200;
/// Each namespace is a rank, and each rank is declared in one line.
const MOST_STREAMS: u32 = 10_000;

/// What is known of a namespace.
#[derive(Default)]
struct Stream {
    rank: u32,
    next: u64,
    open: Option<u64>,
}

pub(super) fn read(source: &Source<'_>, draft: &mut Draft) -> Result<()> {
    let mut scanner = Scanner::new(MAX_DEPTH);
    let finder = memchr::memmem::Finder::new(MARK);
    let has_blocks = memchr::memmem::find(source.text, b"\"block_start\"").is_some();
    let interval = if has_blocks { "block" } else { "epoch" };
    let mut streams: BTreeMap<String, Stream> = BTreeMap::new();
    let base = draft.ranks.keys().last().map_or(0, |last| last + 1);
    let (mut seen, mut begun, mut ended) = (false, false, false);
    for (n, line) in source.text.split(|byte| *byte == b'\n').enumerate() {
        let Some(at) = finder.find(line) else { continue };
        seen = true;
        let text = line[at + MARK.len()..].trim_ascii();
        let document = scanner.scan(text).map_err(|fault| source.wrong(n + 1, &fault.seen))?;
        let root = document.root();
        let Some(key) = root.get_text("key") else {
            return Err(source.wrong(n + 1, "an MLLOG entry without a key"));
        };
        if key != "run_start" && !begun {
            draft.dropped(format!("before run_start: {}", super::draft::id(&key)));
            continue;
        }
        if ended {
            draft.dropped(format!("after run_stop: {}", super::draft::id(&key)));
            continue;
        }
        let Some(ts) = time(root, draft) else {
            draft.dropped("without a time");
            continue;
        };
        let id = format!("mlperf:{}{}", source.prefix, n + 1);
        match key.as_ref() {
            "run_start" => {
                begun = true;
                draft.mapped("run_start");
                draft.run.push(Line::new(id, ts, "RUN", Phase::Start));
                continue;
            }
            "run_stop" => {
                ended = true;
                draft.mapped("run_stop");
                let status = root.at("/metadata/status").and_then(Value::text);
                let status = match status.as_deref() {
                    Some("success") => "success",
                    Some("aborted") => "aborted",
                    _ => "failed",
                };
                draft.run.push(Line::new(id, ts, "RUN", Phase::End).say("status", status));
                continue;
            }
            _ => {}
        }
        let namespace = root.get_text("namespace").unwrap_or_default().into_owned();
        let count = streams.len() as u32;
        if base + count >= MOST_STREAMS {
            return Err(source.wrong(n + 1, "more namespaces than ranks can be made of"));
        }
        let stream = streams.entry(namespace).or_insert_with(|| Stream { rank: base + count, ..Stream::default() });
        let line = match key.rsplit_once('_') {
            Some((name, "start")) if name == interval => {
                stream.open = Some(stream.next);
                stream.next += 1;
                Line::new(id, ts, "STEP", Phase::Start).step(stream.open)
            }
            Some((name, "stop")) if name == interval => {
                let step = stream.open.take().unwrap_or(stream.next);
                Line::new(id, ts, "STEP", Phase::End).step(Some(step))
            }
            Some(("eval", "start")) => Line::new(id, ts, "EVAL", Phase::Start),
            Some(("eval", "stop")) => Line::new(id, ts, "EVAL", Phase::End),
            _ => note(Line::new(id, ts, "NOTE", Phase::Point), &key, root),
        };
        let line = match root.at("/metadata/epoch_num").or_else(|| root.at("/metadata/first_epoch_num")) {
            Some(epoch) if epoch.is_number() => line.say("epoch", String::from_utf8_lossy(epoch.raw()).as_ref()),
            _ => line,
        };
        draft.mapped(if line.kind == "NOTE" { "NOTE" } else { key.as_ref() });
        let rank = stream.rank;
        draft.ranks.entry(rank).or_default().push(line);
    }
    if !seen {
        return Err(source.unknown("it holds no line with `:::MLLOG `"));
    }
    if !begun {
        return Err(source.unknown("it holds no run_start with a time, so no run"));
    }
    draft.note(&format!("steps are {interval}s, numbered as they come; the source's own numbers are in attrs.epoch"));
    Ok(())
}

/// The time in nanoseconds; zero is what writers put where they have none.
fn time(root: Value<'_>, draft: &mut Draft) -> Option<i64> {
    let (value, digits) = match (root.get("time_ms"), root.get("time_s")) {
        (Some(value), _) => (value, 6),
        (None, Some(value)) => (value, 9),
        (None, None) => return None,
    };
    if !matches!(value.kind(), Kind::Integer | Kind::Float) {
        return None;
    }
    let (ns, is_exact) = scaled(std::str::from_utf8(value.raw()).ok()?, digits)?;
    if !is_exact {
        draft.note("times finer than a nanosecond are rounded down");
    }
    (ns > 0).then_some(ns)
}

fn note(line: Line, key: &str, root: Value<'_>) -> Line {
    let line = line.say("key", super::draft::id(key));
    match root.get("value").map(Value::raw) {
        Some(raw) if raw.len() <= MAX_VALUE => line.say("value", String::from_utf8_lossy(raw).as_ref()),
        _ => line,
    }
}
