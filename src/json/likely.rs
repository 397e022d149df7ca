//! Members as they were in the object before: the name is recognised by one comparison, the value is a plain one.

use super::digits::{digits_end, is_odd};
use super::outline::{Likely, Outline};
use super::scan::{Pass, Scanner, UNSORTED};
use super::token::plain_run;
use super::value::{Kind, Node};

impl Pass<'_, '_> {
    /// Reads members of the innermost object as long as each name is the one that followed the last time and each value
    /// is an integer, a word or a string without escapes. Where that ends, and whatever is wrong there, is not looked at.
    pub(super) fn likely_members(&mut self) {
        let text = self.text;
        let Scanner { nodes, stack, outlines, has_odd_numbers, .. } = &mut *self.scanner;
        let Some(frame) = stack.last_mut().filter(|frame| frame.is_object) else { return };
        let mut unsorted = None;
        loop {
            let name = match text.get(self.at) {
                Some(b',') if frame.count > 0 => self.at + 1,
                Some(b'"') if frame.count == 0 => self.at,
                _ => break,
            };
            let Some(Likely { token, next, rises }) = outlines.likely(frame.outline) else { break };
            if !begins_with(&text[name..], token) {
                break;
            }
            let begin = name + token.len();
            let Some(value) = plain_value(text, begin) else { break };
            *has_odd_numbers |= value.kind == Kind::Integer && is_odd(&text[value.start..value.end]);
            let key = nodes.len();
            let name_only = Plain { kind: Kind::String, start: name + 1, end: begin - 2, after: begin };
            nodes.push(name_only.node(key));
            nodes.push(value.node(key + 1));
            if !rises && unsorted.is_none() {
                unsorted = Some(name);
            }
            (frame.last_key, frame.outline) = (key, next);
            frame.count += 1;
            self.at = value.after;
        }
        if let Some(name) = unsorted {
            self.deviate(name, UNSORTED);
        }
    }
}

/// As `starts_with`, and quicker for the length that names have.
#[inline]
fn begins_with(text: &[u8], token: &[u8]) -> bool {
    let (Some(begin), Some(token_begin)) = (text.first_chunk::<8>(), token.first_chunk::<8>()) else {
        return text.starts_with(token);
    };
    if begin != token_begin || text.len() < token.len() {
        return false;
    }
    if token.len() > 16 {
        return text.starts_with(token);
    }
    // The last eight bytes overlap the first ones.
    text[..token.len()].last_chunk::<8>() == token.last_chunk()
}

/// A value that is one token and stands as it would in the canonical form.
struct Plain {
    kind: Kind,
    start: usize,
    end: usize,
    /// The first byte behind it.
    after: usize,
}

impl Plain {
    fn node(&self, index: usize) -> Node {
        Node {
            start: self.start as u32,
            end: self.end as u32,
            next: index as u32 + 1,
            kind: self.kind,
            escaped: false,
            outline: Outline::UNKNOWN,
        }
    }
}

#[inline]
fn plain_value(text: &[u8], begin: usize) -> Option<Plain> {
    match text.get(begin)? {
        b'"' => {
            let end = plain_run(text, begin + 1);
            (text.get(end) == Some(&b'"')).then_some(Plain {
                kind: Kind::String,
                start: begin + 1,
                end,
                after: end + 1,
            })
        }
        b'0'..=b'9' => {
            let end = digits_end(text, begin + 1);
            // A zero in front, a fraction or an exponent: not here.
            let is_plain =
                (text[begin] != b'0' || end == begin + 1) && !matches!(text.get(end), Some(b'.' | b'e' | b'E'));
            is_plain.then_some(Plain { kind: Kind::Integer, start: begin, end, after: end })
        }
        b't' | b'f' | b'n' => {
            let words = [(&b"true"[..], Kind::True), (b"false", Kind::False), (b"null", Kind::Null)];
            let (word, kind) = words.into_iter().find(|(word, _)| text[begin..].starts_with(word))?;
            let end = begin + word.len();
            Some(Plain { kind, start: begin, end, after: end })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::begins_with;

    #[test]
    fn beginnings_are_told_at_every_length() {
        let token: Vec<u8> = (b'a'..=b'z').collect();
        for length in 0..=token.len() {
            let token = &token[..length];
            assert!(begins_with(&[token, b"!"].concat(), token) && begins_with(token, token));
            for at in 0..length {
                let mut other = token.to_vec();
                other[at] = b'!';
                assert!(!begins_with(&other, token) && !begins_with(&token[..at], token), "{length} {at}");
            }
        }
    }
}
