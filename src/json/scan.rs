//! One pass over one JSON text: syntax, encoding, depth, duplicate keys, and whether it is in canonical form.
//!
//! The outcome is a flat table of nodes that borrows the text, reused from row to row, so memory does not grow with the
//! number of rows. The canonical form is the producer's (compact, keys sorted by code point, minimal escapes, Python's
//! spelling of floats); a text that deviates is still read, with the first deviation noted.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::outline::{Likely, Outline, Outlines};
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
    pub(super) nodes: Vec<Node>,
    pub(super) stack: Vec<Frame>,
    /// Room for the names of one object.
    keys: Vec<u32>,
    pub(super) outlines: Outlines,
    pub(super) has_odd_numbers: bool,
}

pub(super) const UNSORTED: &str = "member names are not sorted";
/// Up to so many names are compared pair by pair.
const FEW_KEYS: usize = 16;

/// A container that is still open.
pub(super) struct Frame {
    node: usize,
    pub(super) is_object: bool,
    pub(super) count: usize,
    pub(super) last_key: usize,
    /// Of an object, its names so far; of an array, what it stands in.
    pub(super) outline: Outline,
    /// Where no outline tells it: the names are sorted so far.
    sorted: bool,
}

impl Scanner {
    /// A scanner that refuses more than `max_depth` open brackets.
    pub fn new(max_depth: usize) -> Self {
        let (nodes, stack, keys) = (Vec::new(), Vec::new(), Vec::new());
        Self { max_depth, nodes, stack, keys, outlines: Outlines::new(), has_odd_numbers: false }
    }

    /// Reads one JSON text. Texts of 4 GiB and more are refused as syntax faults; callers bound rows far below that.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn scan<'a>(&'a mut self, text: &'a [u8]) -> Result<Document<'a>, Fault> {
        let mut pass = Pass::begin(text, self);
        let checked = pass.encoding(text)?;
        pass.value_within()?;
        pass.skip_space();
        if pass.at < text.len() {
            return Err(pass.unexpected("the end"));
        }
        let deviation = pass.deviation;
        Ok(Document::new(checked, &self.nodes, deviation, self.has_odd_numbers))
    }

    /// Reads the JSON value that a text begins with, of which the rest is only looked at for its encoding.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub(crate) fn scan_first<'a>(&'a mut self, text: &'a [u8]) -> Result<Document<'a>, Fault> {
        let mut pass = Pass::begin(text, self);
        let checked = pass.encoding(text)?;
        pass.value_within()?;
        let deviation = pass.deviation;
        Ok(Document::new(checked, &self.nodes, deviation, self.has_odd_numbers))
    }
}

pub(super) struct Pass<'a, 's> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    pub(super) scanner: &'s mut Scanner,
    deviation: Option<(usize, &'static str)>,
}

pub(super) type Step<T = ()> = Result<T, Fault>;

impl<'a, 's> Pass<'a, 's> {
    fn begin(text: &'a [u8], scanner: &'s mut Scanner) -> Self {
        scanner.nodes.clear();
        scanner.stack.clear();
        scanner.has_odd_numbers = false;
        Self { text, at: 0, scanner, deviation: None }
    }
}

impl Pass<'_, '_> {
    /// The text as UTF-8 without a byte order mark.
    fn encoding<'t>(&mut self, text: &'t [u8]) -> Step<&'t str> {
        if u32::try_from(text.len()).is_err() {
            return Err(self.fault(FaultKind::Syntax, "a text of 4 GiB or more"));
        }
        let checked = crate::lines::text(text).map_err(|error| {
            self.at = error.valid_up_to();
            self.fault(FaultKind::Encoding, "bytes that are not UTF-8")
        })?;
        if checked.starts_with('\u{feff}') {
            return Err(self.fault(FaultKind::Encoding, "a byte order mark"));
        }
        Ok(checked)
    }

    /// Reads a value and all that is in it.
    fn value_within(&mut self) -> Step {
        self.skip_space();
        self.value()?;
        while !self.scanner.stack.is_empty() {
            self.next_in_container()?;
        }
        Ok(())
    }

    /// Reads what comes next in the innermost open container: a member, an item, or its end.
    fn next_in_container(&mut self) -> Step {
        self.likely_members();
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
        let around = self.scanner.stack.last().map_or(Outline::TEXT, |frame| frame.outline);
        let is_object = kind == Kind::Object;
        let outline = if is_object { self.scanner.outlines.begin(around) } else { around };
        self.scanner.stack.push(Frame { node, is_object, count: 0, last_key: 0, outline, sorted: true });
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Step {
        let Some(frame) = self.scanner.stack.pop() else { return Ok(()) };
        let next = self.scanner.nodes.len() as u32;
        let node = &mut self.scanner.nodes[frame.node];
        node.end = self.at as u32;
        node.next = next;
        node.outline = frame.outline;
        if frame.is_object && frame.outline == Outline::UNKNOWN && !frame.sorted {
            self.find_duplicate(&frame)?;
        }
        Ok(())
    }

    /// Reads a member's name and the colon.
    fn key(&mut self) -> Step {
        let Some(frame) = self.scanner.stack.last_mut() else { return Ok(()) };
        match self.scanner.outlines.likely(frame.outline) {
            Some(Likely { token, next, rises }) if self.text[self.at..].starts_with(token) => {
                let (start, end) = (self.at + 1, self.at + token.len() - 2);
                frame.last_key = self.scanner.nodes.len();
                frame.outline = next;
                self.at += token.len();
                self.push(Kind::String, start, end);
                if !rises {
                    self.deviate(start - 1, UNSORTED);
                }
            }
            _ => self.other_key()?,
        }
        self.skip_space();
        Ok(())
    }

    /// Reads a name that is not the one that followed the last time.
    fn other_key(&mut self) -> Step {
        if self.text.get(self.at) != Some(&b'"') {
            return Err(self.unexpected("a member name in quotes"));
        }
        let offset = self.at;
        let node = self.string()?;
        let Some(frame) = self.scanner.stack.last_mut() else { return Ok(()) };
        let last = std::mem::replace(&mut frame.last_key, node);
        let before = frame.outline;
        let (first, plain) = (frame.count == 0, !self.scanner.nodes[node].escaped);
        let next = match plain {
            true => self.scanner.outlines.follow(before, &self.text[offset + 1..self.at - 1]),
            false => Outline::UNKNOWN,
        };
        frame.outline = next;
        if next != Outline::UNKNOWN {
            if !self.scanner.outlines.rises(next) {
                self.deviate(offset, UNSORTED);
            }
        } else {
            if before != Outline::UNKNOWN {
                frame.sorted = self.scanner.outlines.rises(before);
            }
            // Once they are out of order, all names are compared when the object closes.
            if frame.sorted && !first {
                let order = self.compare_keys(last, node);
                match order {
                    Ordering::Less => {}
                    Ordering::Equal => return Err(self.twice(node)),
                    Ordering::Greater => self.deviate(offset, UNSORTED),
                }
                if let Some(frame) = self.scanner.stack.last_mut() {
                    frame.sorted = order == Ordering::Less;
                }
            }
        }
        self.skip_space();
        if self.text.get(self.at) != Some(&b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(())
    }

    fn twice(&mut self, node: usize) -> Fault {
        self.at = self.scanner.nodes[node].start as usize - 1;
        let key = self.key_text(node).into_owned();
        self.fault(FaultKind::DuplicateKey, &format!("the member name {key:?} twice"))
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
            let equal = keys.windows(2).filter(|pair| compare(pair[0], pair[1]) == Ordering::Equal);
            equal.map(|pair| pair[1]).min()
        };
        self.scanner.keys = keys;
        twice.map_or(Ok(()), |node| Err(self.twice(node as usize)))
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

    fn word(&mut self, word: &[u8], kind: Kind) -> Step {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        self.push(kind, self.at, self.at + word.len());
        self.at += word.len();
        Ok(())
    }

    pub(super) fn push(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        let index = self.scanner.nodes.len();
        // Offsets fit: `encoding` refuses texts of 4 GiB, and a node takes at least one byte of text.
        let node = Node {
            start: start as u32,
            end: end as u32,
            next: index as u32 + 1,
            kind,
            escaped: false,
            outline: Outline::UNKNOWN,
        };
        self.scanner.nodes.push(node);
        index
    }

    #[inline]
    fn skip_space(&mut self) {
        let start = self.at;
        if self.text.get(start).is_some_and(|byte| *byte > b' ') {
            return;
        }
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        if self.at > start {
            self.deviate(start, "white space between tokens");
        }
    }

    pub(super) fn deviate(&mut self, offset: usize, what: &'static str) {
        if self.deviation.is_none() {
            self.deviation = Some((offset, what));
        }
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        let seen = match self.text.get(self.at) {
            None => "the end of the text".to_owned(),
            Some(_) => {
                let rest = &self.text[self.at..self.text.len().min(self.at + 24)];
                format!("{:?}", String::from_utf8_lossy(rest).chars().take(12).collect::<String>())
            }
        };
        self.fault(FaultKind::Syntax, &format!("{seen} where {wanted} should stand"))
    }

    pub(super) fn fault(&self, kind: FaultKind, seen: &str) -> Fault {
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

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
