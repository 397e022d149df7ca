//! The records that differ, read again and laid side by side.

use std::cmp::Ordering;
use std::sync::Arc;

use super::alike::Groups;
use super::answer::{Changes, Totals};
use super::labels::Labels;
use super::mask::Mask;
use super::names::Names;
use super::packed::{pack, pack_key, pack_record};
use super::parser::Parser;
use super::role::Kind;
use super::side::Side;
use super::tree::Tree;
use crate::error::Result;
use crate::spill::{Memory, SortedTexts, Sorter, TextReader, TextSorter};

/// Reads the records that differ again: of each the number of its key, in eight bytes, and its JSON text.
pub(super) fn read(side: &mut Side<'_>, number: usize, kind: &Kind, groups: &Groups) -> Result<SortedTexts> {
    let mut read = TextSorter::new(side.memory());
    let (mut lines, mut places) = (Sorter::new(side.memory()), groups.places[number].read()?);
    while let Some((line, _)) = places.next()? {
        lines.push(line)?;
    }
    let (lines, mut places) = (lines.finish()?, groups.places[number].read()?);
    if !lines.is_empty() {
        let mut row = Vec::new();
        side.rows(kind, Some(&lines), &mut |line, text| {
            while places.head().is_some_and(|(before, _)| before < line) {
                places.advance()?;
            }
            if let Some((_, group)) = places.head().filter(|(place, _)| *place == line) {
                row.clear();
                row.extend_from_slice(&group.to_be_bytes());
                row.extend_from_slice(text);
                read.push(&row)?;
            }
            Ok(())
        })?;
    }
    read.finish()
}

/// The JSON text of a record that was read so, and the number of its key.
pub(super) fn split(row: &[u8]) -> (u64, &[u8]) {
    let (group, text) = row.split_first_chunk().map_or((0, row), |(group, text)| (u64::from_be_bytes(*group), text));
    (group, text)
}

/// Goes through the records of a side key by key.
struct Grouped<'t> {
    rows: TextReader<'t>,
    next: Option<(u64, Vec<u8>)>,
}

impl<'t> Grouped<'t> {
    fn of(texts: &'t SortedTexts) -> Result<Self> {
        let mut grouped = Self { rows: texts.read()?, next: None };
        grouped.advance()?;
        Ok(grouped)
    }

    fn advance(&mut self) -> Result<Option<(u64, Vec<u8>)>> {
        let next = self.rows.next()?.map(split).map(|(group, text)| (group, text.to_vec()));
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// The records with a key.
    fn take(&mut self, group: u64, mut each: impl FnMut(&[u8])) -> Result<()> {
        while self.next.as_ref().is_some_and(|(next, _)| *next == group) {
            self.advance()?.into_iter().for_each(|(_, text)| each(&text));
        }
        Ok(())
    }
}

/// Shows records of one side.
pub(super) struct Shower<'s> {
    pub(super) names: &'s Names,
    pub(super) labels: &'s Labels,
    pub(super) volatile: bool,
}

impl Shower<'_> {
    /// Record and key, packed; one that is not JSON is its own key.
    fn show(&self, kind: &Kind, text: &[u8], parser: &mut Parser) -> Shown {
        let mask = Mask { names: self.names, volatile: self.volatile };
        let alias = |pool, id: &str| self.labels.alias(pool, id);
        let (record, key) = parser.read(text, |row| match row {
            Some(row) => (mask.tree(kind, row, &alias), mask.key_tree(kind, row, &alias)),
            None => {
                let text = Tree::Text(String::from_utf8_lossy(text).into_owned());
                (text.clone(), vec![text])
            }
        });
        (pack_record(&record), pack_key(&key))
    }
}

/// A record and its key, packed.
type Shown = (Vec<u8>, Vec<u8>);

/// What became of the records that differ, read from both sides. Adds to the totals.
pub(super) fn changes(
    kind: &Kind,
    sides: [&SortedTexts; 2],
    showers: [&Shower<'_>; 2],
    totals: &mut Totals,
    memory: &Arc<Memory>,
) -> Result<Changes> {
    let mut parser = Parser::default();
    let mut changes = TextSorter::new(memory);
    let [mut a, mut b] = [Grouped::of(sides[0])?, Grouped::of(sides[1])?];
    while let Some(group) = [&a.next, &b.next].into_iter().flatten().map(|(group, _)| *group).min() {
        let mut show = |number: usize, side: &mut Grouped<'_>| -> Result<Vec<Shown>> {
            let mut shown = Vec::new();
            side.take(group, |text| shown.push(showers[number].show(kind, text, &mut parser)))?;
            shown.sort_unstable();
            Ok(shown)
        };
        let (mut before, mut after) = (show(0, &mut a)?, show(1, &mut b)?);
        totals.renamed += drop_equal(&mut before, &mut after);
        let (mut before, mut after) = (before.into_iter(), after.into_iter());
        loop {
            let change = match (before.next(), after.next()) {
                (None, None) => break,
                (Some((before, key)), None) => {
                    totals.removed += 1;
                    pack(&key, Some(&before), None)
                }
                (None, Some((after, key))) => {
                    totals.added += 1;
                    pack(&key, None, Some(&after))
                }
                (Some((before, key)), Some((after, _))) => {
                    totals.changed += 1;
                    pack(&key, Some(&before), Some(&after))
                }
            };
            changes.push(&change)?;
        }
    }
    Ok(Changes::of(changes.finish()?))
}

/// Drops records that look the same although other ids stand in them; both lists are sorted.
fn drop_equal(a: &mut Vec<Shown>, b: &mut Vec<Shown>) -> u64 {
    let mut dropped = 0;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut x, mut y) = (a.drain(..).peekable(), b.drain(..).peekable());
    while let (Some(one), Some(other)) = (x.peek(), y.peek()) {
        match one.cmp(other) {
            Ordering::Less => left.extend(x.next()),
            Ordering::Greater => right.extend(y.next()),
            Ordering::Equal => {
                x.next();
                y.next();
                dropped += 1;
            }
        }
    }
    left.extend(x);
    right.extend(y);
    (*a, *b) = (left, right);
    dropped
}
