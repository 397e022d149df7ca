//! The records that differ, read again and laid side by side.

use std::cmp::Ordering;

use super::alike::Groups;
use super::answer::{Change, Totals};
use super::labels::Labels;
use super::mask::Mask;
use super::names::Names;
use super::parser::Parser;
use super::role::Kind;
use super::side::Side;
use super::tree::Tree;
use crate::error::Result;
use crate::spill::Sorter;

/// The JSON texts of records of one kind and side that differ: by key, in the order of the groups.
pub(super) type Texts = Vec<Vec<Vec<u8>>>;

/// Reads the records of these lines again.
pub(super) fn read(side: &mut Side<'_>, number: usize, kind: &Kind, groups: &Groups) -> Result<Texts> {
    let mut read: Texts = (0..groups.count).map(|_| Vec::new()).collect();
    let (mut lines, mut places) = (Sorter::new(side.memory()), groups.places[number].read()?);
    while let Some((line, _)) = places.next()? {
        lines.push(line)?;
    }
    let (lines, mut places) = (lines.finish()?, groups.places[number].read()?);
    if !lines.is_empty() {
        side.rows(kind, Some(&lines), &mut |line, text| {
            while places.head().is_some_and(|(before, _)| before < line) {
                places.advance()?;
            }
            if let Some((_, group)) = places.head().filter(|(place, _)| *place == line) {
                read[group as usize].push(text.to_vec());
            }
            Ok(())
        })?;
    }
    Ok(read)
}

/// Shows records of one side.
pub(super) struct Shower<'s> {
    pub(super) names: &'s Names,
    pub(super) labels: &'s Labels,
    pub(super) volatile: bool,
}

impl Shower<'_> {
    /// Key and record; one that is not JSON is its own key.
    fn show(&self, kind: &Kind, text: &[u8], parser: &mut Parser) -> (Tree, Vec<Tree>) {
        let mask = Mask { names: self.names, volatile: self.volatile };
        let alias = |pool, id: &str| self.labels.alias(pool, id);
        parser.read(text, |row| match row {
            Some(row) => (mask.tree(kind, row, &alias), mask.key_tree(kind, row, &alias)),
            None => {
                let text = Tree::Text(String::from_utf8_lossy(text).into_owned());
                (text.clone(), vec![text])
            }
        })
    }
}

/// What became of the records of these groups, as many on both sides. Adds to the totals.
pub(super) fn changes(kind: &Kind, sides: [&Texts; 2], showers: [&Shower<'_>; 2], totals: &mut Totals) -> Vec<Change> {
    let mut parser = Parser::default();
    let mut changes = Vec::new();
    for (a, b) in sides[0].iter().zip(sides[1]) {
        let mut show = |number: usize, texts: &[Vec<u8>]| {
            let shown = texts.iter().map(|text| showers[number].show(kind, text, &mut parser));
            let mut shown: Vec<_> = shown.collect();
            shown.sort_unstable();
            shown
        };
        let [mut a, mut b] = [show(0, a), show(1, b)];
        totals.renamed += drop_equal(&mut a, &mut b);
        let (mut a, mut b) = (a.into_iter(), b.into_iter());
        loop {
            let change = match (a.next(), b.next()) {
                (None, None) => break,
                (Some((before, key)), None) => {
                    totals.removed += 1;
                    Change { key, before: Some(before), after: None, fields: Vec::new() }
                }
                (None, Some((after, key))) => {
                    totals.added += 1;
                    Change { key, before: None, after: Some(after), fields: Vec::new() }
                }
                (Some((before, key)), Some((after, _))) => {
                    totals.changed += 1;
                    let fields = before.fields(&after);
                    Change { key, before: Some(before), after: Some(after), fields }
                }
            };
            changes.push(change);
        }
    }
    changes.sort_by(|x, y| order(x).cmp(&order(y)));
    changes
}

/// The same for `diff a b` and `diff b a`.
fn order(change: &Change) -> (&[Tree], Option<&Tree>, Option<&Tree>) {
    let trees = [change.before.as_ref(), change.after.as_ref()];
    (&change.key, trees.into_iter().flatten().min(), trees.into_iter().flatten().max())
}

/// Drops records that look the same although other ids stand in them; both lists are sorted.
fn drop_equal(a: &mut Vec<(Tree, Vec<Tree>)>, b: &mut Vec<(Tree, Vec<Tree>)>) -> u64 {
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
