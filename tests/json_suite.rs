//! The public JSON parsing test suite, and what strict means beyond it.

mod support;

use std::fs;
use std::path::Path;

use batool::json::{FaultKind, Kind, Scanner, Value};

use support::{files, shared};

/// The bound under which packages are read.
const MAX_DEPTH: usize = 512;

fn fault(text: &[u8]) -> Option<FaultKind> {
    Scanner::new(MAX_DEPTH).scan(text).err().map(|fault| fault.kind)
}

/// The files of the suite whose names begin with a letter, by name.
fn suite(letter: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let root = shared("data/third-party/json-test-suite/test_parsing")?;
    let name = |path: &Path| path.file_name().expect("it has a name").to_string_lossy().into_owned();
    let files = files(&root).into_iter().map(|path| (name(&path), fs::read(path).expect("it can be read")));
    Some(files.filter(|(name, _)| name.starts_with(letter)).collect())
}

#[test]
fn what_is_not_json_is_refused() {
    let Some(suite) = suite("n_") else { return };
    assert!(suite.len() > 180);
    let taken: Vec<_> = suite.iter().filter(|(_, text)| fault(text).is_none()).map(|(name, _)| name).collect();
    assert_eq!(taken, [""; 0]);
    // The suite's deep ones are unbalanced as well; we stop at the bound.
    for (name, text) in &suite {
        assert_eq!(fault(text) == Some(FaultKind::Depth), text.len() >= 100_000, "{name}");
    }
}

#[test]
fn what_is_json_is_taken_but_for_repeated_names() {
    let Some(suite) = suite("y_") else { return };
    assert!(suite.len() > 90);
    for (name, text) in suite {
        let wanted = name.starts_with("y_object_duplicated_key").then_some(FaultKind::DuplicateKey);
        assert_eq!(fault(&text), wanted, "{name}");
    }
}

#[test]
fn what_may_be_answered_either_way_is_answered_as_the_document_says() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).expect("it is there");
    let told: Vec<_> = document.lines().filter(|line| line.starts_with("| `i_")).map(str::to_owned).collect();

    let Some(suite) = suite("i_") else { return };
    let answers = suite.iter().map(|(name, text)| {
        let answer = fault(text).map_or("taken".to_owned(), |kind| format!("refused: {kind:?}"));
        format!("| `{}` | {answer} |", name.trim_end_matches(".json"))
    });
    let answers: Vec<_> = answers.collect();
    assert!(told == answers, "docs/json.md should say:\n{}", answers.join("\n"));
}

#[test]
fn texts_of_equal_meaning_give_equal_values() {
    let plain = br#"{"a":["\u00e9\ud83d\ude00\/\n",1,true,null],"b/~":{"":""}}"#;
    let spaced =
        " {\r\n\t\"b\\u002f~\" : { \"\" : \"\" } , \"\\u0061\" : [ \"\\u00E9😀\\u002F\\u000a\" , 1 , true , null ] } ";
    let (mut one, mut other) = (Scanner::new(8), Scanner::new(8));
    let one = one.scan(plain).expect("it is JSON").root();
    let other = other.scan(spaced.as_bytes()).expect("it is JSON").root();
    for pointer in ["/a/0", "/a/1", "/a/2", "/a/3", "/b~1~0/"] {
        let (one, other) = (one.at(pointer), other.at(pointer));
        let seen =
            |value: Option<Value<'_>>| value.map(|value| (value.kind(), value.text().map(|text| text.into_owned())));
        assert!(one.is_some(), "{pointer}");
        assert_eq!(seen(one), seen(other), "{pointer}");
    }
    assert_eq!(one.get_text("b/~"), None);
    assert!(other.get("a").is_some_and(|list| list.items().count() == 4));
}

#[test]
fn names_are_compared_by_meaning_wherever_they_stand() {
    for text in [
        r#"{"a":0,"\u0061":0}"#,
        r#"{"\u00e9":0,"x":1,"é":2}"#,
        r#"{"b":{"b":0},"a":0,"b":1}"#,
        r#"[{"x":[{"":0,"":1}]}]"#,
        r#"{"\ud83d\ude00":0,"😀":0}"#,
    ] {
        assert_eq!(fault(text.as_bytes()), Some(FaultKind::DuplicateKey), "{text}");
    }
    // Equal to the eye, or under a normalisation, or in another object, is not the same name.
    for text in ["{\"\u{e9}\":0,\"e\u{301}\":1}", r#"{"a":{"a":0},"b":{"a":0}}"#, "{\"a\":0,\"A\":1,\"\u{430}\":2}"] {
        assert_eq!(fault(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn brackets_are_counted_and_never_overflow_the_stack() {
    const MANY: usize = 100_000;
    let nested =
        |open: &str, inner: &str, close: &str, n: usize| [open.repeat(n), inner.into(), close.repeat(n)].concat();
    for (text, depth) in [
        (nested("[", "", "]", MAX_DEPTH), None),
        (nested("[", "", "]", MAX_DEPTH + 1), Some(FaultKind::Depth)),
        (nested("{\"a\":", "0", "}", MAX_DEPTH), None),
        (nested("{\"a\":", "0", "}", MAX_DEPTH + 1), Some(FaultKind::Depth)),
        ("[".repeat(MANY), Some(FaultKind::Depth)),
        ("[{\"\":".repeat(MANY), Some(FaultKind::Depth)),
        (nested("[", "", "]", MANY), Some(FaultKind::Depth)),
    ] {
        assert_eq!(fault(text.as_bytes()), depth, "{} bytes", text.len());
    }
    // Without a bound in the way, too: depth costs memory, not stack.
    let mut scanner = Scanner::new(usize::MAX);
    let text = nested("[", "1", "]", MANY);
    let mut value = scanner.scan(text.as_bytes()).expect("it is JSON").root();
    let mut depth = 0;
    while value.kind() == Kind::Array {
        value = value.items().next().expect("each holds one");
        depth += 1;
    }
    assert_eq!((depth, value.integer()), (MANY, Some(1)));
    let fault = Scanner::new(usize::MAX).scan("{\"b\":{\"a\":[".repeat(MANY).as_bytes()).err().expect("it breaks off");
    assert_eq!(fault.kind, FaultKind::Syntax);
    assert_eq!(fault.pointer.len(), MANY * "/b/a/0".len());
}

#[test]
fn one_scanner_reads_text_after_text() {
    let mut scanner = Scanner::new(4);
    for (text, taken) in [("[[[[1]]]]", true), ("[[[[[", false), ("{\"a\":", false), ("[]", true), ("\"x\"", true)] {
        assert_eq!(scanner.scan(text.as_bytes()).is_ok(), taken, "{text}");
    }
}
