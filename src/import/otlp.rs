//! OpenTelemetry traces in OTLP's JSON form: one document, or one a line.
//!
//! A span whose name (or attribute `batool.kind`) is a kind of event logs becomes one, with rank and step from the
//! attributes `batool.rank` and `batool.step` of the span or its resource; all others are `X_SPAN`. The trace's id is the
//! run's, unless the resource names `batool.run_id`. A span without an end has none.

use super::Source;
use super::decimal::scaled;
use super::draft::{Draft, Line, id};
use crate::error::Result;
use crate::events::kind::{Kind as EventKind, Phase};
use crate::finding::printable;
use crate::json::{Kind, Scanner, Value};

const MAX_DEPTH: usize = 128;
/// Longest name that is repeated.
const MAX_NAME: usize = 200;

pub(super) fn read(source: &Source<'_>, draft: &mut Draft) -> Result<()> {
    let mut scanner = Scanner::new(MAX_DEPTH);
    let mut found = false;
    if scanner.scan(source.text).is_ok() {
        document(source, draft, &mut scanner, source.text, 1, &mut found)?;
    } else {
        for (n, line) in source.text.split(|byte| *byte == b'\n').enumerate() {
            if !line.trim_ascii().is_empty() {
                document(source, draft, &mut scanner, line, n + 1, &mut found)?;
            }
        }
    }
    if !found {
        return Err(source.unknown("it holds no spans in `resourceSpans`"));
    }
    draft.sort();
    // The run's own beginning goes first, and its end last, among events of the same time.
    let place = |line: &Line| match (line.kind.as_str(), line.phase) {
        ("RUN", super::draft::Phase::Start) => 0,
        ("RUN", _) => 2,
        _ => 1,
    };
    draft.run.sort_by_key(place);
    Ok(())
}

fn document(
    source: &Source<'_>,
    draft: &mut Draft,
    scanner: &mut Scanner,
    text: &[u8],
    line: usize,
    found: &mut bool,
) -> Result<()> {
    let document = scanner.scan(text).map_err(|fault| source.wrong(line, &fault.seen))?;
    for resource in list_of(document.root(), "resourceSpans") {
        for scope in list_of(resource, "scopeSpans") {
            for span in list_of(scope, "spans") {
                *found = true;
                one(source, draft, resource.get("resource"), span, line)?;
            }
        }
    }
    Ok(())
}

fn list_of<'a>(value: Value<'a>, name: &str) -> Vec<Value<'a>> {
    value.get(name).into_iter().flat_map(|list| list.items().collect::<Vec<_>>()).collect()
}

fn one(
    source: &Source<'_>,
    draft: &mut Draft,
    resource: Option<Value<'_>>,
    span: Value<'_>,
    line: usize,
) -> Result<()> {
    let attribute =
        |name: &str| [Some(span), resource].into_iter().flatten().find_map(|holder| attribute(holder, name));
    let number = |name: &str| attribute(name).and_then(|text| text.parse::<u64>().ok());
    let run_id = attribute("batool.run_id").or_else(|| span.get_text("traceId").map(|id| id.into_owned()));
    let run_id = run_id.filter(|run| !run.is_empty()).map(|run| id(&run));
    let Some(run_id) = run_id else { return Err(source.wrong(line, "a span without a trace id")) };
    if draft.mapped.is_empty() {
        draft.run_id = Some(run_id);
    } else if draft.run_id.as_ref() != Some(&run_id) {
        draft.dropped("spans of another run");
        return Ok(());
    }
    let Some(begin) = time(span, "startTimeUnixNano") else {
        return Err(source.wrong(line, "a span without a `startTimeUnixNano` that 64 bits hold"));
    };
    // Zero is what exporters write for a span that has not ended.
    let end = time(span, "endTimeUnixNano").filter(|end| *end > 0);
    if end.is_some_and(|end| end < begin) {
        return Err(source.wrong(line, "a span that ends before it begins"));
    }
    let name = span.get_text("name").unwrap_or_default();
    let (rank, step) = (
        number("batool.rank").and_then(|rank| u32::try_from(rank).ok()).filter(|rank| *rank < 1 << 20),
        number("batool.step"),
    );
    let wanted = attribute("batool.kind").unwrap_or_else(|| name.clone().into_owned());
    let known = EventKind::named(wanted.as_bytes()).filter(|kind| {
        kind.allows(Phase::Start)
            && *kind != EventKind::Extension
            && kind.wrong_place(rank.is_some(), step.is_some()).is_none()
    });
    let kind = if known.is_some() { wanted.as_str() } else { "X_SPAN" };
    if let (EventKind::Run, Some(size)) = (known.unwrap_or(EventKind::Note), number("batool.world_size")) {
        draft.world_size = u32::try_from(size).ok().filter(|size| (1..=1 << 20).contains(size));
    }
    draft.mapped(kind);
    let own = id(&span.get_text("spanId").unwrap_or_default());
    let step = step.filter(|step| *step <= 1 << 53);
    let shape = |line: Line| {
        let line = line.step(step);
        match kind {
            "RUN" | "STEP" => line,
            _ => line.span(own.clone()).say("name", printable(&name, MAX_NAME)),
        }
    };
    draft.span(if kind == "RUN" { None } else { rank }, &format!("{}{own}", source.prefix), begin, end, shape, kind);
    Ok(())
}

/// A time, which OTLP writes as a string and some exporters as a number.
fn time(span: Value<'_>, name: &str) -> Option<i64> {
    let value = span.get(name)?;
    let text = match value.kind() {
        Kind::String => value.text()?.into_owned(),
        Kind::Integer => String::from_utf8_lossy(value.raw()).into_owned(),
        _ => return None,
    };
    scaled(&text, 0).filter(|(ns, is_exact)| *is_exact && *ns >= 0).map(|(ns, _)| ns)
}

/// An attribute as text: strings and integers, which OTLP writes as strings as well.
fn attribute(holder: Value<'_>, name: &str) -> Option<String> {
    let found = list_of(holder, "attributes")
        .into_iter()
        .find(|attribute| attribute.get("key").is_some_and(|key| key.is_text(name)))?;
    let value = found.get("value")?;
    let value = value.get("stringValue").or_else(|| value.get("intValue"))?;
    match value.kind() {
        Kind::String => value.text().map(|text| text.into_owned()),
        Kind::Integer => Some(String::from_utf8_lossy(value.raw()).into_owned()),
        _ => None,
    }
}
