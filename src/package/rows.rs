//! The rows of one ledger as they stream past: syntax, shape, order, and what is kept of them.

use std::cmp::Ordering;

use super::Package;
use super::faults::{FaultKind, Faults};
use super::read::too_long;
use crate::finding::{Place, printable};
use crate::json::{Kind, Scanner};
use crate::ledger::{Ledger, Order, Row, shape};
use crate::lines::{Line, Lines};
use crate::source::Limits;

/// Reads the rows of one ledger.
pub(super) struct LedgerReader {
    kind: &'static Ledger,
    lines: Option<Lines>,
    known: shape::Known,
    previous: Vec<Vec<u8>>,
    previous_text: Vec<u8>,
    rows: u64,
}

impl LedgerReader {
    pub(super) fn new(kind: &'static Ledger, limits: &Limits) -> Self {
        Self {
            kind,
            lines: Some(Lines::new(limits.max_row_bytes)),
            known: shape::Known::default(),
            previous: Vec::new(),
            previous_text: Vec::new(),
            rows: 0,
        }
    }

    pub(super) fn kind(&self) -> &'static Ledger {
        self.kind
    }

    pub(super) fn push(&mut self, chunk: &[u8], scanner: &mut Scanner, package: &mut Package) {
        let Some(mut lines) = self.lines.take() else { return };
        lines.push(chunk, |number, line| self.line(number, line, scanner, package));
        self.lines = Some(lines);
    }

    pub(super) fn finish(&mut self, scanner: &mut Scanner, package: &mut Package) {
        let Some(mut lines) = self.lines.take() else { return };
        if lines.finish(|number, line| self.line(number, line, scanner, package)) {
            package
                .faults
                .add(FaultKind::LineEnd, Place::file(self.kind.path), || "the last row has no newline".into());
        }
        package.rows.insert(self.kind.name, self.rows);
    }

    fn line(&mut self, number: u64, line: Line<'_>, scanner: &mut Scanner, package: &mut Package) {
        let path = self.kind.path;
        self.rows += 1;
        let Line::Whole(text) = line else { return too_long(package, path, number) };
        let document = match scanner.scan(text) {
            Ok(document) => document,
            Err(fault) => return package.faults.add_json(Place::row(path, number), &fault),
        };
        let mut sound = true;
        if let Some(deviation) = document.deviation() {
            sound = false;
            let place = Place::row(path, number).with(deviation.pointer.as_str());
            package
                .faults
                .add(FaultKind::NotCanonical, place, || format!("{} (byte {})", deviation.what, deviation.offset + 1));
        }
        shape::check(document.root(), &self.kind.shape, &mut self.known, &mut |pointer, misfit| {
            sound = false;
            package.faults.add_misfit(Place::row(path, number).with(pointer), misfit);
        });
        let row = Row { value: document.root(), text, line: u32::try_from(number).unwrap_or(u32::MAX), sound };
        self.order(&row, &mut package.faults);
        (self.kind.observe)(&row, &mut package.ledgers);
    }

    fn order(&mut self, row: &Row<'_>, faults: &mut Faults) {
        let place = || Place::row(self.kind.path, u64::from(row.line));
        let sorts_before = || "the row sorts before the one above it".to_owned();
        match self.kind.order {
            Order::Free => {}
            Order::Text => {
                match self.previous_text.as_slice().cmp(row.text) {
                    Ordering::Greater => faults.add(FaultKind::RowOrder, place(), sorts_before),
                    Ordering::Equal if !row.text.is_empty() => {
                        faults.add(FaultKind::RowRepeated, place(), || "the row repeats the one above it".into());
                    }
                    _ => {}
                }
                self.previous_text.clear();
                self.previous_text.extend_from_slice(row.text);
            }
            Order::By(names, unique) => {
                if names.iter().any(|name| row.value.get(name).is_none_or(|value| value.kind() != Kind::String)) {
                    // What sorts a row is missing, and that is said already.
                    return;
                }
                let mut order = Ordering::Equal;
                self.previous.resize_with(names.len(), Vec::new);
                for (name, previous) in names.iter().zip(&mut self.previous) {
                    let text = row.value.get(name).and_then(|value| value.bytes()).unwrap_or_default();
                    order = order.then_with(|| previous.as_slice().cmp(&text));
                    previous.clear();
                    previous.extend_from_slice(&text);
                }
                match order {
                    Ordering::Greater => faults.add(FaultKind::RowOrder, place(), sorts_before),
                    Ordering::Equal if unique && self.rows > 1 => {
                        let place = place().with(format!("/{}", names[0]));
                        faults.add(FaultKind::RowRepeated, place, || {
                            let id = String::from_utf8_lossy(&self.previous[0]);
                            format!("{:?} stands in the row above as well", printable(&id, 80))
                        });
                    }
                    _ => {}
                }
            }
        }
    }
}
