//! JSON objects as the producer writes them: members by name, no space.

use std::collections::BTreeMap;

use crate::json::push_string;

/// An object that is being put together.
#[derive(Default, Clone)]
pub(super) struct Object(BTreeMap<&'static str, Vec<u8>>);

impl Object {
    /// Puts a member whose value is written already.
    pub(super) fn raw(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// Puts a text.
    pub(super) fn text(self, name: &'static str, value: &str) -> Self {
        self.raw(name, text(value))
    }

    /// Puts a text, or null.
    pub(super) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        self.raw(name, value.map_or_else(|| b"null".to_vec(), text))
    }

    /// Puts a number as it is written, or null.
    pub(super) fn number(self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.raw(name, value.map_or_else(|| "null".to_owned(), |value| value.to_string()))
    }

    /// The text of the object.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![b'{'];
        for (name, value) in &self.0 {
            if out.len() > 1 {
                out.push(b',');
            }
            push_string(&mut out, name);
            out.push(b':');
            out.extend_from_slice(value);
        }
        out.push(b'}');
        out
    }
}

/// A text as JSON.
pub(super) fn text(value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push_string(&mut out, value);
    out
}

/// An array of values that are written already.
pub(super) fn array<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut out = vec![b'['];
    for value in values {
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(value.as_ref());
    }
    out.push(b']');
    out
}

/// An array of texts.
pub(super) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    array(values.into_iter().map(text))
}

/// An object of numbers by name.
pub(super) fn counts(counts: &BTreeMap<&'static str, u64>) -> Vec<u8> {
    counts.iter().fold(Object::default(), |object, (name, count)| object.number(name, Some(count))).to_bytes()
}
