//! A record as it is compared and shown: ids followed, clocks left out, numbers as written.

use crate::json::{Kind, Value, push_pointer, push_string};

/// A JSON value of its own, members sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// `null`, a boolean or a number, as written.
    Token(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Tree>),
    /// An object.
    Record(Vec<(String, Tree)>),
}

/// One place where two records differ; what is not there on a side is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// RFC 6901 pointer into the record.
    pub pointer: String,
    /// The value in a.
    pub before: Option<Tree>,
    /// The value in b.
    pub after: Option<Tree>,
}

impl Tree {
    /// The value as it stands in a file.
    pub(super) fn of(value: Value<'_>) -> Self {
        match value.kind() {
            Kind::String => Tree::Text(value.text().unwrap_or_default().into_owned()),
            Kind::Array => Tree::List(value.items().map(Tree::of).collect()),
            Kind::Object => {
                Tree::record(value.members().map(|(name, value)| (name.into_owned(), Tree::of(value))).collect())
            }
            _ => Tree::Token(String::from_utf8_lossy(value.raw()).into_owned()),
        }
    }

    /// An object of these members.
    pub(super) fn record(mut members: Vec<(String, Tree)>) -> Self {
        members.sort_unstable();
        Tree::Record(members)
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Tree> {
        let Tree::Record(members) = self else { return None };
        members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        self.push_json(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn push_json(&self, out: &mut Vec<u8>) {
        match self {
            Tree::Token(token) => out.extend_from_slice(token.as_bytes()),
            Tree::Text(text) => push_string(out, text),
            Tree::List(items) => {
                out.push(b'[');
                for (n, item) in items.iter().enumerate() {
                    out.extend_from_slice(if n > 0 { b"," } else { b"" });
                    item.push_json(out);
                }
                out.push(b']');
            }
            Tree::Record(members) => {
                out.push(b'{');
                for (n, (name, value)) in members.iter().enumerate() {
                    out.extend_from_slice(if n > 0 { b"," } else { b"" });
                    push_string(out, name);
                    out.push(b':');
                    value.push_json(out);
                }
                out.push(b'}');
            }
        }
    }

    /// Where two values differ, in the order of members and items. Arrays of different lengths differ as a whole.
    pub(super) fn fields(&self, other: &Tree) -> Vec<Field> {
        let mut fields = Vec::new();
        differences(self, other, &mut String::new(), &mut fields);
        fields
    }
}

fn differences(a: &Tree, b: &Tree, pointer: &mut String, out: &mut Vec<Field>) {
    let mut inside = |pointer: &mut String, name: &str, a: Option<&Tree>, b: Option<&Tree>| {
        let length = pointer.len();
        push_pointer(pointer, name);
        match (a, b) {
            (Some(a), Some(b)) => differences(a, b, pointer, out),
            _ => out.push(Field { pointer: pointer.clone(), before: a.cloned(), after: b.cloned() }),
        }
        pointer.truncate(length);
    };
    match (a, b) {
        _ if a == b => {}
        (Tree::Record(a), Tree::Record(b)) => {
            let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
            loop {
                let order = match (a.peek(), b.peek()) {
                    (Some((x, _)), Some((y, _))) => x.cmp(y),
                    (Some(_), None) => std::cmp::Ordering::Less,
                    (None, Some(_)) => std::cmp::Ordering::Greater,
                    (None, None) => break,
                };
                let left = if order.is_le() { a.next() } else { None };
                let right = if order.is_ge() { b.next() } else { None };
                let name = left.or(right).map_or("", |(name, _)| name);
                inside(pointer, name, left.map(|(_, value)| value), right.map(|(_, value)| value));
            }
        }
        (Tree::List(a), Tree::List(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                inside(pointer, &n.to_string(), Some(a), Some(b));
            }
        }
        _ => out.push(Field { pointer: pointer.clone(), before: Some(a.clone()), after: Some(b.clone()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    fn tree(text: &str) -> Tree {
        Tree::of(Scanner::new(16).scan(text.as_bytes()).expect("this is JSON").root())
    }

    #[test]
    fn differences_have_pointers_and_both_values() {
        let a = tree(r#"{"a":{"x/y":[1,{"z":1.0}]},"b":[1],"gone":null,"same":"s"}"#);
        let b = tree(r#"{"a":{"x/y":[1,{"z":1.5}]},"b":[1,2],"new":"n","same":"s"}"#);
        let shown = |tree: &Option<Tree>| tree.as_ref().map_or("-".into(), Tree::to_json);
        let fields: Vec<String> = a
            .fields(&b)
            .iter()
            .map(|field| format!("{} {} {}", field.pointer, shown(&field.before), shown(&field.after)))
            .collect();
        assert_eq!(fields, ["/a/x~1y/1/z 1.0 1.5", "/b [1] [1,2]", "/gone null -", "/new - \"n\""]);
        assert!(a.fields(&a).is_empty());
    }

    #[test]
    fn numbers_keep_every_digit() {
        let text = r#"{"n":[12345678901234567890123,1e-05,-0.0]}"#;
        assert_eq!(tree(text).to_json(), text);
    }
}
