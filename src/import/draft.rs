//! Events on their way into a native log.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::events::SCHEMA;

/// Where in its span an event stands, in the order in which equal times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    End,
    Start,
    Point,
    /// The end of a span that lasted no time.
    EndAtOnce,
}

/// One event to be written.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) ts: i64,
    pub(super) kind: String,
    pub(super) phase: Phase,
    pub(super) step: Option<u64>,
    pub(super) span: Option<String>,
    pub(super) attrs: Map<String, Value>,
}

impl Line {
    pub(super) fn new(id: impl Into<String>, ts: i64, kind: impl Into<String>, phase: Phase) -> Self {
        Self { id: id.into(), ts, kind: kind.into(), phase, step: None, span: None, attrs: Map::new() }
    }

    pub(super) fn step(mut self, step: Option<u64>) -> Self {
        self.step = step;
        self
    }

    pub(super) fn span(mut self, span: impl Into<String>) -> Self {
        self.span = Some(span.into());
        self
    }

    pub(super) fn say(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attrs.insert(name.to_owned(), value.into());
        self
    }
}

/// A log that is being put together.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) run_id: Option<String>,
    /// Another clock than `wall`.
    pub(super) clock: Option<&'static str>,
    /// The ends of the run, as far as the source has them. Lines of the run itself keep the order of the source.
    pub(super) run: Vec<Line>,
    pub(super) ranks: BTreeMap<u32, Vec<Line>>,
    pub(super) world_size: Option<u32>,
    /// What became events, and what did not, by name.
    pub(super) mapped: BTreeMap<String, u64>,
    pub(super) dropped: BTreeMap<String, u64>,
    pub(super) notes: Vec<String>,
}

impl Draft {
    pub(super) fn mapped(&mut self, what: impl Into<String>) {
        *self.mapped.entry(what.into()).or_default() += 1;
    }

    pub(super) fn dropped(&mut self, what: impl Into<String>) {
        *self.dropped.entry(what.into()).or_default() += 1;
    }

    pub(super) fn note(&mut self, what: &str) {
        if !self.notes.iter().any(|note| note == what) {
            self.notes.push(what.to_owned());
        }
    }

    /// Adds a span; without an end there is only its beginning.
    pub(super) fn span(
        &mut self,
        rank: Option<u32>,
        id: &str,
        begin: i64,
        end: Option<i64>,
        shape: impl Fn(Line) -> Line,
        kind: &str,
    ) {
        let lines = match rank {
            Some(rank) => self.ranks.entry(rank).or_default(),
            None => &mut self.run,
        };
        lines.push(shape(Line::new(format!("{id}.s"), begin, kind, Phase::Start)));
        if let Some(end) = end {
            let phase = if end == begin { Phase::EndAtOnce } else { Phase::End };
            let mut line = shape(Line::new(format!("{id}.e"), end, kind, phase));
            line.attrs.clear();
            lines.push(line);
        }
    }

    /// Puts each stream in the order of time, where the source promises none.
    pub(super) fn sort(&mut self) {
        for lines in self.ranks.values_mut().chain([&mut self.run]) {
            lines.sort_by_key(|line| (line.ts, line.phase));
        }
    }

    /// What the first event declares beside the format.
    pub(super) fn header(&self) -> Map<String, Value> {
        let ranks: Vec<u32> = self.ranks.keys().copied().collect();
        let least = ranks.last().map_or(1, |last| last + 1);
        let world_size = self.world_size.unwrap_or(least).max(least);
        let mut header = Map::new();
        header.insert("schema".into(), SCHEMA.into());
        header.insert("world_size".into(), world_size.into());
        if !ranks.is_empty() && ranks.len() < world_size as usize {
            header.insert("logged_ranks".into(), ranks.into());
        }
        header
    }

    /// The bytes of the log, and how many events it has: the run's beginning, the ranks one after another, the rest of the
    /// run. Within a stream the order stays.
    pub(super) fn write(&self) -> (Vec<u8>, u64) {
        let mut out = Vec::new();
        let mut events = 0;
        let begins = self.run.first().is_some_and(|line| line.kind == "RUN" && line.phase == Phase::Start);
        let (first, rest) = self.run.split_at(usize::from(begins));
        let ranks = self.ranks.iter().map(|(rank, lines)| (Some(*rank), 0, lines.as_slice()));
        for (rank, from, lines) in [(None, 0, first)].into_iter().chain(ranks).chain([(None, first.len(), rest)]) {
            for (n, line) in lines.iter().enumerate() {
                out.extend(self.event(rank, from + n, line).to_string().into_bytes());
                out.push(b'\n');
                events += 1;
            }
        }
        (out, events)
    }

    fn event(&self, rank: Option<u32>, seq: usize, line: &Line) -> Value {
        let phase = match line.phase {
            Phase::Start => "START",
            Phase::End | Phase::EndAtOnce => "END",
            Phase::Point => "POINT",
        };
        let mut event = json!({
            "event_id": line.id, "kind": line.kind, "phase": phase, "run_id": self.run_id, "seq": seq, "ts_ns": line.ts,
        });
        let mut attrs = line.attrs.clone();
        if line.kind == "RUN" && line.phase == Phase::Start {
            attrs.extend(self.header());
        }
        let members: [(&str, Option<Value>); 5] = [
            ("rank", rank.map(Value::from)),
            ("step", line.step.map(Value::from)),
            ("span", line.span.clone().map(Value::from)),
            ("clock", self.clock.map(Value::from)),
            ("attrs", (!attrs.is_empty()).then(|| attrs.into())),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                event[name] = value;
            }
        }
        event
    }
}

/// Makes an id of any text: what no id may hold is written as `%` is in URLs, with `+` for the sign.
pub(super) fn id(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'/' | b'@' | b'-' => out.push(byte as char),
            other => out.push_str(&format!("+{other:02x}")),
        }
    }
    out.truncate(120);
    if out.is_empty() { "-".into() } else { out }
}
