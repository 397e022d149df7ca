//! What annotations say of facts, kept until the facts have been read: their metadata must say the same.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::digest::Fingerprint;
use crate::json::{Value, push_string};
use crate::ledger::Row;
use crate::spill::{Heap, List, Memory, Table, record};

/// Metadata of which the first value is noted as an annotation of the namespace `shared`.
pub(crate) const FIRST_NOTED: [&str; 6] = ["approved_by", "note", "raw_kind", "source", "source_loc", "trace_id"];

/// All annotations, as far as facts are held against them.
pub(crate) struct Notes {
    /// Each assertion that rows speak of; again where another stands between.
    pub(crate) subjects: List<Subject>,
    /// First values of each subject that has some, one behind the other: which of [`FIRST_NOTED`], length, text.
    pub(crate) texts: Heap,
    last: String,
    /// The first values of the last subject.
    room: Vec<u8>,
    /// Rows that must stand among the metadata as well, by assertion and name.
    pub(crate) copied: Table<Copied>,
}

/// An assertion that some rows speak of.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) assertion: Fingerprint,
    /// Of the first of these rows.
    pub(crate) line: u32,
    /// Where its first values are, if it has some.
    pub(crate) texts: Option<u64>,
}

record!(Subject { assertion: Fingerprint, line: u32, texts: Option<u64> });

/// An annotation that is also kept as metadata.
#[derive(Clone, Copy)]
pub(crate) struct Copied {
    /// Of its kind and value.
    pub(crate) value: Fingerprint,
    pub(crate) line: u32,
    /// The metadata was found.
    pub(crate) is_found: bool,
}

record!(Copied { value: Fingerprint, line: u32, is_found: bool });

/// What the names of metadata begin with that are annotations.
pub(crate) const COPIED_PREFIX: &str = "__factgraph_annotation_v1__:";

impl Notes {
    /// Of no rows.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self {
            subjects: List::new(memory),
            texts: Heap::new(memory),
            last: String::new(),
            room: Vec::new(),
            copied: Table::new(memory),
        }
    }

    /// Takes a row.
    pub(super) fn add(&mut self, row: &Row<'_>, kind: &str, value: Value<'_>) {
        let Some(assertion) = row.value.get_text("asrt_id") else { return };
        if self.subjects.is_empty() || self.last != assertion {
            self.end();
            self.last.clear();
            self.last.push_str(&assertion);
            let assertion = Fingerprint::of(assertion.as_bytes());
            self.subjects.push(Subject { assertion, line: row.line, texts: None });
        }
        let text = value.text().unwrap_or_else(|| String::from_utf8_lossy(value.raw()));
        if row.value.get("namespace").is_some_and(|namespace| namespace.is_text("shared")) {
            let name = row.value.get_text("key").unwrap_or_default();
            if let (Some(n), "str") = (FIRST_NOTED.iter().position(|first| *first == name), kind) {
                self.room.push(n as u8);
                self.room.extend_from_slice(&(text.len() as u32).to_be_bytes());
                self.room.extend_from_slice(text.as_bytes());
            }
        } else if kind != "json" && row.sound {
            let name = copied_name(row.value);
            let key = Fingerprint::of_parts(&[assertion.as_bytes(), name.as_bytes()]);
            self.copied.insert(key, Copied { value: copied_value(kind, &text), line: row.line, is_found: false });
        }
    }

    /// Puts the first values of the last subject aside.
    pub(crate) fn end(&mut self) {
        if !self.room.is_empty() {
            let texts = Some(self.texts.push(&self.room));
            self.subjects.change(self.subjects.len() - 1, |subject| subject.texts = texts);
            self.room.clear();
        }
    }
}

/// The first values of a subject, by the place of their names in [`FIRST_NOTED`].
pub(crate) fn first_values(mut rest: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    std::iter::from_fn(move || {
        let (head, tail) = rest.split_first_chunk::<5>()?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let (text, tail) = tail.split_at_checked(length)?;
        rest = tail;
        Some((usize::from(head[0]), std::str::from_utf8(text).unwrap_or_default()))
    })
}

/// The metadata name of an annotation: base64 of its members but for value and kind, as JSON in ASCII.
fn copied_name(row: Value<'_>) -> String {
    let mut json = Vec::new();
    for (n, name) in ["category", "derivation", "key", "namespace", "origin"].into_iter().enumerate() {
        json.push(if n == 0 { b'{' } else { b',' });
        json.extend_from_slice(format!("\"{name}\":").as_bytes());
        match row.get_text(name) {
            Some(text) => push_ascii(&mut json, &text),
            None => json.extend_from_slice(b"null"),
        }
    }
    json.push(b'}');
    format!("{COPIED_PREFIX}{}", URL_SAFE_NO_PAD.encode(&json))
}

/// Stands for the kind and the value of metadata.
pub(crate) fn copied_value(kind: &str, text: &str) -> Fingerprint {
    Fingerprint::of_parts(&[kind.as_bytes(), text.as_bytes()])
}

/// Appends a string in JSON, everything outside of printable ASCII escaped.
fn push_ascii(out: &mut Vec<u8>, text: &str) {
    let mut escaped = Vec::new();
    push_string(&mut escaped, text);
    for c in String::from_utf8_lossy(&escaped).chars() {
        match c {
            ' '..='~' => out.push(c as u8),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_copies_are_made_of_ascii() {
        let mut out = Vec::new();
        push_ascii(&mut out, "a\"\u{7f}\u{e9}\u{1f600}\n");
        assert_eq!(String::from_utf8_lossy(&out), r#""a\"\u007f\u00e9\ud83d\ude00\n""#);
    }
}
