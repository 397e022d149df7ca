//! The shape of one event: from members to an event, or the one code that its line gets.

use std::borrow::Cow;

use super::attrs::{self, Said};
use super::fault::Fault;
use super::field::{Field, Fields};
use super::kind::{Kind, Phase};
use super::parse::Wrong;
use crate::digest::{Digest, Fingerprint};
use crate::finding::printable;
use crate::json::{self, Value};

/// Ranks are smaller than this.
pub(super) const MAX_RANK: i64 = 1 << 20;
/// The largest step.
pub(super) const MAX_STEP: i64 = 1 << 53;
const MAX_ID: usize = 128;
const REQUIRED: [Field; 5] = [Field::EventId, Field::RunId, Field::TsNs, Field::Kind, Field::Phase];

/// One event that has the shape the format asks for.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub(super) id: Cow<'a, [u8]>,
    pub(super) run_id: Cow<'a, [u8]>,
    pub(super) ts: i64,
    pub(super) kind: Kind,
    pub(super) phase: Phase,
    /// None: the run stream.
    pub(super) rank: Option<u32>,
    pub(super) step: Option<u64>,
    /// Kind, span and step: what an END must share with its START.
    pub(super) key: Key,
    pub(super) clock: Word,
    pub(super) seq: Option<i64>,
    pub(super) prev: Option<Digest>,
    pub(super) hash: Option<Digest>,
    pub(super) said: Said,
}

/// An id of at most 128 characters in 16 bytes: itself if it is short, else bits of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Word(u128);

impl Word {
    /// Stands for the absent id.
    pub(super) const NONE: Word = Word(0);

    pub(super) fn of(id: &[u8]) -> Self {
        let mut bytes = [0; 16];
        if let Some(room) = bytes.get_mut(..id.len()).filter(|_| id.len() < 16) {
            room.copy_from_slice(id);
            bytes[15] = id.len() as u8;
        } else {
            bytes = Fingerprint::of(id).to_bytes();
            bytes[15] = u8::MAX;
        }
        Self(u128::from_le_bytes(bytes))
    }

    /// The clock domain that holds where none is named.
    pub(super) fn wall() -> Self {
        Self::of(b"wall")
    }
}

/// What tells apart the spans of a stream that are open together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// None stands before all steps.
    pub(super) step: Option<u64>,
    pub(super) span: Word,
}

impl Key {
    /// Of a kind and its name.
    pub(super) fn of((kind, name): (Kind, &[u8]), step: Option<u64>, span: Option<&[u8]>) -> Self {
        let span = match (kind, span) {
            // Extensions are told apart by their names as well; no id holds a blank.
            (Kind::Extension, span) => Word::of(&[name, b" ", span.unwrap_or_default()].concat()),
            (_, Some(span)) => Word::of(span),
            (_, None) => Word::NONE,
        };
        Self { kind, step, span }
    }
}

fn wrong<T>(fault: Fault, what: impl Into<Cow<'static, str>>) -> Result<T, Wrong> {
    Err((fault, what.into()))
}

impl<'a> Event<'a> {
    /// Checks members in the order of the codes.
    pub(super) fn of(fields: &Fields<'a>) -> Result<Self, Wrong> {
        if let Some(name) = fields.unknown {
            return wrong(Fault::UnknownField, format!("the member {}", shown(name)));
        }
        if let Some(field) = fields.first_missing(&REQUIRED) {
            return wrong(Fault::MissingField, format!("no member {:?}", field.name()));
        }
        let text = |field| fields.get(field).and_then(Value::bytes);
        let id = id(fields, Field::EventId)?.unwrap_or_default();
        let run_id = self::id(fields, Field::RunId)?.unwrap_or_default();
        let ts = integer(fields, Field::TsNs, 0, i64::MAX)?.unwrap_or_default();
        for field in [Field::Kind, Field::Phase] {
            if let Some(value) = fields.get(field).filter(|value| value.kind() != json::Kind::String) {
                return ill_typed(field, value, "a string");
            }
        }
        let rank = integer(fields, Field::Rank, 0, MAX_RANK - 1)?.map(|rank| rank as u32);
        let step = integer(fields, Field::Step, 0, MAX_STEP)?.map(|step| step as u64);
        let span = self::id(fields, Field::Span)?;
        let clock = self::id(fields, Field::Clock)?.map_or_else(Word::wall, |clock| Word::of(&clock));
        self::id(fields, Field::Host)?;
        let seq = integer(fields, Field::Seq, 0, i64::MAX)?;
        if let Some(value) = fields.get(Field::Attrs).filter(|value| value.kind() != json::Kind::Object) {
            return ill_typed(Field::Attrs, value, "an object");
        }
        let (prev, hash) = (digest(fields, Field::Prev)?, digest(fields, Field::Hash)?);

        let (kind_name, phase_name) = (text(Field::Kind).unwrap_or_default(), text(Field::Phase).unwrap_or_default());
        let Some(kind) = Kind::named(&kind_name) else {
            return wrong(Fault::Kind, format!("the kind {}", quoted(&kind_name)));
        };
        let Some(phase) = Phase::named(&phase_name).filter(|phase| kind.allows(*phase)) else {
            return wrong(Fault::Phase, format!("a {} with the phase {}", quoted(&kind_name), quoted(&phase_name)));
        };
        let attrs = fields.get(Field::Attrs);
        attrs::check_schema(kind, phase, attrs)?;
        if let Some(what) = kind.wrong_place(rank.is_some(), step.is_some()) {
            return wrong(Fault::FieldRule, format!("a {} that {what}", quoted(&kind_name)));
        }
        let said = attrs::read(kind, phase, attrs).map_err(|what| (Fault::FieldRule, what.into()))?;
        Ok(Self {
            id,
            run_id,
            ts,
            kind,
            phase,
            rank,
            step,
            key: Key::of((kind, &kind_name), step, span.as_deref()),
            clock,
            seq,
            prev,
            hash,
            said,
        })
    }
}

/// A member that must be an id, if it is there.
fn id<'a>(fields: &Fields<'a>, field: Field) -> Result<Option<Cow<'a, [u8]>>, Wrong> {
    let Some(value) = fields.get(field) else { return Ok(None) };
    match value.bytes().filter(|id| is_id(id)) {
        Some(id) => Ok(Some(id)),
        None => ill_typed(field, value, "an id"),
    }
}

/// True for 1 to 128 letters, digits and `._:/@+-`.
pub(super) fn is_id(id: &[u8]) -> bool {
    const ALLOWED: [bool; 256] = {
        let mut allowed = [false; 256];
        let (others, mut n) = (b"._:/@+-", 0);
        while n < 256 {
            allowed[n] = (n as u8).is_ascii_alphanumeric();
            n += 1;
        }
        n = 0;
        while n < others.len() {
            allowed[others[n] as usize] = true;
            n += 1;
        }
        allowed
    };
    (1..=MAX_ID).contains(&id.len()) && id.iter().fold(true, |all, byte| all & ALLOWED[usize::from(*byte)])
}

/// A member that must be an integer in bounds, if it is there.
fn integer(fields: &Fields<'_>, field: Field, least: i64, most: i64) -> Result<Option<i64>, Wrong> {
    let Some(value) = fields.get(field) else { return Ok(None) };
    match value.integer().filter(|integer| (least..=most).contains(integer)) {
        Some(integer) => Ok(Some(integer)),
        None => out_of_bounds(field, value, least, most),
    }
}

/// A member that must be 64 lower-case hex digits, if it is there.
fn digest(fields: &Fields<'_>, field: Field) -> Result<Option<Digest>, Wrong> {
    let Some(value) = fields.get(field) else { return Ok(None) };
    match value.bytes().and_then(|hex| Digest::from_hex(&hex)) {
        Some(digest) => Ok(Some(digest)),
        None => ill_typed(field, value, "64 lower-case hex digits"),
    }
}

#[cold]
fn out_of_bounds<T>(field: Field, value: Value<'_>, least: i64, most: i64) -> Result<T, Wrong> {
    ill_typed(field, value, &format!("an integer from {least} to {most}"))
}

#[cold]
fn ill_typed<T>(field: Field, value: Value<'_>, wanted: &str) -> Result<T, Wrong> {
    wrong(Fault::Type, format!("{:?} is {}, not {wanted}", field.name(), shown(value)))
}

/// A value as written, cut short.
fn shown(value: Value<'_>) -> String {
    printable(&String::from_utf8_lossy(value.raw()), 60)
}

fn quoted(text: &[u8]) -> String {
    printable(&String::from_utf8_lossy(text), 60)
}
