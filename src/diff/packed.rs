//! Records that differ as bytes, which sort as the records do and can stand in a file.

use super::answer::Change;
use super::tree::Tree;

/// What a byte before a value says; in the order in which values sort.
const END: u8 = 0;
const TOKEN: u8 = 1;
const TEXT: u8 = 2;
const LIST: u8 = 3;
const RECORD: u8 = 4;
/// Behind a zero within a text; behind that at its end stands another zero.
const ZERO: u8 = 0xff;

/// On which sides a record stands, and which of two comes first.
const ONLY_BEFORE: u8 = 1;
const ONLY_AFTER: u8 = 2;
const BEFORE_FIRST: u8 = 3;
const AFTER_FIRST: u8 = 4;

/// What identifies a record, as bytes.
pub(super) fn pack_key(key: &[Tree]) -> Vec<u8> {
    let mut out = Vec::new();
    push_list(&mut out, key);
    out
}

/// A record as bytes.
pub(super) fn pack_record(record: &Tree) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, record);
    out
}

/// A change as bytes, of its packed parts: sorted by its key, then by its records whichever side they are of, so that the
/// order is the same for `diff a b` and `diff b a`.
pub(super) fn pack(key: &[u8], before: Option<&[u8]>, after: Option<&[u8]>) -> Vec<u8> {
    match (before, after) {
        (Some(before), Some(after)) if before <= after => [key, before, after, &[BEFORE_FIRST]].concat(),
        (Some(before), Some(after)) => [key, after, before, &[AFTER_FIRST]].concat(),
        (Some(only), None) => [key, only, &[END, ONLY_BEFORE]].concat(),
        (_, only) => [key, only.unwrap_or_default(), &[END, ONLY_AFTER]].concat(),
    }
}

/// The change again; none if these are not bytes of [`pack`].
pub(super) fn unpack(bytes: &[u8]) -> Option<Change> {
    let mut rest = Rest(bytes);
    let key = rest.list()?;
    let first = rest.tree()?;
    let second = rest.tree();
    let (before, after) = match (rest.0, second) {
        ([ONLY_BEFORE], None) => (Some(first), None),
        ([ONLY_AFTER], None) => (None, Some(first)),
        ([BEFORE_FIRST], Some(second)) => (Some(first), Some(second)),
        ([AFTER_FIRST], Some(second)) => (Some(second), Some(first)),
        _ => return None,
    };
    let fields = before.as_ref().zip(after.as_ref()).map(|(before, after)| before.fields(after)).unwrap_or_default();
    Some(Change { key, before, after, fields })
}

fn push(out: &mut Vec<u8>, tree: &Tree) {
    match tree {
        Tree::Token(token) => {
            out.push(TOKEN);
            push_text(out, token);
        }
        Tree::Text(text) => {
            out.push(TEXT);
            push_text(out, text);
        }
        Tree::List(items) => {
            out.push(LIST);
            push_list(out, items);
        }
        Tree::Record(members) => {
            out.push(RECORD);
            for (name, value) in members {
                out.push(TEXT);
                push_text(out, name);
                push(out, value);
            }
            out.push(END);
        }
    }
}

fn push_list(out: &mut Vec<u8>, items: &[Tree]) {
    items.iter().for_each(|item| push(out, item));
    out.push(END);
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    for (n, part) in text.as_bytes().split(|byte| *byte == 0).enumerate() {
        out.extend_from_slice(if n > 0 { &[0, ZERO] } else { &[] });
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&[0, 0]);
}

/// What was not read yet.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next value; none at the end of what is around it.
    fn tree(&mut self) -> Option<Tree> {
        Some(match self.byte()? {
            TOKEN => Tree::Token(self.text()?),
            TEXT => Tree::Text(self.text()?),
            LIST => Tree::List(self.list()?),
            RECORD => {
                let mut members = Vec::new();
                while self.byte()? == TEXT {
                    members.push((self.text()?, self.tree()?));
                }
                Tree::Record(members)
            }
            _ => return None,
        })
    }

    fn list(&mut self) -> Option<Vec<Tree>> {
        let mut items = Vec::new();
        while *self.0.first()? != END {
            items.push(self.tree()?);
        }
        self.byte()?;
        Some(items)
    }

    fn text(&mut self) -> Option<String> {
        let mut text = Vec::new();
        loop {
            let zero = memchr::memchr(0, self.0)?;
            text.extend_from_slice(&self.0[..zero]);
            let after = *self.0.get(zero + 1)?;
            self.0 = &self.0[zero + 2..];
            match after {
                0 => return String::from_utf8(text).ok(),
                ZERO => text.push(0),
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof!["[0-9a]{0,3}".prop_map(Tree::Token), "[\\x00-\\x02a\u{ff}]{0,3}".prop_map(Tree::Text),];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Tree::List),
                prop::collection::vec(("[\\x00-\\x01a]{0,2}", inner), 0..3).prop_map(Tree::record),
            ]
        })
    }

    fn order<'t>(key: &'t [Tree], before: Option<&'t Tree>, after: Option<&'t Tree>) -> impl Ord + 't {
        let both = || before.into_iter().chain(after);
        (key.to_vec(), both().min().cloned(), both().max().cloned())
    }

    proptest! {
        #[test]
        fn bytes_sort_as_changes_do_and_give_them_back(
            a in (prop::collection::vec(trees(), 0..3), prop::option::of(trees()), trees()),
            b in (prop::collection::vec(trees(), 0..3), prop::option::of(trees()), trees()),
        ) {
            let pack = |key: &[Tree], before: Option<&Tree>, after: Option<&Tree>| {
                let [before, after] = [before, after].map(|record| record.map(pack_record));
                pack(&pack_key(key), before.as_deref(), after.as_deref())
            };
            let packed = |(key, before, after): &(Vec<Tree>, Option<Tree>, Tree)| pack(key, before.as_ref(), Some(after));
            let orders = [&a, &b].map(|(key, before, after)| order(key, before.as_ref(), Some(after)));
            let (x, y) = (packed(&a), packed(&b));
            if orders[0] != orders[1] {
                prop_assert_eq!(orders[0].cmp(&orders[1]), x.cmp(&y));
            }
            let change = unpack(&x).expect("it was packed");
            prop_assert_eq!((&change.key, &change.before, change.after.as_ref()), (&a.0, &a.1, Some(&a.2)));
            let swapped = unpack(&pack(&a.0, Some(&a.2), a.1.as_ref())).expect("it was packed");
            prop_assert_eq!((swapped.before.as_ref(), swapped.after), (Some(&a.2), a.1.clone()));
            (0..x.len()).for_each(|end| drop(unpack(&x[..end])));
        }
    }
}
