//! `claim_arg.facts`: the arguments of claims, and the tuple digest over them.

use super::claims::CLAIMS;
use super::{FactFault, Facts, Group};
use crate::digest::{Digest, Fingerprint};
use crate::finding::{Place, printable};

const ARGUMENTS: &str = "facts/claim_arg.facts";

pub(super) fn row(facts: &mut Facts, line: u64, cells: [&str; 4]) {
    facts.collect(line, cells, close);
}

pub(super) fn end(facts: &mut Facts) {
    facts.end_group(close);
    let empty = Some(Fingerprint::from(tuple_digest(&[])));
    for at in 0..facts.claims.len() {
        if !facts.claims[at].has_arguments && facts.stated[at] != empty {
            let place = Place::row(CLAIMS, u64::from(facts.claims[at].line));
            facts.fault(FactFault::TupleDigest, place, || "states a digest of arguments, and has none".into());
        }
    }
    facts.stated = Vec::new();
}

/// All arguments of one assertion: index, value, tag.
fn close(facts: &mut Facts, group: &Group) {
    let place = || Place::row(ARGUMENTS, group.line);
    let Some(at) = group.claim else {
        return facts
            .fault(FactFault::Arguments, place(), || format!("{} is no claim", printable(&group.assertion, 60)));
    };
    facts.claims[at].has_arguments = true;
    let mut arguments: Vec<(usize, &str, &str)> =
        group.rows().map(|[index, value, tag]| (index.parse().unwrap_or(usize::MAX), value, tag)).collect();
    arguments.sort_unstable();
    if arguments.iter().enumerate().any(|(n, (index, ..))| n != *index) {
        let seen: Vec<String> = arguments.iter().map(|(index, ..)| index.to_string()).collect();
        return facts.fault(FactFault::Arguments, place(), || {
            format!(
                "the arguments of {} are numbered {}, not from 0 on",
                printable(&group.assertion, 60),
                printable(&seen.join(", "), 60)
            )
        });
    }
    let mut terms = Vec::with_capacity(arguments.len());
    for (_, value, tag) in arguments {
        match payload(tag, value) {
            Some(bytes) => terms.push((tag, bytes)),
            None => {
                return facts.fault(FactFault::ArgumentValue, place(), || {
                    format!("{:?} is no {tag} of {}", printable(value, 60), printable(&group.assertion, 60))
                });
            }
        }
    }
    let digest = tuple_digest(&terms);
    if Some(Fingerprint::from(digest)) != facts.stated[at] {
        let token = digest.token();
        let place = Place::row(CLAIMS, u64::from(facts.claims[at].line));
        facts
            .fault(FactFault::TupleDigest, place, || format!("states another digest than its arguments have, {token}"));
    }
}

/// `tup_v1` of terms: tag and payload.
pub(crate) fn tuple_digest(terms: &[(&str, Vec<u8>)]) -> Digest {
    let mut bytes = b"factpy\0tup_v1\0".to_vec();
    bytes.extend_from_slice(&(terms.len() as u32).to_be_bytes());
    for (tag, payload) in terms {
        bytes.push(tag_byte(tag));
        bytes.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        bytes.extend_from_slice(payload);
    }
    Digest::of(&bytes)
}

fn tag_byte(tag: &str) -> u8 {
    match tag {
        "string" => 1,
        "int" => 2,
        "float64" => 3,
        "bool" => 4,
        "bytes" => 5,
        "time" => 6,
        "uuid" => 7,
        _ => 8,
    }
}

/// The bytes that a value of a tag stands for; none if the text is not one the producer writes.
pub(crate) fn payload(tag: &str, value: &str) -> Option<Vec<u8>> {
    match tag {
        "string" | "entity_ref" => Some(value.as_bytes().to_vec()),
        "int" => is_integer(value).then(|| value.as_bytes().to_vec()),
        "time" => {
            is_integer(value).then(|| value.parse::<i64>().ok()).flatten().map(|time| time.to_be_bytes().to_vec())
        }
        "float64" => value.strip_prefix("0x").filter(|digits| digits.len() == 16).and_then(hex),
        "bool" => match value {
            "true" => Some(vec![1]),
            "false" => Some(vec![0]),
            _ => None,
        },
        "bytes" => base64url(value),
        "uuid" => {
            let groups: Vec<usize> = value.split('-').map(str::len).collect();
            (groups == [8, 4, 4, 4, 12]).then(|| hex(&value.replace('-', ""))).flatten()
        }
        _ => None,
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()) && (text == "0" || !digits.starts_with('0'))
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c)) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

/// Base64 with the URL alphabet, without padding; bits left over must be zero.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (held < 6 && bits == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_tags() {
        assert_eq!(payload("bytes", "AAEC_w"), Some(vec![0, 1, 2, 255]));
        assert_eq!(payload("bytes", "AAEC_x"), None);
        assert_eq!(payload("float64", "0x3ff0000000000000"), Some(1.0_f64.to_be_bytes().to_vec()));
        assert_eq!(payload("time", "-1"), Some(vec![255; 8]));
        assert_eq!(payload("int", "007"), None);
        assert_eq!(payload("uuid", "00000000-0000-0000-0000-00000000000f").map(|bytes| bytes[15]), Some(15));
        assert_eq!(payload("uuid", "0000000000000000000000000000000f"), None);
    }
}
