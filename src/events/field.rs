//! The members of an event: found in one walk over the object, and written again in canonical order.

use std::ops::Range;
use std::rc::Rc;

use crate::json::{ByOutline, Document, Value, push_keysorted};

/// A member that an event may have. The order is that of their names, which is the canonical one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Attrs,
    Clock,
    EventId,
    Hash,
    Host,
    Kind,
    Phase,
    Prev,
    Rank,
    RunId,
    Seq,
    Span,
    Step,
    TsNs,
}

/// How many there are.
pub(super) const COUNT: usize = 14;

/// Each member's name, quoted and with its colon, as it stands in the canonical form.
pub(super) const QUOTED: [&str; COUNT] = [
    "\"attrs\":",
    "\"clock\":",
    "\"event_id\":",
    "\"hash\":",
    "\"host\":",
    "\"kind\":",
    "\"phase\":",
    "\"prev\":",
    "\"rank\":",
    "\"run_id\":",
    "\"seq\":",
    "\"span\":",
    "\"step\":",
    "\"ts_ns\":",
];

impl Field {
    pub(super) const ALL: [Field; COUNT] = [
        Field::Attrs,
        Field::Clock,
        Field::EventId,
        Field::Hash,
        Field::Host,
        Field::Kind,
        Field::Phase,
        Field::Prev,
        Field::Rank,
        Field::RunId,
        Field::Seq,
        Field::Span,
        Field::Step,
        Field::TsNs,
    ];

    /// Stands for it in a set of members.
    pub(super) const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The member's name.
    pub(super) fn name(self) -> &'static str {
        QUOTED[self as usize].trim_matches(['"', ':'])
    }

    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"attrs" => Field::Attrs,
            b"clock" => Field::Clock,
            b"event_id" => Field::EventId,
            b"hash" => Field::Hash,
            b"host" => Field::Host,
            b"kind" => Field::Kind,
            b"phase" => Field::Phase,
            b"prev" => Field::Prev,
            b"rank" => Field::Rank,
            b"run_id" => Field::RunId,
            b"seq" => Field::Seq,
            b"span" => Field::Span,
            b"step" => Field::Step,
            b"ts_ns" => Field::TsNs,
            _ => return None,
        })
    }
}

/// Which members stand where, for every order of names that was met.
pub(super) type Places = ByOutline<Rc<[Option<Field>]>>;

/// The members of one line.
pub(super) struct Fields<'a> {
    root: Value<'a>,
    /// The numbers of the members' values, where the member is there.
    values: [u32; COUNT],
    /// A bit for each member that is there.
    present: u16,
    /// The first name that no event may have.
    pub(super) unknown: Option<Value<'a>>,
    is_canonical: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn of(document: &Document<'a>, places: &mut Places) -> Self {
        let root = document.root();
        let is_canonical = document.is_canonical();
        let mut fields = Self { root, values: [0; COUNT], present: 0, unknown: None, is_canonical };
        let named = |(key, _): (Value<'_>, _)| key.bytes().and_then(|name| Field::named(&name));
        let places = places.get(root.outline(), || root.pairs().map(named).collect());
        for ((key, value), place) in root.pairs().zip(places.iter()) {
            match place {
                Some(field) => {
                    fields.values[*field as usize] = value.number();
                    fields.present |= field.bit();
                }
                None => fields.unknown = fields.unknown.or(Some(key)),
            }
        }
        fields
    }

    pub(super) fn get(&self, field: Field) -> Option<Value<'a>> {
        (self.present & field.bit() != 0).then(|| self.root.numbered(self.values[field as usize]))
    }

    /// The first of these members that is not there.
    pub(super) fn first_missing(&self, wanted: &[Field]) -> Option<Field> {
        wanted.iter().copied().find(|field| self.present & field.bit() == 0)
    }

    /// Appends the canonical bytes, and says where in `out` the member `hash` stands, with the comma before it.
    pub(super) fn push_canonical(&self, line: &[u8], out: &mut Vec<u8>) -> Option<Range<usize>> {
        if self.is_canonical {
            let hash = self.get(Field::Hash).map(|hash| {
                let begin = out.len() + hash.offset() - QUOTED[Field::Hash as usize].len();
                begin.saturating_sub(1)..out.len() + hash.offset() + hash.raw().len()
            });
            out.extend_from_slice(line);
            return hash;
        }
        if self.unknown.is_some() {
            push_keysorted(out, self.root);
            return None;
        }
        push_members(out, self.present, |out, field| {
            let value = self.root.numbered(self.values[field as usize]);
            if let Some(member) = value.plain_member() {
                out.extend_from_slice(member);
            } else {
                out.extend_from_slice(QUOTED[field as usize].as_bytes());
                push_keysorted(out, value);
            }
        })
    }
}

/// Appends an object of these members in canonical order, and says where in `out` the member `hash` stands, with the
/// comma before it.
#[inline]
pub(super) fn push_members(
    out: &mut Vec<u8>,
    present: u16,
    mut push: impl FnMut(&mut Vec<u8>, Field),
) -> Option<Range<usize>> {
    let (mut hash, mut left) = (None, present);
    out.push(b'{');
    while left != 0 {
        let field = Field::ALL[left.trailing_zeros() as usize];
        let begin = out.len();
        if left != present {
            out.push(b',');
        }
        left &= left - 1;
        push(out, field);
        if field == Field::Hash {
            hash = Some(begin..out.len());
        }
    }
    out.push(b'}');
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    #[test]
    fn members_are_written_in_the_order_of_their_names() {
        assert!(QUOTED.is_sorted());
        for field in Field::ALL {
            assert_eq!(Field::named(field.name().as_bytes()), Some(field));
        }
    }

    #[test]
    fn the_canonical_form_is_the_same_whichever_way_it_is_made() {
        let canonical = r#"{"attrs":{"a":[1,2]},"event_id":"e","hash":"00","kind":"NOTE"}"#;
        let texts = [
            canonical,
            r#"{"kind":"NOTE","hash":"00","event_id":"e","attrs":{"a":[1,2]}}"#,
            r#" {"event_id":"\u0065","hash":"00", "attrs":{"a":[1,2]},"kind":"NOTE"}"#,
        ];
        for text in texts {
            let mut scanner = Scanner::new(4);
            let document = scanner.scan(text.as_bytes()).expect("this is JSON");
            let mut out = b"before".to_vec();
            let hash = Fields::of(&document, &mut Places::default())
                .push_canonical(text.as_bytes(), &mut out)
                .expect("it has a hash");
            assert_eq!(&out[hash], br#","hash":"00""#, "{text}");
            assert_eq!(&out[6..], canonical.as_bytes(), "{text}");
        }
        let mut scanner = Scanner::new(4);
        let text = r#"{"zz":1,"event_id":"e"}"#;
        let mut out = Vec::new();
        Fields::of(&scanner.scan(text.as_bytes()).expect("this is JSON"), &mut Places::default())
            .push_canonical(text.as_bytes(), &mut out);
        assert_eq!(out, br#"{"event_id":"e","zz":1}"#);
    }
}
