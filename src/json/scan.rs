//! One pass over one JSON text: syntax, encoding, depth, duplicate keys, and whether it is in canonical form.
//!
//! The outcome is a flat table of nodes that borrows the text, reused from row to row, so memory does not grow with the
//! number of rows. The canonical form is the producer's (compact, keys sorted by code point, minimal escapes, Python's
//! spelling of floats); a text that deviates is still read, with the first deviation noted.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::canonical::python_float;
use super::value::{Document, Kind, Node, push_pointer, unescape};

/// Why a text is not the JSON that we accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Byte in the text, from 0.
    pub offset: usize,
    /// JSON pointer to where the reader stood.
    pub pointer: String,
    /// What was seen there, in a few words.
    pub seen: String,
}

/// The ways in which a text can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Not UTF-8, or a byte order mark.
    Encoding,
    /// Not RFC 8259: among others NaN, Infinity, comments, trailing text, raw control characters.
    Syntax,
    /// More brackets open than the bound.
    Depth,
    /// Two members of one object have the same name.
    DuplicateKey,
    /// An escape names half of a surrogate pair.
    Surrogate,
}

/// Where a text first leaves the canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// Byte in the text, from 0.
    pub offset: usize,
    /// JSON pointer to the value or member concerned.
    pub pointer: String,
    /// What is not canonical.
    pub what: &'static str,
}

/// A reusable reader of JSON texts.
pub struct Scanner {
    max_depth: usize,
    nodes: Vec<Node>,
    stack: Vec<Frame>,
    /// Room for the names of one object.
    keys: Vec<u32>,
}

/// Up to so many names are compared pair by pair.
const FEW_KEYS: usize = 16;

/// A container that is still open.
struct Frame {
    node: usize,
    is_object: bool,
    count: usize,
    last_key: usize,
    sorted: bool,
}

impl Scanner {
    /// A scanner that refuses more than `max_depth` open brackets.
    pub fn new(max_depth: usize) -> Self {
        Self { max_depth, nodes: Vec::new(), stack: Vec::new(), keys: Vec::new() }
    }

    /// Reads one JSON text. Texts of 4 GiB and more are refused as syntax faults; callers bound rows far below that.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn scan<'a>(&'a mut self, text: &'a [u8]) -> Result<Document<'a>, Fault> {
        self.nodes.clear();
        self.stack.clear();
        let mut pass = Pass { text, at: 0, scanner: self, deviation: None };
        let checked = pass.encoding(text)?;
        pass.run()?;
        let deviation = pass.deviation;
        Ok(Document::new(checked, &self.nodes, deviation))
    }
}

struct Pass<'a, 's> {
    text: &'a [u8],
    at: usize,
    scanner: &'s mut Scanner,
    deviation: Option<(usize, &'static str)>,
}

type Step<T = ()> = Result<T, Fault>;

impl Pass<'_, '_> {
    /// The text as UTF-8 without a byte order mark.
    fn encoding<'t>(&mut self, text: &'t [u8]) -> Step<&'t str> {
        if u32::try_from(text.len()).is_err() {
            return Err(self.fault(FaultKind::Syntax, "a text of 4 GiB or more"));
        }
        let checked = std::str::from_utf8(text).map_err(|error| {
            self.at = error.valid_up_to();
            self.fault(FaultKind::Encoding, "bytes that are not UTF-8")
        })?;
        if checked.starts_with('\u{feff}') {
            return Err(self.fault(FaultKind::Encoding, "a byte order mark"));
        }
        Ok(checked)
    }

    fn run(&mut self) -> Step {
        self.skip_space();
        self.value()?;
        while !self.scanner.stack.is_empty() {
            self.next_in_container()?;
        }
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.unexpected("the end"));
        }
        Ok(())
    }

    /// Reads what comes next in the innermost open container: a member, an item, or its end.
    fn next_in_container(&mut self) -> Step {
        self.skip_space();
        let Some(frame) = self.scanner.stack.last_mut() else { return Ok(()) };
        let (is_object, first) = (frame.is_object, frame.count == 0);
        let close = if is_object { b'}' } else { b']' };
        let byte = self.text.get(self.at).copied();
        if byte == Some(close) {
            self.at += 1;
            return self.close();
        }
        if !first {
            if byte != Some(b',') {
                return Err(self.unexpected(if is_object { "`,` or `}`" } else { "`,` or `]`" }));
            }
            self.at += 1;
            self.skip_space();
        }
        if is_object {
            self.key()?;
        }
        if let Some(frame) = self.scanner.stack.last_mut() {
            frame.count += 1;
        }
        self.value()
    }

    fn value(&mut self) -> Step {
        let start = self.at;
        match self.text.get(start) {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => self.open(Kind::Object),
            Some(b'[') => self.open(Kind::Array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Kind::True),
            Some(b'f') => self.word(b"false", Kind::False),
            Some(b'n') => self.word(b"null", Kind::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn open(&mut self, kind: Kind) -> Step {
        if self.scanner.stack.len() >= self.scanner.max_depth {
            return Err(self.fault(FaultKind::Depth, &format!("more than {} brackets open", self.scanner.max_depth)));
        }
        let node = self.push(kind, self.at, self.at);
        let is_object = kind == Kind::Object;
        self.scanner.stack.push(Frame { node, is_object, count: 0, last_key: 0, sorted: true });
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Step {
        let Some(frame) = self.scanner.stack.pop() else { return Ok(()) };
        let next = self.scanner.nodes.len() as u32;
        let node = &mut self.scanner.nodes[frame.node];
        node.end = self.at as u32;
        node.next = next;
        if !frame.sorted {
            self.find_duplicate(&frame)?;
        }
        Ok(())
    }

    fn key(&mut self) -> Step {
        if self.text.get(self.at) != Some(&b'"') {
            return Err(self.unexpected("a member name in quotes"));
        }
        let offset = self.at;
        let node = self.string()?;
        let (order, first) = match self.scanner.stack.last() {
            // Once they are out of order, all names are compared when the object closes.
            Some(frame) if frame.count > 0 && frame.sorted => (self.compare_keys(frame.last_key, node), false),
            _ => (Ordering::Less, true),
        };
        if let Some(frame) = self.scanner.stack.last_mut() {
            frame.last_key = node;
            frame.sorted &= first || order == Ordering::Less;
        }
        match order {
            Ordering::Less => {}
            Ordering::Equal => {
                self.at = offset;
                let key = self.key_text(node).into_owned();
                return Err(self.fault(FaultKind::DuplicateKey, &format!("the member name {key:?} twice")));
            }
            Ordering::Greater => self.deviate(offset, "member names are not sorted"),
        }
        self.skip_space();
        if self.text.get(self.at) != Some(&b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Looks for equal names in an object whose names did not come in order.
    fn find_duplicate(&mut self, frame: &Frame) -> Step {
        let end = self.scanner.nodes[frame.node].next as usize;
        let mut keys = std::mem::take(&mut self.scanner.keys);
        keys.clear();
        let mut index = frame.node + 1;
        while index < end {
            keys.push(index as u32);
            index = self.scanner.nodes[index + 1].next as usize;
        }
        let compare = |a: u32, b: u32| self.compare_keys(a as usize, b as usize);
        let twice = if keys.len() <= FEW_KEYS {
            (1..keys.len()).find(|n| keys[..*n].iter().any(|other| self.same_key(*other, keys[*n]))).map(|n| keys[n])
        } else {
            keys.sort_by(|a, b| compare(*a, *b).then(a.cmp(b)));
            keys.windows(2).find(|pair| compare(pair[0], pair[1]) == Ordering::Equal).map(|pair| pair[1])
        };
        self.scanner.keys = keys;
        match twice {
            None => Ok(()),
            Some(node) => {
                self.at = self.scanner.nodes[node as usize].start as usize;
                let key = self.key_text(node as usize).into_owned();
                Err(self.fault(FaultKind::DuplicateKey, &format!("the member name {key:?} twice")))
            }
        }
    }

    fn same_key(&self, a: u32, b: u32) -> bool {
        let (one, other) = (&self.scanner.nodes[a as usize], &self.scanner.nodes[b as usize]);
        if one.escaped || other.escaped {
            return self.compare_keys(a as usize, b as usize) == Ordering::Equal;
        }
        // Most names differ in length or in the first byte.
        let (one, other) = (one.start as usize..one.end as usize, other.start as usize..other.end as usize);
        one.len() == other.len()
            && self.text.get(one.start) == self.text.get(other.start)
            && self.text[one] == self.text[other]
    }

    fn compare_keys(&self, a: usize, b: usize) -> Ordering {
        let (one, other) = (&self.scanner.nodes[a], &self.scanner.nodes[b]);
        if one.escaped || other.escaped {
            return self.key_text(a).as_bytes().cmp(self.key_text(b).as_bytes());
        }
        self.text[one.start as usize..one.end as usize].cmp(&self.text[other.start as usize..other.end as usize])
    }

    fn key_text(&self, node: usize) -> Cow<'_, str> {
        let node = &self.scanner.nodes[node];
        let inner = std::str::from_utf8(&self.text[node.start as usize..node.end as usize]);
        unescape(inner.expect("the whole text was checked to be UTF-8"), node.escaped)
    }

    /// Reads a string token; the node spans what stands between the quotes.
    fn string(&mut self) -> Step<usize> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = plain_run(self.text, at);
            match self.text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at = at;
                    self.escape()?;
                    at = self.at;
                }
                Some(_) => {
                    self.at = at;
                    return Err(self.unexpected("no raw control character in a string"));
                }
                None => {
                    self.at = at;
                    return Err(self.unexpected("`\"`"));
                }
            }
        }
        self.at = at + 1;
        let node = self.push(Kind::String, start, at);
        self.scanner.nodes[node].escaped = escaped;
        Ok(node)
    }

    /// Reads one escape (or a surrogate pair of them) at a backslash.
    fn escape(&mut self) -> Step {
        let offset = self.at;
        match self.text.get(offset + 1) {
            Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'/') => {
                self.deviate(offset, "an escape that is not needed");
                self.at += 2;
            }
            Some(b'u') => {
                let unit = self.hex_unit(offset + 2)?;
                self.at = offset + 6;
                match unit {
                    0xd800..=0xdbff => {
                        let low = (self.text[self.at..].starts_with(b"\\u"))
                            .then(|| self.hex_unit(self.at + 2))
                            .transpose()?;
                        if !matches!(low, Some(0xdc00..=0xdfff)) {
                            self.at = offset;
                            return Err(self.fault(FaultKind::Surrogate, &format!("a lone surrogate \\u{unit:04x}")));
                        }
                        self.at += 6;
                    }
                    0xdc00..=0xdfff => {
                        self.at = offset;
                        return Err(self.fault(FaultKind::Surrogate, &format!("a lone surrogate \\u{unit:04x}")));
                    }
                    _ => {}
                }
                let short = matches!(unit, 0x08 | 0x09 | 0x0a | 0x0c | 0x0d);
                let upper = self.text[offset..self.at].iter().any(u8::is_ascii_uppercase);
                if unit >= 0x20 || short || upper {
                    self.deviate(offset, "an escape that is not needed or not in its short form");
                }
            }
            _ => {
                self.at = (offset + 1).min(self.text.len());
                return Err(self.unexpected("an escape"));
            }
        }
        Ok(())
    }

    fn hex_unit(&mut self, at: usize) -> Step<u32> {
        let digits = self.text.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit =
            digits.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|d| u32::from_str_radix(d, 16).ok());
        unit.ok_or_else(|| self.fault(FaultKind::Syntax, "an escape without four hex digits"))
    }

    fn number(&mut self) -> Step {
        let start = self.at;
        let mut at = start + usize::from(self.text[start] == b'-');
        match self.text.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = digits(self.text, at),
            _ => {
                self.at = at;
                return Err(self.unexpected("a digit"));
            }
        }
        let mut kind = Kind::Integer;
        if self.text.get(at) == Some(&b'.') {
            kind = Kind::Float;
            at = self.some_digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.text.get(at) {
            kind = Kind::Float;
            at += 1;
            at += usize::from(matches!(self.text.get(at), Some(b'+' | b'-')));
            at = self.some_digits(at)?;
        }
        self.at = at;
        self.push(kind, start, at);
        let token = &self.text[start..at];
        match kind {
            Kind::Integer if token == b"-0" => self.deviate(start, "minus zero as an integer"),
            Kind::Float if python_float(token).as_deref() != std::str::from_utf8(token).ok() => {
                self.deviate(start, "a number that is not in its shortest form");
            }
            _ => {}
        }
        Ok(())
    }

    fn some_digits(&mut self, at: usize) -> Step<usize> {
        let end = digits(self.text, at);
        if end == at {
            self.at = at;
            return Err(self.unexpected("a digit"));
        }
        Ok(end)
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Step {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        self.push(kind, self.at, self.at + word.len());
        self.at += word.len();
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        let index = self.scanner.nodes.len();
        // Offsets fit: `run` refuses texts of 4 GiB, and a node takes at least one byte of text.
        let node = Node { start: start as u32, end: end as u32, next: index as u32 + 1, kind, escaped: false };
        self.scanner.nodes.push(node);
        index
    }

    fn skip_space(&mut self) {
        let start = self.at;
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        if self.at > start {
            self.deviate(start, "white space between tokens");
        }
    }

    fn deviate(&mut self, offset: usize, what: &'static str) {
        if self.deviation.is_none() {
            self.deviation = Some((offset, what));
        }
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        let seen = match self.text.get(self.at) {
            None => "the end of the text".to_owned(),
            Some(_) => {
                let rest = &self.text[self.at..self.text.len().min(self.at + 24)];
                format!("{:?}", String::from_utf8_lossy(rest).chars().take(12).collect::<String>())
            }
        };
        self.fault(FaultKind::Syntax, &format!("{seen} where {wanted} should stand"))
    }

    fn fault(&self, kind: FaultKind, seen: &str) -> Fault {
        Fault { kind, offset: self.at, pointer: self.pointer(), seen: seen.to_owned() }
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for frame in &self.scanner.stack {
            match (frame.is_object, frame.count, frame.last_key) {
                (true, _, 0) | (false, 0, _) => {}
                (true, _, key) => push_pointer(&mut pointer, &self.key_text(key)),
                (false, count, _) => push_pointer(&mut pointer, &(count - 1).to_string()),
            }
        }
        pointer
    }
}

fn digits(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// The first byte from `at` on that is a quote, a backslash or a control character; eight bytes a step.
fn plain_run(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    while let Some(chunk) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes were taken"));
        let zero_bytes = |w: u64| w.wrapping_sub(ONES) & !w & HIGH;
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found =
            control | zero_bytes(word ^ (ONES * u64::from(b'"'))) | zero_bytes(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while text.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
        at += 1;
    }
    at
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
