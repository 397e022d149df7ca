//! The steps of a comparison: bytes, names, keys, and then those records that differ.

use std::sync::Arc;

use super::alike::{Alike, Entry, Groups, Lines, Matched, match_entries};
use super::answer::{Answer, Ledger, Totals};
use super::changes::{self, Shower};
use super::joint::{self, Aliases};
use super::key::Key;
use super::labels::{self, Labels};
use super::mask::Mask;
use super::names::Names;
use super::naming::{self, Told};
use super::pair::{Door, Pair};
use super::parser::Parser;
use super::role::Kind;
use super::side::Side;
use super::standing::Standing;
use super::{documented, events, kinds, review};
use crate::digest::Fingerprint;
use crate::error::{Error, Result};
use crate::source::Limits;
use crate::spill::{DEFAULT_MEMORY, Memory, Sorted, SortedTexts, Sorter};

/// How to compare.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Judge both sides first.
    pub verify: bool,
    /// Clocks, and what follows from clocks and ids, count as well.
    pub include_volatile: bool,
    /// How many bytes of ids, digests, lines and records that differ may be held in memory; what is more goes to temporary
    /// files. No answer depends on it.
    pub memory: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { verify: false, include_volatile: false, memory: DEFAULT_MEMORY }
    }
}

/// A kind of records under comparison.
pub(super) struct Work {
    pub(super) kind: &'static Kind,
    pub(super) alike: Arc<Alike>,
    /// Lines that have to be looked at, by side, if those are more than the ones that are left over.
    all: Option<[Lines; 2]>,
}

impl Work {
    /// Lines of a side that have to be looked at.
    pub(super) fn left(&self, number: usize) -> &Lines {
        &self.all.as_ref().unwrap_or(&self.alike.left)[number]
    }
}

/// What differs, and what was said of each side if it was judged.
pub type Compared = (Answer, [Option<Standing>; 2]);

/// Compares two packages or two event logs, each read by a thread of its own.
///
/// Fingerprints and lines of all records, and what ids stand for, are held in memory up to `options.memory` bytes and in
/// temporary files beyond, and so are the records that differ. The packages are read several times.
///
/// # Errors
/// When bytes cannot be read. What is wrong with a package itself is compared as it is, and noted where it cannot be.
pub fn compare(doors: [&dyn Door; 2], limits: Limits, options: Options) -> Result<Compared> {
    let memory = Memory::new(options.memory);
    Pair::open(doors, limits, &memory, |pair| {
        let logs = pair.both(|_, side| Ok(side.is_log()))?;
        if logs[0] != logs[1] {
            let [log, package] = if logs[0] { ["a", "b"] } else { ["b", "a"] };
            return Err(Error::new("cannot compare an event log with an audit package")
                .because(format!("{log} is an event log and {package} is none"))
                .hint("name two event logs, or two packages"));
        }
        let standings = if options.verify { pair.both(|_, side| side.judge().map(Some))? } else { [None, None] };
        Ok((answer(pair, logs[0], options, &memory)?, standings))
    })
}

fn answer(pair: &Pair, are_logs: bool, options: Options, memory: &Arc<Memory>) -> Result<Answer> {
    let mut answer = Answer::default();
    let seen = pair.both(|_, side| Ok((side.is_factgraph(), side.has("facts/claim.facts"))))?;
    let kinds = match are_logs {
        true => events::KINDS,
        false => kinds_of(seen.map(|(factgraph, _)| factgraph), &mut answer.notes),
    };
    let with_facts = facts_of(seen.map(|(_, facts)| facts), &mut answer.notes);
    let [a, b] = pair.both(move |_, side| {
        side.claim(kinds)?;
        kinds.iter().map(|kind| side.raws(kind)).collect::<Result<Vec<_>>>()
    })?;
    let work = kinds.iter().zip(a.into_iter().zip(b)).map(|(kind, (a, b))| {
        let alike = Arc::new(Alike::of(a, b, memory)?);
        Ok(Work { kind, alike, all: None })
    });
    let mut work: Arc<Vec<Work>> = Arc::new(work.collect::<Result<_>>()?);
    let mut told = names_of(pair, &work, with_facts)?;
    if !told[0].names.agree(&told[1].names)? {
        // An id stands for one thing in a and for another in b: equal bytes need not say the same.
        let all = work.iter().map(|work| {
            let all = Some([work.alike.all(0, memory)?, work.alike.all(1, memory)?]);
            Ok(Work { kind: work.kind, alike: Arc::clone(&work.alike), all })
        });
        work = Arc::new(all.collect::<Result<_>>()?);

        told = names_of(pair, &work, with_facts)?;
    }
    let (names, aliases) = joint::settle(pair, told, &work, with_facts, memory)?;
    let names = Arc::new(names);
    let entries = entries_of(pair, &names, &work, options)?;
    let matched = work.iter().zip(entries).map(|(work, entries)| matched(work, entries, memory));
    let (totals, groups): (Vec<_>, Vec<_>) = matched.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let groups = Arc::new(groups);
    let texts = texts_of(pair, &work, &groups)?;
    let labels = labels_of(pair, &names, &work, &texts, with_facts, aliases)?;
    let showers =
        [0, 1].map(|n: usize| Shower { names: &names[n], labels: &labels[n], volatile: options.include_volatile });
    for (n, (work, mut totals)) in work.iter().zip(totals).enumerate() {
        let texts = [&texts[0][n], &texts[1][n]];
        let changes = changes::changes(work.kind, texts, [&showers[0], &showers[1]], &mut totals, memory)?;
        if totals != Totals::default() {
            answer.ledgers.push(Ledger { name: work.kind.name, totals, changes });
        }
    }
    names.iter().try_for_each(Names::check)?;
    answer.review = review::review(&answer.ledgers)?;
    answer.unread = pair.both(|_, side| Ok(side.notes.iter().cloned().collect()))?;
    Ok(answer)
}

/// The kinds of records that both sides are read as.
fn kinds_of(factgraph: [bool; 2], notes: &mut Vec<String>) -> &'static [&'static Kind] {
    if factgraph == [true, true] {
        return kinds::FACTGRAPH;
    }
    if factgraph.contains(&true) {
        notes.push(
            "the dialects differ: ledgers are compared by the names that both share, facts and schema as files".into(),
        );
    }
    documented::KINDS
}

/// True if both sides have facts.
fn facts_of(facts: [bool; 2], notes: &mut Vec<String>) -> bool {
    if facts[0] != facts[1] {
        let side = if facts[0] { "a" } else { "b" };
        notes.push(format!("only {side} has facts: assertions are told by what accepted or annotates them"));
    }
    facts == [true, true]
}

fn names_of(pair: &Pair, work: &Arc<Vec<Work>>, with_facts: bool) -> Result<[Told; 2]> {
    let work = Arc::clone(work);
    pair.both(move |number, side| {
        work.iter().try_for_each(|work| side.hold(work.kind, work.left(number)))?;
        naming::names(side, number, &work, with_facts)
    })
}

/// The records of each kind that have to be matched, of both sides.
fn entries_of(
    pair: &Pair,
    names: &Arc<[Names; 2]>,
    work: &Arc<Vec<Work>>,
    options: Options,
) -> Result<impl Iterator<Item = [Sorter<Entry>; 2]>> {
    let (names, work) = (Arc::clone(names), Arc::clone(work));
    let [a, b] = pair.both(move |number, side| {
        let mask = Mask { names: &names[number], volatile: options.include_volatile };
        work.iter().map(|work| entries(side, &mask, work.kind, work.left(number))).collect::<Result<Vec<_>>>()
    })?;
    Ok(a.into_iter().zip(b).map(|(a, b)| [a, b]))
}

fn entries(side: &mut Side<'_>, mask: &Mask<'_>, kind: &Kind, left: &Lines) -> Result<Sorter<Entry>> {
    let mut entries = Sorter::with_room(side.memory(), left.len());
    if left.is_empty() {
        return Ok(entries);
    }
    let (key, mut parser) = (Key::of(kind), Parser::default());
    side.rows(kind, Some(left), &mut |line, text| {
        let (key, body) = parser.read(text, |row| match row {
            Some(row) => (mask.key(&key, row), mask.body(kind, row)),
            None => (Fingerprint::of(text), Fingerprint::of(text)),
        });
        entries.push(Entry { key, body, line })
    })?;
    Ok(entries)
}

/// The totals so far, and the lines of those records that differ.
fn matched(work: &Work, [mut a, mut b]: [Sorter<Entry>; 2], memory: &Arc<Memory>) -> Result<(Totals, Groups)> {
    let mut unchanged = work.alike.same.len();
    if work.all.is_some() {
        (a, b, unchanged) = drop_same(&work.alike, a, b, memory)?;
    }
    let Matched { renamed, repeated, groups } = match_entries(a, b, memory)?;
    let reordered = work.alike.reordered()?.min(unchanged);
    Ok((Totals { renamed, reordered, unchanged, repeated, ..Totals::default() }, groups))
}

/// An entry by its line.
type Lined = (u32, (Fingerprint, Fingerprint));

/// Drops entries of records that are byte for byte the same and say the same; gives how many records do.
fn drop_same(
    alike: &Alike,
    a: Sorter<Entry>,
    b: Sorter<Entry>,
    memory: &Arc<Memory>,
) -> Result<(Sorter<Entry>, Sorter<Entry>, u64)> {
    let (a, b) = (by_line(a, memory)?, by_line(b, memory)?);
    // What the counterparts of records say, by the lines of those.
    let mut wanted = Sorter::new(memory);
    let (mut same, mut entries) = (alike.same.read()?, a.read()?);
    while let Some((x, y)) = same.next()? {
        while entries.head().is_some_and(|(line, _)| line < x) {
            entries.advance()?;
        }
        if let Some((_, said)) = entries.head().filter(|(line, _)| *line == x) {
            wanted.push(((y, x), said))?;
        }
    }
    let wanted = wanted.finish()?;
    let mut gone = [Sorter::new(memory), Sorter::new(memory)];
    let (mut wanted, mut entries) = (wanted.read()?, b.read()?);
    while let Some(((y, x), said)) = wanted.next()? {
        while entries.head().is_some_and(|(line, _)| line < y) {
            entries.advance()?;
        }
        if entries.head() == Some((y, said)) {
            gone[0].push(x)?;
            gone[1].push(y)?;
        }
    }
    let [gone_a, gone_b] = gone;
    let same = gone_a.len();
    Ok((without(&a, gone_a.finish()?, memory)?, without(&b, gone_b.finish()?, memory)?, same))
}

fn by_line(entries: Sorter<Entry>, memory: &Arc<Memory>) -> Result<Sorted<Lined>> {
    let entries = entries.finish()?;
    let mut lined = Sorter::with_room(memory, entries.len());
    let mut entries = entries.read()?;
    while let Some(Entry { key, body, line }) = entries.next()? {
        lined.push((line, (key, body)))?;
    }
    lined.finish()
}

/// The entries but for those of some lines.
fn without(entries: &Sorted<Lined>, gone: Lines, memory: &Arc<Memory>) -> Result<Sorter<Entry>> {
    let mut left = Sorter::new(memory);
    let (mut entries, mut gone) = (entries.read()?, gone.read()?);
    while let Some((line, (key, body))) = entries.next()? {
        if gone.head() == Some(line) {
            gone.advance()?;
        } else {
            left.push(Entry { key, body, line })?;
        }
    }
    Ok(left)
}

/// The texts of the records that differ: of each side, by kind.
fn texts_of(pair: &Pair, work: &Arc<Vec<Work>>, groups: &Arc<Vec<Groups>>) -> Result<Arc<[Vec<SortedTexts>; 2]>> {
    let (work, groups) = (Arc::clone(work), Arc::clone(groups));
    let texts = pair.both(move |number, side| {
        let kinds = work.iter().zip(groups.iter());
        kinds.map(|(work, groups)| changes::read(side, number, work.kind, groups)).collect::<Result<Vec<_>>>()
    })?;
    Ok(Arc::new(texts))
}

fn labels_of(
    pair: &Pair,
    names: &Arc<[Names; 2]>,
    work: &Arc<Vec<Work>>,
    texts: &Arc<[Vec<SortedTexts>; 2]>,
    with_facts: bool,
    aliases: Aliases,
) -> Result<[Labels; 2]> {
    let (names, work, texts, aliases) = (Arc::clone(names), Arc::clone(work), Arc::clone(texts), Arc::new(aliases));
    pair.both(move |number, side| {
        let (names, texts) = (&names[number], &texts[number]);
        if texts.iter().all(SortedTexts::is_empty) {
            return Ok(Labels::default());
        }
        let mut fixed = aliases[number].clone();
        if let Some(work) = work.iter().find(|work| work.kind.name == joint::ANNOTATIONS).filter(|_| !with_facts) {
            fixed.extend(labels::annotated(side, names, work.kind)?);
        }
        labels::labels(side, names, &work, with_facts, texts, fixed)
    })
}
