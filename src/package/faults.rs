//! What the reader saw go wrong in bytes and shapes; rules decide what it means.

use std::collections::BTreeMap;

use crate::digest::Fingerprint;
use crate::finding::{Place, Tally, thing};
use crate::json;
use crate::ledger::shape::Misfit;
use crate::source;

/// The kinds of faults that reading notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultKind {
    Encoding,
    Json,
    Depth,
    Surrogate,
    DuplicateKey,
    NotCanonical,
    LineEnd,
    MissingField,
    UnknownField,
    Type,
    RowOrder,
    RowRepeated,
    TsvCells,
    TsvEscape,
    CellValue,
    TooLarge,
    Path,
    Collision,
    EntryKind,
    Container,
    KindUnknown,
}

/// Faults after which a row or document is not looked at any further.
pub(crate) const LOSING: [FaultKind; 10] = [
    FaultKind::TsvCells,
    FaultKind::TsvEscape,
    FaultKind::Encoding,
    FaultKind::Json,
    FaultKind::Depth,
    FaultKind::Surrogate,
    FaultKind::DuplicateKey,
    FaultKind::MissingField,
    FaultKind::TooLarge,
    FaultKind::Container,
];

impl From<json::FaultKind> for FaultKind {
    fn from(kind: json::FaultKind) -> Self {
        match kind {
            json::FaultKind::Encoding => FaultKind::Encoding,
            json::FaultKind::Syntax => FaultKind::Json,
            json::FaultKind::Depth => FaultKind::Depth,
            json::FaultKind::DuplicateKey => FaultKind::DuplicateKey,
            json::FaultKind::Surrogate => FaultKind::Surrogate,
        }
    }
}

impl From<source::FaultKind> for FaultKind {
    fn from(kind: source::FaultKind) -> Self {
        match kind {
            source::FaultKind::Path => FaultKind::Path,
            source::FaultKind::Collision => FaultKind::Collision,
            source::FaultKind::Kind => FaultKind::EntryKind,
            source::FaultKind::Limit => FaultKind::TooLarge,
            source::FaultKind::Container => FaultKind::Container,
            source::FaultKind::Unknown => FaultKind::KindUnknown,
        }
    }
}

/// How long a pointer may be: nesting and names are the package's, and so could be of any length.
const MAX_POINTER_BYTES: usize = 200;

/// Makes a pointer that is too long point to the nearest member around that can be told.
fn cut_pointer(pointer: &mut String) {
    if pointer.len() > MAX_POINTER_BYTES {
        let end = pointer.bytes().take(MAX_POINTER_BYTES + 1).rposition(|byte| byte == b'/');
        pointer.truncate(end.unwrap_or_default());
    }
}

/// Faults by kind, each with an exact count.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<FaultKind, Tally>);

impl Faults {
    /// Notes one.
    pub(crate) fn add(&mut self, kind: FaultKind, mut place: Place, text: impl FnOnce() -> String) {
        cut_pointer(&mut place.pointer);
        self.0.entry(kind).or_default().add(place, text);
    }

    /// Notes one in a row that begins with the id of an assertion.
    pub(crate) fn add_row(&mut self, kind: FaultKind, place: Place, row: &[u8], text: impl FnOnce() -> String) {
        let id = row.split(|byte| *byte == b'\t').next().unwrap_or_default();
        self.0.entry(kind).or_default().add_about(&[Fingerprint::of(id)], place, text);
    }

    /// Notes a text that is not the JSON we accept.
    pub(crate) fn add_json(&mut self, place: Place, fault: &json::Fault) {
        let byte = fault.offset + 1;
        self.add(fault.kind.into(), place.with(fault.pointer.as_str()), || {
            format!("found {} (byte {byte})", fault.seen)
        });
    }

    /// Notes a value that misses its shape.
    pub(crate) fn add_misfit(&mut self, place: Place, misfit: Misfit) {
        match misfit {
            Misfit::Missing(text) => self.add(FaultKind::MissingField, place, || text),
            Misfit::Unknown(text) => {
                // Where its neighbour is missing, it may have been that.
                let around = place.pointer.rfind('/').map_or("", |end| &place.pointer[..end]);
                let about = thing(&place.file, place.line, around);
                self.0.entry(FaultKind::UnknownField).or_default().add_about(&[about], place, || text);
            }
            Misfit::Type(text) => self.add(FaultKind::Type, place, || text),
        }
    }

    /// All of one kind.
    pub(crate) fn of(&self, kind: FaultKind) -> Option<&Tally> {
        self.0.get(&kind)
    }

    /// True if any fault of these kinds names the file.
    pub(crate) fn touch(&self, kinds: &[FaultKind], file: &str) -> bool {
        kinds
            .iter()
            .filter_map(|kind| self.of(*kind))
            .any(|tally| tally.places().any(|(place, _)| &*place.file == file))
    }
}
