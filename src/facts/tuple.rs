//! `tup_v1`: how terms are spelt where digests cover them, and the arguments of all claims in that form.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::digest::hex_digit;
use crate::spill::{Heap, Memory};

const HEAD: &[u8] = b"factpy\0tup_v1\0";

pub(crate) const STRING: u8 = 1;
pub(crate) const INT: u8 = 2;
pub(crate) const FLOAT: u8 = 3;
pub(crate) const BOOL: u8 = 4;
pub(crate) const BYTES: u8 = 5;
pub(crate) const TIME: u8 = 6;
pub(crate) const UUID: u8 = 7;
pub(crate) const ENTITY: u8 = 8;

/// The names of tags, in the order of their bytes from 1 on.
const NAMES: [&str; 8] = ["string", "int", "float64", "bool", "bytes", "time", "uuid", "entity_ref"];

/// The byte that stands for a tag.
pub(crate) fn tag(name: &str) -> Option<u8> {
    NAMES.iter().position(|known| *known == name).map(|at| at as u8 + 1)
}

/// The name of a tag.
pub(crate) fn name(tag: u8) -> &'static str {
    NAMES.get(usize::from(tag).wrapping_sub(1)).copied().unwrap_or_default()
}

/// Some encoded terms, one behind the other: tag, length, payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Terms<'a> {
    pub(crate) count: u32,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Terms<'a> {
    /// The first of them, as it is encoded.
    #[inline]
    pub(crate) fn first(self) -> Option<&'a [u8]> {
        let (_, payload) = self.iter().next()?;
        self.bytes.get(..5 + payload.len())
    }

    /// The tag and the payload of each.
    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = (u8, &'a [u8])> + Clone {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let (head, tail) = rest.split_first_chunk::<5>()?;
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let (payload, tail) = tail.split_at_checked(length)?;
            rest = tail;
            Some((head[0], payload))
        })
    }
}

/// Appends the head of a tuple of so many terms.
pub(crate) fn push_head(out: &mut Vec<u8>, count: u32) {
    out.extend_from_slice(HEAD);
    out.extend_from_slice(&count.to_be_bytes());
}

/// Appends one term.
pub(crate) fn push_term(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    out.push(tag);
    push_sized(out, payload);
}

/// Appends bytes behind their length.
pub(crate) fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends the term that a text of a tag stands for; false if the text is not one that the producer writes.
pub(crate) fn push_text(out: &mut Vec<u8>, tag: u8, text: &str) -> bool {
    let start = out.len();
    out.extend_from_slice(&[tag, 0, 0, 0, 0]);
    if push_payload(out, tag, text).is_none() {
        out.truncate(start);
        return false;
    }
    let length = (out.len() - start - 5) as u32;
    out[start + 1..start + 5].copy_from_slice(&length.to_be_bytes());
    true
}

fn push_payload(out: &mut Vec<u8>, tag: u8, text: &str) -> Option<()> {
    match tag {
        STRING | ENTITY => out.extend_from_slice(text.as_bytes()),
        INT => {
            is_integer(text).then_some(())?;
            out.extend_from_slice(text.as_bytes());
        }
        TIME => {
            let time: i64 = is_integer(text).then(|| text.parse().ok()).flatten()?;
            out.extend_from_slice(&time.to_be_bytes());
        }
        FLOAT => push_hex(out, text.strip_prefix("0x").filter(|digits| digits.len() == 16)?)?,
        BOOL => out.push(match text {
            "true" => 1,
            "false" => 0,
            _ => return None,
        }),
        BYTES => URL_SAFE_NO_PAD.decode_vec(text, out).ok()?,
        UUID => {
            let mut groups = text.split('-');
            for length in [8, 4, 4, 4, 12] {
                push_hex(out, groups.next().filter(|group| group.len() == length)?)?;
            }
            groups.next().is_none().then_some(())?;
        }
        _ => return None,
    }
    Some(())
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()) && (text == "0" || !digits.starts_with('0'))
}

fn push_hex(out: &mut Vec<u8>, digits: &str) -> Option<()> {
    for pair in digits.as_bytes().chunks(2) {
        let [high, low] = [pair[0], *pair.get(1)?].map(hex_digit);
        out.push(((high | low) < 16).then_some(high << 4 | low & 15)?);
    }
    Some(())
}

/// The arguments of all claims, without their subjects.
pub(super) struct Arguments(Heap);

/// Where the arguments of a claim are that could not be read; those of a claim without any are at 0.
pub(super) const UNREADABLE: u64 = u64::MAX;

impl Arguments {
    /// Of no claims.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        let mut heap = Heap::new(memory);
        heap.push(&[0; 4]);
        Self(heap)
    }

    /// Keeps the arguments of a claim, a tuple; gives their place.
    #[inline]
    pub(super) fn put(&mut self, tuple: &[u8]) -> u64 {
        self.0.push(tuple.get(HEAD.len()..).unwrap_or_default())
    }

    /// The arguments at a place, if they could be read.
    #[inline]
    pub(super) fn get(&self, place: u64) -> Option<Encoded<'_>> {
        (place != UNREADABLE).then(|| Encoded(self.0.get(place)))
    }
}

/// The arguments of one claim: how many there are, and the terms.
pub(crate) struct Encoded<'a>(Cow<'a, [u8]>);

impl Encoded<'_> {
    /// As terms.
    #[inline]
    pub(crate) fn terms(&self) -> Terms<'_> {
        let (count, bytes) = self.0.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        Terms { count: u32::from_be_bytes(*count), bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(name: &str, text: &str) -> Option<Vec<u8>> {
        let mut out = b"before".to_vec();
        let known = push_text(&mut out, tag(name)?, text);
        assert!(out.starts_with(b"before") && (known || out.len() == 6));
        let terms = Terms { count: 1, bytes: &out[6..] };
        known.then(|| terms.iter().next().expect("there is one").1.to_vec())
    }

    #[test]
    fn values_are_read_by_their_tags() {
        assert_eq!(payload("bytes", "AAEC_w"), Some(vec![0, 1, 2, 255]));
        assert_eq!(payload("bytes", "AAEC_x"), None);
        assert_eq!(payload("float64", "0x3ff0000000000000"), Some(1.0_f64.to_be_bytes().to_vec()));
        assert_eq!(payload("time", "-1"), Some(vec![255; 8]));
        assert_eq!(payload("int", "007"), None);
        assert_eq!(payload("uuid", "00000000-0000-0000-0000-00000000000f").map(|bytes| bytes[15]), Some(15));
        assert_eq!(payload("uuid", "0000000000000000000000000000000f"), None);
        assert_eq!(payload("uuid", "00000000-0000-0000-0000-00000000000f-"), None);
    }

    #[test]
    fn arguments_are_found_where_they_were_put() {
        let mut arguments = Arguments::new(&Memory::new(0));
        let mut tuple = Vec::new();
        push_head(&mut tuple, 2);
        assert!(push_text(&mut tuple, STRING, "a") && push_text(&mut tuple, BOOL, "true"));
        let places = [0, arguments.put(&tuple), UNREADABLE];
        let [none, some, lost] = places.map(|place| arguments.get(place));
        assert_eq!((none.expect("it can be read").terms(), lost.is_none()), (Terms::default(), true));
        let some = some.expect("it can be read");
        assert_eq!(some.terms().iter().collect::<Vec<_>>(), [(1, &b"a"[..]), (4, &[1][..])]);
        assert_eq!(some.terms().count, 2);
    }
}
