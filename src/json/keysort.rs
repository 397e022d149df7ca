//! KEYSORT_UTF8, the canonical form of event logs: members sorted by their bytes, numbers as they are written.

use std::borrow::Cow;

use super::canonical::push_string;
use super::{Kind, Value};

/// Appends a value in KEYSORT_UTF8: no white space, members sorted by the UTF-8 bytes of their names, strings with as few
/// escapes as JSON allows, and every number exactly as it was written.
pub fn push_keysorted(out: &mut Vec<u8>, value: Value<'_>) {
    match value.kind() {
        // Without an escape, a string of a checked text holds nothing that needs one.
        Kind::String if value.is_escaped() => push_string(out, &value.text().unwrap_or_default()),
        Kind::Array => {
            out.push(b'[');
            for (n, item) in value.items().enumerate() {
                out.extend_from_slice(if n > 0 { b"," } else { b"" });
                push_keysorted(out, item);
            }
            out.push(b']');
        }
        Kind::Object => push_object(out, value),
        _ => out.extend_from_slice(value.raw()),
    }
}

fn push_object(out: &mut Vec<u8>, object: Value<'_>) {
    let mut members: Vec<(Cow<'_, [u8]>, Value<'_>, Value<'_>)> = Vec::with_capacity(16);
    members.extend(object.pairs().map(|(key, value)| (key.bytes().unwrap_or_default(), key, value)));
    members.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    out.push(b'{');
    for (n, (_, key, value)) in members.into_iter().enumerate() {
        out.extend_from_slice(if n > 0 { b"," } else { b"" });
        push_keysorted(out, key);
        out.push(b':');
        push_keysorted(out, value);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    #[test]
    fn only_order_space_and_escapes_are_normalised() {
        let mut scanner = Scanner::new(8);
        let text = r#"{ "\ud83d\ude00": 1E2, "b": [1.00, 1.0, "\u00e9\/\u007f\u001f\n", true], "\uffff": {"z": null, "a": -0.0} }"#;
        let mut out = Vec::new();
        push_keysorted(&mut out, scanner.scan(text.as_bytes()).expect("this is JSON").root());
        let wanted = "{\"b\":[1.00,1.0,\"é/\u{7f}\\u001f\\n\",true],\"\u{ffff}\":{\"a\":-0.0,\"z\":null},\"😀\":1E2}";
        assert_eq!(String::from_utf8_lossy(&out), wanted);
    }
}
