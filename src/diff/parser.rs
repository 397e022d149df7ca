//! Reading one record, in whatever form it is written.

use crate::json::{Scanner, Value, canonical_value};
use crate::package::MAX_DEPTH;

/// A reader of records; what it learns of one helps with the next.
pub(super) struct Parser {
    scanner: Scanner,
    /// Reads what had to be brought into canonical form.
    second: Scanner,
}

impl Default for Parser {
    fn default() -> Self {
        Self { scanner: Scanner::new(MAX_DEPTH), second: Scanner::new(MAX_DEPTH) }
    }
}

impl Parser {
    /// Gives the record in canonical form; none if it is not JSON.
    pub(super) fn read<T>(&mut self, text: &[u8], then: impl FnOnce(Option<Value<'_>>) -> T) -> T {
        let Ok(document) = self.scanner.scan(text) else { return then(None) };
        if document.is_canonical() {
            return then(Some(document.root()));
        }
        let Some(canonical) = canonical_value(document.root(), None) else { return then(Some(document.root())) };
        then(self.second.scan(&canonical).ok().map(|document| document.root()))
    }
}
