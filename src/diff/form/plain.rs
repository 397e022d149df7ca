//! Words for people: long ids cut short, nothing that could move a cursor.

use crate::diff::tree::Tree;
use crate::finding::printable;
use crate::json::push_pointer;

/// How much of a digest or a reference is shown.
const SHOWN: usize = 8;
/// Longest value that is shown.
const MAX_VALUE: usize = 4000;

/// A text as people read it; of a very long one the beginning.
pub(in crate::diff) fn plain(text: &str) -> String {
    match (0..=MAX_VALUE * 4).rev().find(|at| text.is_char_boundary(*at)) {
        Some(end) if text.len() > MAX_VALUE * 4 => printable(&short(&text[..end]), MAX_VALUE) + "…",
        _ => printable(&short(text), MAX_VALUE),
    }
}

/// Two values as people read them; whole where they would look the same cut short.
pub(super) fn pair(before: &str, after: &str) -> (String, String) {
    let (a, b) = (plain(before), plain(after));
    if a == b { (printable(before, usize::MAX), printable(after, usize::MAX)) } else { (a, b) }
}

/// Cuts entity references and digests short: `idref_v1:Vendor:pdiksj5s…` is told as `Vendor pdiksj5s…`.
fn short(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, head)) = ["idref_v1:", "sha256:", "cand_v2:", "candk_v2:"]
        .iter()
        .filter_map(|head| Some((rest.find(head)?, *head)))
        .min()
    {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let body = &rest[head.len()..];
        let (shown, tail) = match head {
            "idref_v1:" => match body.split_once(':') {
                Some((kind, tail)) if kind.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) => {
                    (format!("{kind} "), tail)
                }
                _ => (head.to_owned(), body),
            },
            _ => (head.to_owned(), body),
        };
        let length = tail.bytes().take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()).count();
        if length >= 32 {
            out.push_str(&format!("{shown}{}…", &tail[..SHOWN]));
            rest = &tail[length..];
        } else {
            out.push_str(head);
            rest = body;
        }
    }
    out.push_str(rest);
    out
}

/// Every value of a record that holds no other, with its pointer. Lists of plain values are one value; empty objects none.
pub(in crate::diff) fn leaves(tree: &Tree) -> Vec<(String, String)> {
    let mut out = Vec::new();
    walk(tree, &mut String::new(), &mut out);
    out
}

fn walk(tree: &Tree, pointer: &mut String, out: &mut Vec<(String, String)>) {
    let is_flat =
        |items: &[Tree]| items.iter().all(|item| !matches!(item, Tree::Record(members) if !members.is_empty()));
    let mut inside = |pointer: &mut String, name: &str, tree: &Tree| {
        let length = pointer.len();
        push_pointer(pointer, name);
        walk(tree, pointer, out);
        pointer.truncate(length);
    };
    match tree {
        Tree::Record(members) if !members.is_empty() => {
            members.iter().for_each(|(name, member)| inside(pointer, name, member));
        }
        Tree::List(items) if !is_flat(items) => {
            items.iter().enumerate().for_each(|(n, item)| inside(pointer, &n.to_string(), item));
        }
        Tree::Record(_) => {}
        flat => out.push((pointer.clone(), flat.to_json())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_are_cut_short_and_nothing_else() {
        let digest = "7".repeat(64);
        let reference = "pdiksj5smkltwt5iywpud5kdwuebu66vswrmxxyohvolsq7bbonq";
        let text =
            format!("a of idref_v1:Vendor:{reference} sha256:{digest}, sha256:77 idref_v1:x idref_v1:a b:{reference}");
        assert_eq!(
            plain(&text),
            format!("a of Vendor pdiksj5s… sha256:77777777…, sha256:77 idref_v1:x idref_v1:a b:{reference}")
        );
    }

    #[test]
    fn values_that_would_look_the_same_are_shown_whole() {
        let (a, b) = (format!("sha256:{}", "7".repeat(64)), format!("sha256:{}8", "7".repeat(63)));
        assert_eq!(pair(&a, &b), (a.clone(), b));
        assert_eq!(pair("\"x\u{202e}\"", "1"), ("\"x\\u{202e}\"".into(), "1".into()));
    }
}
