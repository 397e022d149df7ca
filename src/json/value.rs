//! Looking into a scanned JSON text: values are cheap handles into its table of nodes.

use std::borrow::Cow;

use super::digits::integer;
use super::outline::Outline;
use super::scan::Deviation;

/// One token of a scanned text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Index of the first node after this one and all beneath it.
    pub(super) next: u32,
    pub(super) kind: Kind,
    pub(super) escaped: bool,
    /// Of an object, the names of its members.
    pub(super) outline: Outline,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are JSON's own")]
pub enum Kind {
    Null,
    True,
    False,
    /// A number without fraction and exponent, of any size.
    Integer,
    /// A number with a fraction or an exponent, kept as written.
    Float,
    String,
    Array,
    Object,
}

impl Kind {
    /// The kind in words, for messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::True | Kind::False => "a boolean",
            Kind::Integer => "an integer",
            Kind::Float => "a float",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}

/// A scanned JSON text.
pub struct Document<'a> {
    text: &'a str,
    nodes: &'a [Node],
    /// Byte and reason.
    deviation: Option<(usize, &'static str)>,
    has_odd_numbers: bool,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        text: &'a str,
        nodes: &'a [Node],
        deviation: Option<(usize, &'static str)>,
        has_odd_numbers: bool,
    ) -> Self {
        Self { text, nodes, deviation, has_odd_numbers }
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'a> {
        Value { text: self.text, nodes: self.nodes, index: 0 }
    }

    /// False if every number is an integer that 64 bits hold, and none is minus zero.
    pub(crate) fn has_odd_numbers(&self) -> bool {
        self.has_odd_numbers
    }

    /// Every number of the text as written, in the order written.
    pub fn numbers(&self) -> impl Iterator<Item = (Kind, &'a [u8])> {
        let text = self.text.as_bytes();
        let numbers = self.nodes.iter().filter(|node| matches!(node.kind, Kind::Integer | Kind::Float));
        numbers.map(move |node| (node.kind, &text[node.start as usize..node.end as usize]))
    }

    /// True if the text is in canonical form.
    pub fn is_canonical(&self) -> bool {
        self.deviation.is_none()
    }

    /// Where the text first leaves the canonical form, if it does.
    pub fn deviation(&self) -> Option<Deviation> {
        let (offset, what) = self.deviation?;
        Some(Deviation { offset, pointer: self.root().pointer_to(offset), what })
    }
}

/// One value of a scanned text.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    text: &'a str,
    nodes: &'a [Node],
    index: usize,
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node {
        &self.nodes[self.index]
    }

    /// Its number among the values and names of the text; the outermost value has 0.
    pub(crate) fn number(self) -> u32 {
        self.index as u32
    }

    /// The value of the same text that has this number.
    pub(crate) fn numbered(self, number: u32) -> Value<'a> {
        Value { index: number as usize, ..self }
    }

    /// What the value is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// The names of an object's members, for what is to be asked but once of all objects that look alike.
    pub(crate) fn outline(self) -> Outline {
        self.node().outline
    }

    /// First byte and the byte behind the last, quotes and brackets included.
    fn span(self) -> (usize, usize) {
        let node = self.node();
        let quote = usize::from(node.kind == Kind::String);
        (node.start as usize - quote, node.end as usize + quote)
    }

    /// The pointer to the innermost member or item that a byte belongs to.
    fn pointer_to(self, offset: usize) -> String {
        let mut pointer = String::new();
        let mut value = self;
        'inside: loop {
            for (key, member) in value.pairs() {
                if (key.span().0..member.span().1).contains(&offset) {
                    push_pointer(&mut pointer, &key.text().unwrap_or_default());
                    if offset < member.span().0 {
                        return pointer;
                    }
                    value = member;
                    continue 'inside;
                }
            }
            for (n, item) in value.items().enumerate() {
                if (item.span().0..item.span().1).contains(&offset) {
                    push_pointer(&mut pointer, &n.to_string());
                    value = item;
                    continue 'inside;
                }
            }
            return pointer;
        }
    }

    /// The bytes of the value as written, quotes and brackets included.
    pub fn raw(self) -> &'a [u8] {
        let (start, end) = self.span();
        &self.text.as_bytes()[start..end]
    }

    /// The byte of the text at which the value begins, quote or bracket included.
    pub fn offset(self) -> usize {
        self.span().0
    }

    /// True for a string that is written with an escape.
    pub fn is_escaped(self) -> bool {
        self.node().escaped
    }

    /// The bytes between the quotes of a string, as written.
    pub fn raw_inner(self) -> Option<&'a [u8]> {
        let node = self.node();
        (node.kind == Kind::String).then(|| &self.text.as_bytes()[node.start as usize..node.end as usize])
    }

    fn inner_text(self) -> Option<&'a str> {
        let node = self.node();
        (node.kind == Kind::String).then(|| &self.text[node.start as usize..node.end as usize])
    }

    /// The text of a string, escapes resolved.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let node = self.node();
        self.inner_text().map(|inner| unescape(inner, node.escaped))
    }

    /// The UTF-8 bytes of a string, escapes resolved; quicker than [`Value::text`] where only bytes are compared.
    #[inline]
    pub fn bytes(self) -> Option<Cow<'a, [u8]>> {
        if self.node().escaped { self.unescaped_bytes() } else { self.raw_inner().map(Cow::Borrowed) }
    }

    #[cold]
    fn unescaped_bytes(self) -> Option<Cow<'a, [u8]>> {
        self.text().map(|text| Cow::Owned(text.into_owned().into_bytes()))
    }

    /// True for a string with exactly this text.
    pub fn is_text(self, text: &str) -> bool {
        self.kind() == Kind::String && self.is_name(text.as_bytes())
    }

    /// An integer, if it fits.
    #[inline]
    pub fn integer(self) -> Option<i64> {
        (self.kind() == Kind::Integer).then(|| integer(self.raw())).flatten()
    }

    /// Of a member's value, the whole member as it stands in the text, if it has neither escapes nor white space and
    /// nothing within: then it stands there as it does in any canonical form.
    pub(crate) fn plain_member(self) -> Option<&'a [u8]> {
        let (key, value) = (self.nodes.get(self.index.checked_sub(1)?)?, self.node());
        let quote = u32::from(value.kind == Kind::String);
        let is_plain = key.end + 2 == value.start - quote
            && !key.escaped
            && !value.escaped
            && !matches!(value.kind, Kind::Array | Kind::Object);
        is_plain.then(|| &self.text.as_bytes()[key.start as usize - 1..(value.end + quote) as usize])
    }

    /// True for an integer or a float.
    pub fn is_number(self) -> bool {
        matches!(self.kind(), Kind::Integer | Kind::Float)
    }

    /// True for `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The members of an object in the order written; nothing for other values.
    pub fn members(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        self.pairs().map(|(key, value)| (key.text().unwrap_or_default(), value))
    }

    /// The members of an object, names as string values.
    pub fn pairs(self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let is_object = self.kind() == Kind::Object;
        let end = if is_object { self.node().next as usize } else { 0 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            (index < end).then(|| {
                let (key, value) = (Value { index, ..self }, Value { index: index + 1, ..self });
                index = value.node().next as usize;
                (key, value)
            })
        })
    }

    /// The items of an array; nothing for other values.
    pub fn items(self) -> impl Iterator<Item = Value<'a>> {
        let end = if self.kind() == Kind::Array { self.node().next as usize } else { 0 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            (index < end).then(|| {
                let item = Value { index, ..self };
                index = item.node().next as usize;
                item
            })
        })
    }

    /// The values of an object of exactly `N` members, in the order written.
    pub(crate) fn values<const N: usize>(self) -> Option<[Value<'a>; N]> {
        let mut values = [self; N];
        let mut pairs = self.pairs();
        for value in &mut values {
            (_, *value) = pairs.next()?;
        }
        pairs.next().is_none().then_some(values)
    }

    /// The values of some members of an object; where names and members are sorted, found in one walk.
    pub(crate) fn gather<const N: usize>(self, names: &[&str; N]) -> [Option<Value<'a>>; N] {
        let mut ahead = self.pairs();
        names.map(|name| {
            let found = ahead.find(|(key, _)| key.is_name(name.as_bytes())).map(|(_, value)| value);
            found.or_else(|| self.get(name))
        })
    }

    /// A member of an object by name.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        let wanted = name.as_bytes();
        self.pairs().find(|(key, _)| key.is_name(wanted)).map(|(_, value)| value)
    }

    /// True for a string of these bytes. Most names differ in length or in the first byte.
    #[inline]
    fn is_name(self, wanted: &[u8]) -> bool {
        let node = self.node();
        if node.escaped {
            return self.bytes().is_some_and(|name| *name == *wanted);
        }
        let name = &self.text.as_bytes()[node.start as usize..node.end as usize];
        name.len() == wanted.len() && name.first() == wanted.first() && name == wanted
    }

    /// The text of a member that is a string.
    pub fn get_text(self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(Value::text)
    }

    /// The value that an RFC 6901 pointer names.
    pub fn at(self, pointer: &str) -> Option<Value<'a>> {
        pointer.split('/').skip(1).try_fold(self, |value, part| {
            let name = part.replace("~1", "/").replace("~0", "~");
            match value.kind() {
                Kind::Object => value.get(&name),
                Kind::Array => value.items().nth(name.parse().ok()?),
                _ => None,
            }
        })
    }
}

/// Adds one step to an RFC 6901 JSON pointer.
pub fn push_pointer(pointer: &mut String, name: &str) {
    pointer.push('/');
    for c in name.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// The text of a string token whose syntax was checked.
pub(super) fn unescape(text: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut high: Option<u32> = None;
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let unit = chars.by_ref().take(4).fold(0, |sum, digit| sum * 16 + digit.to_digit(16).unwrap_or(0));
                match (high.take(), unit) {
                    (Some(high), low) => {
                        let point = 0x10000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                        out.extend(char::from_u32(point));
                    }
                    (None, 0xd800..=0xdbff) => high = Some(unit),
                    (None, unit) => out.extend(char::from_u32(unit)),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::super::Scanner;

    #[test]
    fn members_are_plain_if_they_need_not_be_written_anew() {
        let mut scanner = Scanner::new(8);
        let text = br#"{"a":"x","b": 1,"c" :1,"d":[],"e":"\n","\u0066":1,"g":null}"#;
        let doc = scanner.scan(text).expect("this is JSON");
        let plain: Vec<_> = doc.root().pairs().map(|(_, value)| value.plain_member()).collect();
        assert_eq!(plain, [Some(&br#""a":"x""#[..]), None, None, None, None, None, Some(&br#""g":null"#[..])]);
    }

    #[test]
    fn values_are_found_by_name_and_pointer() {
        let mut scanner = Scanner::new(8);
        let text = br#"{"a":{"x":[1,"t\u00e9\ud83d\ude00\n"]},"b/c":null,"n":12345678901234567890}"#;
        let doc = scanner.scan(text).expect("this is JSON");
        let root = doc.root();
        assert_eq!(root.at("/a/x/1").and_then(|v| v.text()).as_deref(), Some("té😀\n"));
        assert!(root.at("/b~1c").is_some_and(|v| v.is_null()));
        assert_eq!(root.get("n").map(|v| v.raw()), Some(&b"12345678901234567890"[..]));
        assert_eq!(root.get("n").and_then(|v| v.integer()), None);
        assert_eq!(root.members().count(), 3);
        assert_eq!(root.at("/a/x/0").and_then(|v| v.integer()), Some(1));
        assert!(root.at("/a/y").is_none());
    }
}
