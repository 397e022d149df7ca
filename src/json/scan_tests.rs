//! Faults and deviations, with their places.

use super::*;

fn fault(text: &str) -> FaultKind {
    Scanner::new(8).scan(text.as_bytes()).map(drop).expect_err(text).kind
}

fn deviation(text: &str) -> Option<&'static str> {
    Scanner::new(8).scan(text.as_bytes()).expect(text).deviation().map(|d| d.what)
}

#[test]
fn faults_have_their_kind() {
    assert_eq!(fault(r#"{"a":1,"a":2}"#), FaultKind::DuplicateKey);
    assert_eq!(fault(r#"{"b":1,"a":2,"\u0062":3}"#), FaultKind::DuplicateKey);
    assert_eq!(fault(r#"{"x":[{"b":1,"a":2,"b":3}]}"#), FaultKind::DuplicateKey);
    assert_eq!(fault("[NaN]"), FaultKind::Syntax);
    assert_eq!(fault("[1,]"), FaultKind::Syntax);
    assert_eq!(fault("[01]"), FaultKind::Syntax);
    assert_eq!(fault("[\"\u{1}\"]"), FaultKind::Syntax);
    assert_eq!(fault("{} x"), FaultKind::Syntax);
    assert_eq!(fault(r#"["\ud800"]"#), FaultKind::Surrogate);
    assert_eq!(fault(r#"["\udc00\ud800"]"#), FaultKind::Surrogate);
    assert_eq!(fault("[[[[[[[[[1]]]]]]]]]"), FaultKind::Depth);
    assert_eq!(fault("\u{feff}{}"), FaultKind::Encoding);
}

#[test]
fn a_fault_tells_its_pointer() {
    let fault = Scanner::new(8).scan(br#"{"a":[1,{"b/c":x}]}"#).err().expect("x is no value");
    assert_eq!((fault.pointer.as_str(), fault.offset), ("/a/1/b~1c", 15));
}

#[test]
fn canonical_texts_do_not_deviate() {
    for text in [r#"{"a":[1,-2,1e-05,0.5,1e+16,-0.0],"b":"\n\u001f\"é/"}"#, "[]", "\"\u{7f}\u{2028}\"", r#"{"":0}"#] {
        assert_eq!(deviation(text), None, "{text}");
    }
}

#[test]
fn the_first_deviation_is_told() {
    assert_eq!(deviation("[1, 2]"), Some("white space between tokens"));
    assert_eq!(deviation(r#"{"b":1,"a":2}"#), Some("member names are not sorted"));
    assert_eq!(deviation(r#"["\/"]"#), Some("an escape that is not needed"));
    assert_eq!(deviation(r#"["\u001F"]"#), Some("an escape that is not needed or not in its short form"));
    assert_eq!(deviation(r#"["\ud83d\ude00"]"#), Some("an escape that is not needed or not in its short form"));
    assert_eq!(deviation("[1.50]"), Some("a number that is not in its shortest form"));
    assert_eq!(deviation("[-0]"), Some("minus zero as an integer"));
}
