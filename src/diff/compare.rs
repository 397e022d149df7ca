//! The steps of a comparison: bytes, names, keys, and then those records that differ.

use std::sync::Arc;

use super::alike::{Alike, Entry, Matched, match_entries};
use super::answer::{Answer, Ledger, Totals};
use super::changes::{self, Shower, Texts};
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

/// How to compare.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Judge both sides first.
    pub verify: bool,
    /// Clocks, and what follows from clocks and ids, count as well.
    pub include_volatile: bool,
}

/// A kind of records under comparison.
pub(super) struct Work {
    pub(super) kind: &'static Kind,
    pub(super) alike: Alike,
    /// Lines that have to be looked at, by side.
    pub(super) left: [Vec<u32>; 2],
}

/// What differs, and what was said of each side if it was judged.
pub type Compared = (Answer, [Option<Standing>; 2]);

/// Compares two packages or two event logs, each read by a thread of its own.
///
/// In memory are fingerprints and lines of the records that are not byte for byte the same, and those records that
/// differ; the packages are read several times.
///
/// # Errors
/// When bytes cannot be read. What is wrong with a package itself is compared as it is, and noted where it cannot be.
pub fn compare(doors: [&dyn Door; 2], limits: Limits, options: Options) -> Result<Compared> {
    Pair::open(doors, limits, |pair| {
        let logs = pair.both(|_, side| Ok(side.is_log()))?;
        if logs[0] != logs[1] {
            let [log, package] = if logs[0] { ["a", "b"] } else { ["b", "a"] };
            return Err(Error::new("cannot compare an event log with an audit package")
                .because(format!("{log} is an event log and {package} is none"))
                .hint("name two event logs, or two packages"));
        }
        let standings = if options.verify { pair.both(|_, side| side.judge().map(Some))? } else { [None, None] };
        Ok((answer(pair, logs[0], options)?, standings))
    })
}

fn answer(pair: &Pair, are_logs: bool, options: Options) -> Result<Answer> {
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
    let alike = a.into_iter().zip(b).map(|(a, b)| Alike::of(a, b));
    let work = kinds.iter().zip(alike).map(|(kind, alike)| Work { kind, left: alike.left.clone(), alike });
    let mut work: Arc<Vec<Work>> = Arc::new(work.collect());
    let mut told = names_of(pair, &work, with_facts)?;
    if !told[0].names.agree(&told[1].names) {
        // An id stands for one thing in a and for another in b: equal bytes need not say the same.
        let all = work.iter().map(|work| Work {
            kind: work.kind,
            left: [work.alike.all(0), work.alike.all(1)],
            alike: Alike { same: work.alike.same.clone(), left: work.alike.left.clone() },
        });
        work = Arc::new(all.collect());
        told = names_of(pair, &work, with_facts)?;
    }
    let (names, aliases) = joint::settle(pair, told, &work, with_facts)?;
    let names = Arc::new(names);
    let entries = entries_of(pair, &names, &work, options)?;
    let (totals, groups): (Vec<_>, Vec<_>) =
        work.iter().zip(entries).map(|(work, entries)| matched(work, entries)).unzip();
    let groups = Arc::new(groups);
    let texts = texts_of(pair, &work, &groups)?;
    let labels = labels_of(pair, &names, &work, &texts, with_facts, aliases)?;
    let showers =
        [0, 1].map(|n: usize| Shower { names: &names[n], labels: &labels[n], volatile: options.include_volatile });
    for (n, (work, mut totals)) in work.iter().zip(totals).enumerate() {
        let texts = [&texts[0][n], &texts[1][n]];
        let changes = changes::changes(work.kind, texts, [&showers[0], &showers[1]], &mut totals);
        if totals != Totals::default() {
            answer.ledgers.push(Ledger { name: work.kind.name, totals, changes });
        }
    }
    answer.review = review::review(&answer.ledgers);
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
        work.iter().try_for_each(|work| side.hold(work.kind, &work.left[number]))?;
        naming::names(side, number, &work, with_facts)
    })
}

/// The records of each kind that have to be matched, of both sides.
fn entries_of(
    pair: &Pair,
    names: &Arc<[Names; 2]>,
    work: &Arc<Vec<Work>>,
    options: Options,
) -> Result<impl Iterator<Item = [Vec<Entry>; 2]>> {
    let (names, work) = (Arc::clone(names), Arc::clone(work));
    let [a, b] = pair.both(move |number, side| {
        let mask = Mask { names: &names[number], volatile: options.include_volatile };
        work.iter().map(|work| entries(side, &mask, work.kind, &work.left[number])).collect::<Result<Vec<_>>>()
    })?;
    Ok(a.into_iter().zip(b).map(|(a, b)| [a, b]))
}

fn entries(side: &mut Side<'_>, mask: &Mask<'_>, kind: &Kind, left: &[u32]) -> Result<Vec<Entry>> {
    let mut entries = Vec::with_capacity(left.len());
    if left.is_empty() {
        return Ok(entries);
    }
    let (key, mut parser) = (Key::of(kind), Parser::default());
    side.rows(kind, Some(left), &mut |line, text| {
        let (key, body) = parser.read(text, |row| match row {
            Some(row) => (mask.key(&key, row), mask.body(kind, row)),
            None => (Fingerprint::of(text), Fingerprint::of(text)),
        });
        entries.push(Entry { key, body, line });
        Ok(())
    })?;
    Ok(entries)
}

/// The totals so far, and the lines of those records that differ.
fn matched(work: &Work, [mut a, mut b]: [Vec<Entry>; 2]) -> (Totals, Vec<[Vec<u32>; 2]>) {
    let unchanged = drop_same(&work.alike, &mut a, &mut b);
    let Matched { renamed, repeated, groups } = match_entries(a, b);
    let reordered = work.alike.reordered().min(unchanged);
    (Totals { renamed, reordered, unchanged, repeated, ..Totals::default() }, groups)
}

/// Drops entries of records that are byte for byte the same and say the same; gives how many records do.
fn drop_same(alike: &Alike, a: &mut Vec<Entry>, b: &mut Vec<Entry>) -> u64 {
    let all = alike.same.len() as u64;
    if a.len() == alike.left[0].len() && b.len() == alike.left[1].len() {
        return all;
    }
    let find = |entries: &[Entry], line: u32| entries.binary_search_by_key(&line, |entry| entry.line).ok();
    let mut gone = [vec![false; a.len()], vec![false; b.len()]];
    let mut same = 0;
    for (x, y) in &alike.same {
        if let (Some(x), Some(y)) = (find(a, *x), find(b, *y))
            && (a[x].key, a[x].body) == (b[y].key, b[y].body)
        {
            (gone[0][x], gone[1][y]) = (true, true);
            same += 1;
        }
    }
    for (entries, gone) in [(a, &gone[0]), (b, &gone[1])] {
        let mut gone = gone.iter();
        entries.retain(|_| !gone.next().copied().unwrap_or_default());
    }
    same
}

/// The texts of the records that differ: of each side, by kind.
fn texts_of(pair: &Pair, work: &Arc<Vec<Work>>, groups: &Arc<Vec<Vec<[Vec<u32>; 2]>>>) -> Result<Arc<[Vec<Texts>; 2]>> {
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
    texts: &Arc<[Vec<Texts>; 2]>,
    with_facts: bool,
    aliases: Aliases,
) -> Result<[Labels; 2]> {
    let (names, work, texts, aliases) = (Arc::clone(names), Arc::clone(work), Arc::clone(texts), Arc::new(aliases));
    pair.both(move |number, side| {
        let (names, texts) = (&names[number], &texts[number]);
        if texts.iter().all(|texts| texts.iter().all(Vec::is_empty)) {
            return Ok(Labels::default());
        }
        let mut fixed = aliases[number].clone();
        if let Some(work) = work.iter().find(|work| work.kind.name == joint::ANNOTATIONS).filter(|_| !with_facts) {
            fixed.extend(labels::annotated(side, names, work.kind)?);
        }
        labels::labels(side, names, &work, with_facts, texts, fixed)
    })
}
