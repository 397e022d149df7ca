//! Writing canonical forms: RFC 8785 for what we write, the producer's form for what we re-derive.

use serde::Serialize;

use super::{Kind, Value};
use crate::error::{Doing, Result};

/// RFC 8785 bytes of a value, without a newline.
///
/// # Errors
/// When the value cannot be JSON (a map with keys that are not strings, a float that is not finite).
///
/// Source: RFC 8785, <https://www.rfc-editor.org/rfc/rfc8785>.
pub fn canonical_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value).doing(|| "cannot write canonical JSON".into())
}

/// Appends a string as the producer writes it: quotes, and only `"`, `\` and U+0000–U+001F escaped.
pub fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let needs_escape = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    let mut rest = text.as_bytes();
    // Nearly all texts need none; looking at all their bytes at once is quickest.
    if !rest.iter().fold(false, |any, byte| any | needs_escape(byte)) {
        out.extend_from_slice(rest);
        out.push(b'"');
        return;
    }
    while let Some(at) = rest.iter().position(needs_escape) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            byte => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// A float token as Python's `repr` spells its value; `None` if it is not a finite float64.
///
/// Shortest digits that round-trip, `.0` on integral values, an exponent of at least two digits when the decimal
/// exponent is below -4 or at least 16.
pub fn python_float(token: &[u8]) -> Option<String> {
    let value: f64 = std::str::from_utf8(token).ok()?.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    // Of two texts that are equally short and equally near, Python takes the even one, as this crate does and `format!` does not.
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(value.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, part].concat();
    let digits = all.trim_start_matches('0');
    // The value is 0.DIGITS times ten to the power of `point`.
    let zeros = (all.len() - digits.len()) as i32;
    let point = exponent.parse::<i32>().ok()? + whole.len() as i32 - zeros;
    let digits = digits.trim_end_matches('0');
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let zeros = |count: i32| "0".repeat(count.max(0) as usize);
    Some(match (digits.split_at_checked(point.max(0) as usize), point) {
        _ if digits.is_empty() => format!("{sign}0.0"),
        (_, ..=-4 | 17..) => {
            let (first, rest) = digits.split_at(1);
            let (dot, exponent) = (if rest.is_empty() { "" } else { "." }, point - 1);
            format!("{sign}{first}{dot}{rest}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
        (_, ..=0) => format!("{sign}0.{}{digits}", zeros(-point)),
        (Some((whole, part)), _) if !part.is_empty() => format!("{sign}{whole}.{part}"),
        _ => format!("{sign}{digits}{}.0", zeros(point - digits.len() as i32)),
    })
}

/// A value as the producer would write it, without one member of the outermost object; `None` if a float is not finite.
pub fn canonical_value(value: Value<'_>, without: Option<&str>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    push_value(&mut out, value, without).then_some(out)
}

fn push_value(out: &mut Vec<u8>, value: Value<'_>, without: Option<&str>) -> bool {
    match value.kind() {
        Kind::Null | Kind::True | Kind::False => out.extend_from_slice(value.raw()),
        Kind::Integer if value.raw() == b"-0" => out.push(b'0'),
        Kind::Integer => out.extend_from_slice(value.raw()),
        Kind::Float => match python_float(value.raw()) {
            Some(float) => out.extend_from_slice(float.as_bytes()),
            None => return false,
        },
        Kind::String => push_string(out, &value.text().unwrap_or_default()),
        Kind::Array => {
            out.push(b'[');
            for (n, item) in value.items().enumerate() {
                out.extend_from_slice(if n > 0 { b"," } else { b"" });
                if !push_value(out, item, None) {
                    return false;
                }
            }
            out.push(b']');
        }
        Kind::Object => {
            out.push(b'{');
            let mut members: Vec<_> = value.members().filter(|(name, _)| Some(&**name) != without).collect();
            members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            for (n, (name, member)) in members.into_iter().enumerate() {
                out.extend_from_slice(if n > 0 { b"," } else { b"" });
                push_string(out, &name);
                out.push(b':');
                if !push_value(out, member, None) {
                    return false;
                }
            }
            out.push(b'}');
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_spelt_as_python_spells_them() {
        for text in [
            "0.0",
            "-0.0",
            "1.0",
            "0.1",
            "0.0001",
            "1e-05",
            "1.5e-07",
            "123456789012345.6",
            "1e+16",
            "1.2345e+20",
            "5e-324",
            "1.7976931348623157e+308",
            "9007199254740993.0",
        ] {
            let spelt = python_float(text.as_bytes());
            let expected = if text == "9007199254740993.0" { "9007199254740992.0" } else { text };
            assert_eq!(spelt.as_deref(), Some(expected));
        }
        assert_eq!(python_float(b"1e999"), None);
    }

    #[test]
    fn any_form_of_a_value_has_one_canonical_form() {
        let mut scanner = crate::json::Scanner::new(8);
        let text = br#"{ "b": [1e3, -0, "\u00e9\/"], "a": {"z": null, "y": true}, "gone": 1 }"#;
        let root = scanner.scan(text).expect("this is JSON").root();
        let canonical = canonical_value(root, Some("gone")).expect("all floats are finite");
        assert_eq!(String::from_utf8_lossy(&canonical), r#"{"a":{"y":true,"z":null},"b":[1000.0,0,"é/"]}"#);
    }

    #[test]
    fn strings_are_escaped_as_little_as_possible() {
        let mut out = Vec::new();
        push_string(&mut out, "a\"\\\u{8}\u{1}\u{7f}/é\u{2028}");
        assert_eq!(String::from_utf8_lossy(&out), "\"a\\\"\\\\\\b\\u0001\u{7f}/é\u{2028}\"");
    }
}
