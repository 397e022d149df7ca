//! Canonical JSON as RFC 8785 has it: the public vectors, and numbers at the edges of what a double holds.

mod support;

use std::collections::BTreeMap;
use std::fs;

use batool::json::{Scanner, canonical_bytes};
use serde_json::{Value, json};

use support::{files, shared};

fn canonical(text: &str) -> String {
    let value: Value = serde_json::from_str(text).expect("it is JSON");
    String::from_utf8(canonical_bytes(&value).expect("it can be written")).expect("it is UTF-8")
}

#[test]
fn the_vectors_come_out_byte_for_byte() {
    let Some(root) = shared("data/third-party/jcs-vectors/testdata") else { return };
    let inputs = files(&root.join("input"));
    assert!(inputs.len() >= 6);
    for input in inputs {
        let output = root.join("output").join(input.file_name().expect("it has a name"));
        let text = fs::read_to_string(&input).expect("it can be read");
        let wanted = fs::read_to_string(output).expect("it can be read");
        assert_eq!(canonical(&text), wanted.trim_end_matches('\n'), "{}", input.display());
        // What is canonical once is canonical for good.
        assert_eq!(canonical(&wanted), wanted.trim_end_matches('\n'));
        assert!(Scanner::new(64).scan(wanted.as_bytes()).is_ok());
    }
}

#[test]
fn doubles_are_spelt_as_ecmascript_spells_them() {
    // RFC 8785, appendix B: bits and spelling.
    for (bits, spelt) in [
        (0x0000000000000000, "0"),
        (0x8000000000000000, "0"),
        (0x0000000000000001, "5e-324"),
        (0x8000000000000001, "-5e-324"),
        (0x7fefffffffffffff, "1.7976931348623157e+308"),
        (0xffefffffffffffff, "-1.7976931348623157e+308"),
        (0x4340000000000000, "9007199254740992"),
        (0xc340000000000000, "-9007199254740992"),
        (0x4430000000000000, "295147905179352830000"),
        (0x44b52d02c7e14af5, "9.999999999999997e+22"),
        (0x44b52d02c7e14af6, "1e+23"),
        (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
        (0x444b1ae4d6e2ef4e, "999999999999999700000"),
        (0x444b1ae4d6e2ef4f, "999999999999999900000"),
        (0x444b1ae4d6e2ef50, "1e+21"),
        (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
        (0x3eb0c6f7a0b5ed8d, "0.000001"),
        (0x41b3de4355555553, "333333333.3333332"),
        (0x41b3de4355555554, "333333333.33333325"),
        (0x41b3de4355555555, "333333333.3333333"),
        (0x41b3de4355555556, "333333333.3333334"),
        (0x41b3de4355555557, "333333333.33333343"),
        (0xbecbf647612f3696, "-0.0000033333333333333333"),
        (0x43143ff3c1cb0959, "1424953923781206.2"),
    ] {
        let value = f64::from_bits(bits);
        assert_eq!(canonical_bytes(&value).expect("it is finite"), spelt.as_bytes(), "{bits:016x}");
        assert_eq!(canonical_bytes(&json!([value])).expect("it is finite"), format!("[{spelt}]").as_bytes());
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(canonical_bytes(&value).is_err(), "{value}");
    }
}

#[test]
fn integers_up_to_two_to_the_53_are_exact() {
    const EXACT: u64 = 1 << 53;
    for value in [0, 1, 9, 10, 4_294_967_296, EXACT - 1, EXACT] {
        assert_eq!(canonical_bytes(&value).expect("it is a number"), value.to_string().as_bytes());
        let negative = -(value as i64);
        assert_eq!(canonical_bytes(&negative).expect("it is a number"), negative.to_string().as_bytes());
    }
    // Beyond, RFC 8785 has doubles: certificates write such amounts as strings.
    assert_eq!(canonical("[-0,-0.0,1.0,1e2]"), "[0,0,1,100]");
    assert_eq!(
        canonical("[9007199254740993,18446744073709551615,-9223372036854775808]"),
        "[9007199254740992,18446744073709552000,-9223372036854776000]"
    );
}

#[test]
fn names_are_sorted_by_utf16_units_and_nothing_is_normalised() {
    // U+1F600 is D83D DE00 in UTF-16 and so stands before U+FB33, though its code point is higher.
    let text = canonical("{\"\u{fb33}\":1,\"\u{1f600}\":2,\"e\u{301}\":3,\"\u{e9}\":4,\"\":5,\"\\u0000\":6}");
    assert_eq!(text, "{\"\":5,\"\\u0000\":6,\"e\u{301}\":3,\"\u{e9}\":4,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    let map: BTreeMap<&str, u8> = [("\u{fb33}", 1), ("\u{1f600}", 2)].into();
    assert_eq!(canonical_bytes(&map).expect("it is JSON"), "{\"\u{1f600}\":2,\"\u{fb33}\":1}".as_bytes());
}

#[test]
fn strings_are_escaped_as_little_as_possible() {
    let all: String = ('\0'..='\u{a0}').chain(['\u{2028}', '\u{feff}', '\u{ffff}', '\u{10ffff}']).collect();
    let text = String::from_utf8(canonical_bytes(&all).expect("it is JSON")).expect("it is UTF-8");
    let mut wanted = Vec::new();
    batool::json::push_string(&mut wanted, &all);
    assert_eq!(text.as_bytes(), wanted, "RFC 8785 and the producer escape alike");
}
