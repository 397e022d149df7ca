//! Texts that repeat, each kept once and known by its number.

use hashbrown::HashTable;

use crate::digest::Fingerprint;

/// Texts by number, in the order in which they were first seen.
#[derive(Default)]
pub(crate) struct Names {
    numbers: HashTable<u32>,
    /// All texts, one behind the other.
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

/// Up to so many names are looked for one by one: where there are few, that is quicker than hashing.
const FEW: usize = 16;

impl Names {
    /// The number of a text; a new one if it was not seen before.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let next = self.ends.len() as u32;
        if self.ends.len() <= FEW
            && let Some(number) = self.texts().position(|known| known == text)
        {
            return number as u32;
        }
        let hash = |text: &str| Fingerprint::of(text.as_bytes()).low();
        let (all, ends) = (&self.text, &self.ends);
        let entry = self.numbers.entry(
            hash(text),
            |number| nth(all, ends, *number) == text,
            |number| hash(nth(all, ends, *number)),
        );
        let number = *entry.or_insert(next).get();
        if number == next {
            self.text.push_str(text);
            self.ends.push(self.text.len());
        }
        number
    }

    /// All texts, in the order of their numbers.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|number| self.text(number as u32))
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        nth(&self.text, &self.ends, number)
    }
}

fn nth<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let at = number as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before).copied()).unwrap_or_default();
    ends.get(at).and_then(|end| text.get(start..*end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number() {
        let mut names = Names::default();
        let texts: Vec<String> = (0..1000_u32).map(|n| "x".repeat(n as usize % 7) + &n.to_string()).collect();
        for _ in 0..2 {
            for (n, text) in texts.iter().enumerate() {
                assert_eq!(names.number(text), n as u32);
            }
        }
        assert!(names.texts().eq(texts.iter().map(String::as_str)));
        assert_eq!((names.text(3), names.text(1000)), ("xxx3", ""));
        assert_eq!([names.number(""), names.number("")], [1000; 2]);
    }
}
