//! What a fact said when it was proposed, as JSON under the digest that is the candidate's key.

use std::borrow::Cow;

use super::tuple::{self, Terms};
use super::{Claim, Facts};
use crate::digest::{Digest, hex_of};
use crate::json::{push_string, python_float};

/// The content of a fact that was proposed.
pub(super) struct Content<'a> {
    predicate: &'a str,
    subject: Subject<'a>,
    arguments: Terms<'a>,
}

/// Whom the fact is about.
enum Subject<'a> {
    Entity(Cow<'a, str>),
    /// An entity that was proposed itself, by the key of that candidate.
    Candidate(&'a str),
}

/// Where floats may stand in several ways, so many contents are tried of every fact.
const FEW_FORMS: usize = 64;

/// How many contents are tried beyond that, of all facts together.
pub(super) struct MoreForms(usize);

impl Default for MoreForms {
    fn default() -> Self {
        Self(1 << 20)
    }
}

impl<'a> Content<'a> {
    /// Of a claim and its arguments; about an entity that was proposed itself, if its key is given.
    pub(super) fn of(facts: &'a Facts, claim: &Claim, arguments: Terms<'a>, candidate: Option<&'a str>) -> Self {
        let (predicate, entity) = facts.subject(claim);
        let subject = candidate.map_or(Subject::Entity(entity), Subject::Candidate);
        Self { predicate, subject, arguments }
    }

    /// True if this is the key of the content under that id and version of a derivation; nothing if there are more ways to
    /// write its floats than can be tried.
    pub(super) fn has_key(
        &self,
        key: Digest,
        [id, version]: [&str; 2],
        more: &mut MoreForms,
        room: &mut Vec<u8>,
    ) -> Option<bool> {
        let floats = self.arguments.iter().filter(|(tag, _)| *tag == tuple::FLOAT);
        let all = floats.fold(1_usize, |all, (_, bits)| all.saturating_mul(forms_of(bits)));
        if all > FEW_FORMS {
            more.0 = more.0.checked_sub(all)?;
        }
        let mut tried = (0..all).map(|form| {
            room.clear();
            self.push(form, room);
            Digest::of_ended(b"factpy\0cand_v2\0", &[id.as_bytes(), version.as_bytes(), b"fact", room])
        });
        Some(tried.any(|digest| digest == key))
    }

    /// Writes the content; `form` counts through the ways to write the floats.
    fn push(&self, mut form: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"pred_id\":");
        push_string(out, self.predicate);
        out.extend_from_slice(b",\"terms\":[{");
        match &self.subject {
            Subject::Entity(entity) => {
                out.extend_from_slice(b"\"kind\":\"entity_ref\",\"value\":");
                push_string(out, entity);
            }
            Subject::Candidate(key) => {
                out.extend_from_slice(b"\"candidate_key\":");
                push_string(out, key);
                out.extend_from_slice(b",\"kind\":\"candidate_ref\"");
            }
        }
        for (tag, payload) in self.arguments.iter() {
            out.extend_from_slice(b"},{\"kind\":\"");
            if tag == tuple::ENTITY {
                out.extend_from_slice(b"entity_ref\",\"value\":");
            } else {
                out.extend_from_slice(b"literal\",\"tag\":\"");
                out.extend_from_slice(tuple::name(tag).as_bytes());
                out.extend_from_slice(b"\",\"value\":");
            }
            if tag == tuple::FLOAT {
                push_float(out, payload, form % forms_of(payload));
                form /= forms_of(payload);
            } else {
                push_value(out, tag, payload);
            }
        }
        out.extend_from_slice(b"}]}");
    }
}

/// A float stands as its bits where it came from a fact, as a number where the rule itself gives it; zero in the rule may be
/// negative, in facts it is not.
fn forms_of(bits: &[u8]) -> usize {
    if bits == [0; 8] { 3 } else { 2 }
}

fn push_float(out: &mut Vec<u8>, bits: &[u8], form: usize) {
    let value = bits.try_into().map(f64::from_be_bytes).unwrap_or_default();
    let number = || python_float(format!("{value:e}").as_bytes()).unwrap_or_default();
    match form {
        0 => {
            out.extend_from_slice(b"\"0x");
            push_hex(out, bits);
            out.push(b'"');
        }
        1 => out.extend_from_slice(number().as_bytes()),
        _ => out.extend_from_slice(b"-0.0"),
    }
}

fn push_value(out: &mut Vec<u8>, tag: u8, payload: &[u8]) {
    let text = || std::str::from_utf8(payload).unwrap_or_default();
    match tag {
        tuple::INT => out.extend_from_slice(payload),
        tuple::TIME => {
            let time = payload.try_into().map(i64::from_be_bytes).unwrap_or_default();
            out.extend_from_slice(time.to_string().as_bytes());
        }
        tuple::BOOL => out.extend_from_slice(if payload == [1] { b"true" } else { b"false" }),
        tuple::BYTES => {
            out.extend_from_slice(b"{\"__bytes_b64__\":\"");
            push_hex(out, payload);
            out.extend_from_slice(b"\"}");
        }
        tuple::UUID => {
            out.push(b'"');
            for (n, byte) in payload.iter().enumerate() {
                if matches!(n, 4 | 6 | 8 | 10) {
                    out.push(b'-');
                }
                out.extend_from_slice(&hex_of(*byte));
            }
            out.push(b'"');
        }
        _ => push_string(out, text()),
    }
}

fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.extend_from_slice(&hex_of(*byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_spelt_as_the_producer_does() {
        let mut bytes = Vec::new();
        let values = [
            ("string", "a\"b"),
            ("int", "-7"),
            ("time", "12"),
            ("bool", "false"),
            ("bytes", "AAH_"),
            ("uuid", "00112233-4455-6677-8899-aabbccddeeff"),
            ("entity_ref", "e"),
            ("float64", "0x3ff8000000000000"),
        ];
        for (tag, value) in values {
            assert!(tuple::push_text(&mut bytes, tuple::tag(tag).expect("it is one"), value));
        }
        let arguments = Terms { count: values.len() as u32, bytes: &bytes };
        let content = Content { predicate: "p", subject: Subject::Candidate("candk_v2:0"), arguments };
        let spelt = |form| {
            let mut out = Vec::new();
            content.push(form, &mut out);
            String::from_utf8(out).expect("it is text")
        };
        let literal = |tag: &str, value: &str| format!(r#",{{"kind":"literal","tag":"{tag}","value":{value}}}"#);
        let wanted = [
            r#"{"pred_id":"p","terms":[{"candidate_key":"candk_v2:0","kind":"candidate_ref"}"#.to_owned(),
            literal("string", r#""a\"b""#),
            literal("int", "-7"),
            literal("time", "12"),
            literal("bool", "false"),
            literal("bytes", r#"{"__bytes_b64__":"0001ff"}"#),
            literal("uuid", r#""00112233-4455-6677-8899-aabbccddeeff""#),
            r#",{"kind":"entity_ref","value":"e"}"#.to_owned(),
        ];
        let wanted = wanted.concat();
        assert_eq!(spelt(0), format!("{wanted}{}]}}", literal("float64", r#""0x3ff8000000000000""#)));
        assert_eq!(spelt(1), format!("{wanted}{}]}}", literal("float64", "1.5")));
    }
}
