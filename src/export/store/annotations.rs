//! Annotations in the order in which they were made; a newer one takes the place of its like at the end.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Rows};

use super::object::Object;
use super::open::Store;
use super::scratch::Scratch;
use super::value::{MAX_DEPTH, annotation_key, broken, meta_json};
use crate::error::{Doing as _, Result};
use crate::json::Scanner;

/// What keys begin with that hold an annotation.
const PREFIX: &str = "__factgraph_annotation_v1__:";
/// Meta that is an annotation as well if it came with its assertion, and of which category.
const SHARED: [(&str, &str); 7] = [
    ("source", "source"),
    ("source_loc", "source"),
    ("trace_id", "source"),
    ("approved_by", "source"),
    ("note", "source"),
    ("raw_kind", "semantic"),
    ("bound", "semantic"),
];
const EVENTS: &str = "SELECT asrt_id, key, kind, value, tx_seq, op_ordinal FROM claim_meta
    WHERE kind IS NOT NULL AND (key IN ('source', 'source_loc', 'trace_id', 'approved_by', 'note', 'raw_kind', 'bound', 'tx_id')
        OR substr(key, 1, 28) = '__factgraph_annotation_v1__:')
    ORDER BY tx_seq, op_ordinal, rowid";
const CLAIMS: &str = "SELECT asrt_id, tx_ref FROM claims ORDER BY seq";

/// How much may be written at one place of a transaction.
const MAX_GROUP: usize = 256 << 20;

struct Event {
    id: String,
    key: String,
    kind: String,
    value: String,
    at: (i64, i64),
}

/// Collects all annotations; true if there is any.
pub(super) fn collect(store: &Store, scratch: &Scratch) -> Result<bool> {
    let doing = || "cannot read the annotations of the store".to_owned();
    let mut events = store.db.prepare(EVENTS).doing(doing)?;
    let mut events = events.query([]).doing(doing)?;
    let mut claims = store.db.prepare(CLAIMS).doing(doing)?;
    let mut places = Places { rows: claims.query([]).doing(doing)?, at: (-1, 0), id: String::new() };
    let mut group: Vec<Event> = Vec::new();
    let mut bytes = 0;
    loop {
        let next = event(&mut events)?;
        let is_over = group.first().is_some_and(|first| next.as_ref().is_none_or(|next| next.at != first.at));
        if is_over {
            settle(store, scratch, &group, &mut places)?;
            group.clear();
        }
        match next {
            Some(next) => {
                bytes = if group.is_empty() { 0 } else { bytes } + next.key.len() + next.value.len();
                if bytes > MAX_GROUP {
                    return Err(broken(format!("more than {MAX_GROUP} bytes of meta were written at one place")));
                }
                group.push(next);
            }
            None => break,
        }
    }
    scratch.settle_annotations()
}

fn text(row: &Row<'_>, at: usize) -> Result<String> {
    match row.get_ref(at).doing(|| "cannot read the store".into())? {
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).map_err(|_| broken("a text in it is not UTF-8")),
        _ => Err(broken("something that is no text stands where one should")),
    }
}

fn event(rows: &mut Rows<'_>) -> Result<Option<Event>> {
    let doing = || "cannot read the annotations of the store".to_owned();
    let Some(row) = rows.next().doing(doing)? else { return Ok(None) };
    let at = (row.get(4).doing(doing)?, row.get(5).doing(doing)?);
    Ok(Some(Event { id: text(row, 0)?, key: text(row, 1)?, kind: text(row, 2)?, value: text(row, 3)?, at }))
}

/// Assertions in the order of their making, with their places in their transactions.
struct Places<'s> {
    rows: Rows<'s>,
    at: (i64, i64),
    id: String,
}

impl Places<'_> {
    /// The assertion that was made at this place.
    fn assertion(&mut self, at: (i64, i64)) -> Result<Option<&str>> {
        let doing = || "cannot read the assertions of the store".to_owned();
        while self.at < at {
            let Some(row) = self.rows.next().doing(doing)? else {
                self.at = (i64::MAX, 0);
                break;
            };
            self.id = text(row, 0)?;
            let transaction: i64 = row.get(1).doing(doing)?;
            if transaction < self.at.0 {
                return Err(broken("assertions and transactions are not in the same order"));
            }
            self.at = if transaction == self.at.0 { (transaction, self.at.1 + 1) } else { (transaction, 0) };
        }
        Ok((self.at == at).then_some(self.id.as_str()))
    }
}

/// Takes all that was written at one place.
fn settle(store: &Store, scratch: &Scratch, group: &[Event], places: &mut Places<'_>) -> Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let made = places.assertion(first.at)?;
    let mut is_marked: Option<bool> = None;
    // Where an assertion got its transaction's id, all before came with it.
    let mut closing: HashMap<&str, usize> = HashMap::new();
    for (n, event) in group.iter().enumerate().filter(|(_, event)| event.key == "tx_id" && event.kind == "str") {
        closing.entry(&event.id).or_insert(n);
    }
    for (n, event) in group.iter().enumerate() {
        let mut initial = || -> Result<bool> {
            match closing.get(event.id.as_str()) {
                Some(end) => Ok(n <= *end),
                None if made != Some(event.id.as_str()) => Ok(false),
                None => match is_marked {
                    Some(is_marked) => Ok(!is_marked),
                    None => Ok(!*is_marked.insert(has_mark(store, &event.id)?)),
                },
            }
        };
        let row = if let Some(token) = event.key.strip_prefix(PREFIX) {
            Some(stored(token).ok_or_else(|| broken(format!("the annotation key {:?} cannot be read", event.key)))?)
        } else if let Some((key, category)) = SHARED.iter().find(|(key, _)| *key == event.key) {
            let row = Object::default().text("namespace", "shared").text("category", category).text("key", key);
            let identity = format!("shared\0{category}\0{key}");
            initial()?.then(|| (row.text("origin", "observed").raw("derivation", "null"), identity))
        } else {
            None
        };
        if let Some((row, identity)) = row {
            let row = row.text("asrt_id", &event.id).text("kind", &event.kind);
            let row = row.raw("value", meta_json(&event.kind, &event.value)?);
            scratch.annotate(format!("{}\0{identity}", event.id).as_bytes(), &row.to_bytes())?;
        }
    }
    Ok(())
}

/// True if the assertion got its transaction's id anywhere.
fn has_mark(store: &Store, id: &str) -> Result<bool> {
    let doing = || "cannot read the annotations of the store".to_owned();
    // The plus keeps the store's index by kind out of it, which would lead through all of that kind.
    let query = "SELECT EXISTS (SELECT 1 FROM claim_meta WHERE asrt_id = ? AND key = 'tx_id' AND +kind = 'str')";
    store.db.prepare_cached(query).doing(doing)?.query_row([id], |row| row.get(0)).doing(doing)
}

/// Members and identity of an annotation, out of its key.
fn stored(token: &str) -> Option<(Object, String)> {
    let json = annotation_key(token)?;
    let mut scanner = Scanner::new(MAX_DEPTH);
    let document = scanner.scan(&json).ok()?;
    let member = |name| document.root().get_text(name).map(|text| text.into_owned());
    let (namespace, category, key) = (member("namespace")?, member("category")?, member("key")?);
    let derivation = match document.root().get("derivation") {
        Some(value) if value.is_null() => None,
        _ => Some(member("derivation")?),
    };
    let row = Object::default().text("namespace", &namespace).text("category", &category).text("key", &key);
    let row = row.text("origin", &member("origin")?).maybe("derivation", derivation.as_deref());
    Some((row, format!("{namespace}\0{category}\0{key}")))
}
