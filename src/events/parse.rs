//! From the bytes of a line to a JSON object, or the one code that the line gets.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::fault::Fault;
use crate::json::{Document, FaultKind, Kind, Scanner, integer};

/// Longest line in bytes, without its newline.
pub(crate) const MAX_LINE: u64 = 1 << 20;
/// Most brackets open at a time.
pub(crate) const MAX_DEPTH: usize = 16;
/// Longest number in characters.
const MAX_NUMBER: usize = 64;

/// Why a line is not an object of the format: the code, and what was seen.
pub(super) type Wrong = (Fault, Cow<'static, str>);

/// Reads a line as one JSON object whose numbers can be kept.
pub(super) fn parse<'a>(scanner: &'a mut Scanner, line: &'a [u8]) -> Result<Document<'a>, Wrong> {
    match scanner.scan(line) {
        Ok(document) if document.root().kind() != Kind::Object => {
            Err((Fault::Json, format!("{} where an object should stand", document.root().kind().word()).into()))
        }
        Ok(document) => match bad_number(&document) {
            None => Ok(document),
            Some(what) => Err((Fault::Number, what.into())),
        },
        Err(fault) if fault.kind == FaultKind::Encoding => Err((Fault::Encoding, fault.seen.into())),
        Err(fault) => Err(first_in_order(line, fault.seen)),
    }
}

/// What is wrong with the first number that cannot be kept, if there is one.
pub(super) fn bad_number(document: &Document<'_>) -> Option<&'static str> {
    let mut numbers = document.has_odd_numbers().then(|| document.numbers()).into_iter().flatten();
    numbers.find_map(|(kind, token)| wrong_number(kind, token))
}

/// What is wrong with a number, if anything.
fn wrong_number(kind: Kind, token: &[u8]) -> Option<&'static str> {
    if token.len() > MAX_NUMBER {
        return Some("a number of more than 64 characters");
    }
    if kind == Kind::Integer {
        return match token {
            b"-0" => Some("minus zero"),
            _ => integer(token).is_none().then_some("an integer that 64 bits do not hold"),
        };
    }
    let text = std::str::from_utf8(token).unwrap_or_default();
    let is_finite = text.parse::<f64>().is_ok_and(f64::is_finite);
    (!is_finite).then_some("a number that no double holds")
}

/// A scanner stops at the first fault; which code a line gets depends on what else is wrong with it.
fn first_in_order(line: &[u8], seen: String) -> Wrong {
    if is_too_deep(line) {
        return (Fault::Depth, format!("more than {MAX_DEPTH} brackets open").into());
    }
    let begins = line.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    if serde_json::from_slice::<IgnoredAny>(line).is_err() || begins != Some(&b'{') {
        return (Fault::Json, seen.into());
    }
    let mut number = None;
    for token in Tokens(line) {
        match token {
            Token::Escaped(text) if has_lone_surrogate(text) => {
                return (Fault::Surrogate, "half of a surrogate pair".into());
            }
            Token::Number(token) => {
                let kind =
                    if token.iter().any(|c| matches!(c, b'.' | b'e' | b'E')) { Kind::Float } else { Kind::Integer };
                number = number.or(wrong_number(kind, token));
            }
            _ => {}
        }
    }
    match number {
        Some(what) => (Fault::Number, what.into()),
        None => (Fault::DuplicateKey, seen.into()),
    }
}

/// Counts brackets outside strings, whether the text is JSON or not.
fn is_too_deep(line: &[u8]) -> bool {
    let mut open = 0_i64;
    Tokens(line).any(|token| {
        match token {
            Token::Other(b'[' | b'{') => open += 1,
            Token::Other(b']' | b'}') => open -= 1,
            _ => {}
        }
        open > MAX_DEPTH as i64
    })
}

/// What a text is made of, for a second look at lines that are wrong somewhere.
enum Token<'a> {
    Plain,
    /// The inside of a string with a backslash in it.
    Escaped(&'a [u8]),
    Number(&'a [u8]),
    Other(u8),
}

struct Tokens<'a>(&'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.0.split_first()?;
        match first {
            b'"' => {
                let (mut at, mut escaped) = (0, false);
                while at < rest.len() && rest[at] != b'"' {
                    escaped |= rest[at] == b'\\';
                    at += if rest[at] == b'\\' { 2 } else { 1 };
                }
                let at = at.min(rest.len());
                self.0 = &rest[(at + 1).min(rest.len())..];
                Some(if escaped { Token::Escaped(&rest[..at]) } else { Token::Plain })
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |c: &u8| matches!(c, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let end = self.0.iter().position(|c| !is_part(c)).unwrap_or(self.0.len());
                let (token, rest) = self.0.split_at(end);
                self.0 = rest;
                Some(Token::Number(token))
            }
            other => {
                self.0 = rest;
                Some(Token::Other(*other))
            }
        }
    }
}

/// Looks for half a pair among the escapes of a string whose syntax is right.
fn has_lone_surrogate(text: &[u8]) -> bool {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut at = 0;
    while at < text.len() {
        match (text[at], unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            (b'\\', Some(0xd800..=0xdfff)) => return true,
            (b'\\', _) => at += 2,
            _ => at += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> Option<Fault> {
        parse(&mut Scanner::new(MAX_DEPTH), line.as_bytes()).err().map(|(fault, _)| fault)
    }

    #[test]
    fn a_line_gets_the_first_code_in_order() {
        let deep = "[".repeat(17);
        assert_eq!(code(&deep), Some(Fault::Depth));
        assert_eq!(code(&format!("x \"{deep}\"")), Some(Fault::Json));
        assert_eq!(code(&format!("{{\"a\":1,\"a\":2}} {deep}")), Some(Fault::Depth));
        assert_eq!(code(r#"{"a":1,"a":2,"b":-0,"c":"\ud800"}"#), Some(Fault::Surrogate));
        assert_eq!(code(r#"{"a":1,"\u0061":2,"b":-0}"#), Some(Fault::Number));
        assert_eq!(code(r#"{"a":1,"\u0061":2}"#), Some(Fault::DuplicateKey));
        assert_eq!(code(r#"{"a":1,"a":2,}"#), Some(Fault::Json));
        assert_eq!(code(r#"{"c":"\ud800","d":NaN}"#), Some(Fault::Json));
        assert_eq!(code(r#"["\ud800"]"#), Some(Fault::Json));
        assert_eq!(code("\u{feff}{}"), Some(Fault::Encoding));
        assert_eq!(code(""), Some(Fault::Json));
        assert_eq!(code("[]"), Some(Fault::Json));
        assert_eq!(code(r#"{"c":"\\ud800 \ud83d\ude00"}"#), None);
    }

    #[test]
    fn numbers_are_kept_or_refused_never_rounded() {
        for good in [
            "0",
            "-1",
            "9223372036854775807",
            "-9223372036854775808",
            "-0.0",
            "1E2",
            "5e-400",
            "1.7976931348623157e308",
        ] {
            assert_eq!(code(&format!("{{\"n\":[{good}]}}")), None, "{good}");
        }
        let long = format!("0.{}", "1".repeat(63));
        for bad in ["-0", "9223372036854775808", "-9223372036854775809", "1e309", "-2e308", long.as_str()] {
            assert_eq!(code(&format!("{{\"n\":[{bad}]}}")), Some(Fault::Number), "{bad}");
        }
    }
}
