//! What is said about the input: findings with a weight, an exact count and the first places.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::digest::Fingerprint;

/// How many places of one finding are shown; the count is always exact.
pub const MAX_PLACES: usize = 16;

/// How many are kept until it is known which of them only follow from other findings.
const MAX_KEPT: usize = 256;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth reading, decides nothing (`N_…`).
    Note,
    /// Something needed for an answer is missing or ambiguous (`U_…`).
    Gap,
    /// The input is wrong here (`R_…`).
    Violation,
}

impl Weight {
    /// The weight that a code's prefix states.
    pub fn of_code(code: &str) -> Self {
        match code.split_once('_').map(|(prefix, _)| prefix) {
            Some("N") => Weight::Note,
            Some("U") => Weight::Gap,
            _ => Weight::Violation,
        }
    }

    /// The word that certificates use.
    pub fn word(self) -> &'static str {
        match self {
            Weight::Note => "note",
            Weight::Gap => "gap",
            Weight::Violation => "violation",
        }
    }
}

/// Where something stands in a package. Ordered by file, line, pointer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path inside the package; empty for the package as a whole.
    pub file: Arc<str>,
    /// Line, from 1; 0 for a file as a whole.
    pub line: u64,
    /// RFC 6901 pointer into the row or document; empty for all of it.
    pub pointer: String,
}

impl Place {
    /// The package as a whole.
    pub fn package() -> Self {
        Self::file("")
    }

    /// A file as a whole.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self { file: path.into(), line: 0, pointer: String::new() }
    }

    /// A member of a JSON document.
    pub fn member(path: impl Into<Arc<str>>, pointer: impl Into<String>) -> Self {
        Self { file: path.into(), line: 0, pointer: pointer.into() }
    }

    /// A row of a file.
    pub fn row(path: impl Into<Arc<str>>, line: u64) -> Self {
        Self { file: path.into(), line, pointer: String::new() }
    }

    /// The same place with a pointer into it.
    #[must_use]
    pub fn with(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }
}

/// A file, a row or a member of a document, as a thing that findings may be about.
pub(crate) fn thing(file: &str, line: u64, pointer: &str) -> Fingerprint {
    Fingerprint::of_parts(&[file.as_bytes(), &line.to_be_bytes(), pointer.as_bytes()])
}

/// What may be lacking in a file, as a thing.
pub(crate) fn lost(file: &str) -> Fingerprint {
    thing(file, u64::MAX, "")
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.file, self.line) {
            ("", _) => f.write_str("the package")?,
            (file, 0) => f.write_str(file)?,
            (file, line) => write!(f, "{file}:{line}")?,
        }
        if self.pointer.is_empty() { Ok(()) } else { write!(f, " {}", self.pointer) }
    }
}

/// Everything one rule has to say: an exact count and the first places in order, whatever order they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    count: u64,
    first: BTreeMap<Place, Said>,
}

/// What is said at a place, and whether the values there belong into the sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    text: String,
    quote: Option<Quote>,
    /// What it is about, beside the place.
    pub(crate) about: Vec<Fingerprint>,
    /// How often something is said there.
    pub(crate) times: u64,
}

/// Values to be looked up once it is known which places are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quote {
    /// Where the value stands that should be there instead, if it stands anywhere.
    pub(crate) expected: Option<Place>,
}

impl Tally {
    /// Counts one more; `text` is only asked for when the place is among the first.
    pub fn add(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.add_about(&[], place, text);
    }

    /// Counts one more that is known to be about these things.
    pub(crate) fn add_about(&mut self, about: &[Fingerprint], place: Place, text: impl FnOnce() -> String) {
        self.insert(place, 1, || Said { text: text(), quote: None, about: about.to_vec(), times: 0 });
    }

    /// Counts one more, and asks for the value at the place to be quoted.
    pub(crate) fn add_quoted(
        &mut self,
        about: &[Fingerprint],
        place: Place,
        quote: Quote,
        text: impl FnOnce() -> String,
    ) {
        self.insert(place, 1, || Said { text: text(), quote: Some(quote), about: about.to_vec(), times: 0 });
    }

    fn insert(&mut self, place: Place, times: u64, said: impl FnOnce() -> Said) {
        self.count += times;
        if let Some(known) = self.first.get_mut(&place) {
            known.times += times;
            return;
        }
        if self.first.len() == MAX_KEPT {
            if self.first.last_key_value().is_some_and(|(last, _)| place > *last) {
                return;
            }
            self.first.pop_last();
        }
        self.first.insert(place, Said { times, ..said() });
    }

    /// What is kept, in the order of places, and how many more there are.
    pub(crate) fn kept(&self) -> (impl Iterator<Item = (&Place, &Said)>, u64) {
        let kept: u64 = self.first.values().map(|said| said.times).sum();
        (self.first.iter(), self.count - kept)
    }

    /// Counts again what another tally has at a place.
    pub(crate) fn repeat(&mut self, place: &Place, said: &Said) {
        self.insert(place.clone(), said.times, || said.clone());
    }

    /// Counts so many more, at places that are not kept.
    pub(crate) fn add_uncited(&mut self, more: u64) {
        self.count += more;
    }

    /// The first place, if values are still to be quoted there.
    pub(crate) fn to_quote(&self) -> Option<(&Place, &Quote)> {
        let (place, said) = self.first.first_key_value()?;
        Some((place, said.quote.as_ref()?))
    }

    /// Puts the values that were looked up behind what is said at the first place.
    pub(crate) fn quote(&mut self, values: &str) {
        if let Some(mut first) = self.first.first_entry() {
            first.get_mut().text.push_str(values);
            first.get_mut().quote = None;
        }
    }

    /// Adds all that another tally holds.
    pub fn merge(&mut self, other: &Tally) {
        let (kept, more) = other.kept();
        kept.for_each(|(place, said)| self.repeat(place, said));
        self.add_uncited(more);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first places with what is said there, in order.
    pub fn places(&self) -> impl Iterator<Item = (&Place, &str)> {
        self.first.iter().take(MAX_PLACES).map(|(place, said)| (place, said.text.as_str()))
    }
}

/// One code that was found, with all its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The code by name: `R_…`, `U_…`, `N_…`.
    pub code: String,
    /// How much it weighs.
    pub weight: Weight,
    /// Count and first places.
    pub tally: Tally,
    /// How many findings of other codes only follow from these.
    pub consequences: BTreeMap<&'static str, u64>,
}

impl Finding {
    /// A finding whose weight its code tells, and from which nothing follows.
    pub(crate) fn new(code: &str, tally: Tally) -> Self {
        Self { code: code.to_owned(), weight: Weight::of_code(code), tally, consequences: BTreeMap::new() }
    }

    /// What is said at the first place.
    pub fn text(&self) -> &str {
        self.tally.places().next().map_or("", |(_, text)| text)
    }

    /// How many findings only follow from these.
    pub fn consequences(&self) -> u64 {
        self.consequences.values().sum()
    }

    /// The same in words, by code; empty if there are none.
    pub fn aftermath(&self) -> String {
        let codes: Vec<String> = self.consequences.iter().map(|(code, count)| format!("{code} x{count}")).collect();
        match self.consequences() {
            0 => String::new(),
            1 => format!(" (and 1 consequence: {})", codes.join(", ")),
            n => format!(" (and {n} consequences: {})", codes.join(", ")),
        }
    }
}

/// Makes bytes from a package fit to be printed: control characters escaped, cut at `max` characters.
pub fn printable(text: &str, max: usize) -> String {
    let mut out = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == max {
            out.push('…');
            break;
        }
        match c {
            // Bidirectional controls and separators could reorder or break a terminal line.
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
            {
                out.extend(c.escape_default());
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_exact_and_the_first_places_are_kept_in_any_order_of_arrival() {
        let mut forth = Tally::default();
        let mut back = Tally::default();
        for line in 1..=100 {
            forth.add(Place::row("a", line), || line.to_string());
            back.add(Place::row("a", 101 - line), || (101 - line).to_string());
        }
        assert_eq!(forth, back);
        assert_eq!(forth.count(), 100);
        assert_eq!(forth.places().map(|(p, _)| p.line).collect::<Vec<_>>(), (1..=16).collect::<Vec<_>>());
    }

    #[test]
    fn merging_counts_what_was_not_kept() {
        let mut one = Tally::default();
        (0..400).for_each(|line| one.add(Place::row("b", line / 2), String::new));
        (0..400).for_each(|line| one.add(Place::row("c", line), String::new));
        let mut two = Tally::default();
        two.add(Place::row("a", 1), || "first".into());
        two.merge(&one);
        assert_eq!(two.count(), 801);
        assert_eq!(two.places().next().map(|(_, text)| text), Some("first"));
    }

    #[test]
    fn nothing_in_a_text_can_move_the_cursor_or_forge_a_line() {
        assert_eq!(printable("a\n\u{1b}[2J\u{202e}b", 40), "a\\n\\u{1b}[2J\\u{202e}b");
        assert_eq!(printable("abcdef", 3), "abc…");
    }
}
