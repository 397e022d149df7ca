//! What really differs between two packages: records matched by what they mean, not by where they stand or what they
//! are called.
//!
//! Each kind of records says as data what identifies one in any run, which members are clocks, and which are ids of other
//! records. First the bytes of all records are compared; only what is left is parsed, its ids are followed to what they
//! stand for, and records with equal keys are matched. Rows are never held, but for those that differ.

mod alike;
mod answer;
mod changes;
mod documented;
mod facts;
pub mod form;
mod kinds;
mod labels;
mod mask;
mod names;
mod naming;
mod parser;
mod raw;
mod report;
mod review;
mod role;
mod side;
mod split;
mod standing;
mod tree;

use alike::{Alike, Entry, match_entries};
use changes::{Group, Shower};
use labels::Labels;
use mask::Mask;
use names::Names;
use parser::Parser;
use role::Kind;
use side::Side;

use crate::digest::Fingerprint;
use crate::error::Result;
use crate::source::{Limits, PackageSource};

pub use answer::{Answer, Change, Ledger, Totals};
pub use raw::raw;
pub use report::{Extent, Form, Report};
pub use review::{Review, Topic};
pub use standing::Standing;
pub use tree::{Field, Tree};

/// What to compare.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Clocks, and what follows from clocks and ids, count as well.
    pub include_volatile: bool,
}

/// A kind of records under comparison.
struct Work {
    kind: &'static Kind,
    alike: Alike,
    /// Lines that have to be looked at, by side.
    left: [Vec<u32>; 2],
}

/// The names of all kinds of records, sorted.
pub fn ledger_names() -> Vec<&'static str> {
    let mut names: Vec<_> = kinds::FACTGRAPH.iter().chain(documented::KINDS).map(|kind| kind.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Compares two packages.
///
/// In memory are fingerprints and lines of the records that are not byte for byte the same, and those records that
/// differ; the packages are read several times.
///
/// # Errors
/// When bytes cannot be read. What is wrong with a package itself is compared as it is, and noted where it cannot be.
pub fn compare(
    a: &mut dyn PackageSource,
    b: &mut dyn PackageSource,
    limits: Limits,
    options: &Options,
) -> Result<Answer> {
    let mut sides = [Side::open(a, limits)?, Side::open(b, limits)?];
    let mut answer = Answer::default();
    let kinds = kinds_of(&sides, &mut answer.notes);
    let mut work = Vec::new();
    for side in &mut sides {
        side.claim(&kinds)?;
    }
    for kind in kinds {
        let alike = Alike::of(sides[0].raws(kind)?, sides[1].raws(kind)?);
        let left = alike.left.clone();
        work.push(Work { kind, alike, left });
    }
    let has_facts = sides.each_ref().map(|side| side.has("facts/claim.facts"));
    let with_facts = has_facts == [true, true];
    if has_facts.contains(&true) && !with_facts {
        let side = if has_facts[0] { "a" } else { "b" };
        answer.notes.push(format!("only {side} has facts: assertions are told by what accepted or annotates them"));
    }
    hold(&mut sides, &work)?;
    let mut names = names_of(&mut sides, &work, with_facts)?;
    if !names[0].agree(&names[1]) {
        // An id stands for one thing in a and for another in b: equal bytes need not say the same.
        for work in &mut work {
            work.left = [work.alike.all(0), work.alike.all(1)];
        }
        hold(&mut sides, &work)?;
        names = names_of(&mut sides, &work, with_facts)?;
    }
    if !with_facts {
        naming::name_annotated(&mut sides, &mut names, &work)?;
    }
    let aliases = naming::pair_runs(&mut sides, &mut names, &work)?;
    let mut matched = Vec::new();
    for work in &work {
        matched.push(match_kind(&mut sides, &names, work, options)?);
    }
    let labels = labels_of(&mut sides, &names, &work, with_facts, &matched, aliases)?;
    let showers =
        [0, 1].map(|n: usize| Shower { names: &names[n], labels: &labels[n], volatile: options.include_volatile });
    for (work, (mut totals, groups)) in work.iter().zip(matched) {
        let changes = changes::changes(work.kind, &groups, [&showers[0], &showers[1]], &mut totals);
        if totals != Totals::default() {
            answer.ledgers.push(Ledger { name: work.kind.name, totals, changes });
        }
    }
    answer.review = review::review(&answer.ledgers);
    answer.unread = sides.map(|side| side.notes.into_iter().collect());
    Ok(answer)
}

/// The kinds of records that both sides are read as.
fn kinds_of(sides: &[Side<'_>; 2], notes: &mut Vec<String>) -> Vec<&'static Kind> {
    let factgraph = sides.each_ref().map(Side::is_factgraph);
    if factgraph == [true, true] {
        return kinds::FACTGRAPH.to_vec();
    }
    if factgraph.contains(&true) {
        notes.push(
            "the dialects differ: ledgers are compared by the names that both share, facts and schema as files".into(),
        );
    }
    documented::KINDS.to_vec()
}

fn hold(sides: &mut [Side<'_>; 2], work: &[Work]) -> Result<()> {
    for (number, side) in sides.iter_mut().enumerate() {
        work.iter().try_for_each(|work| side.hold(work.kind, &work.left[number]))?;
    }
    Ok(())
}

fn names_of(sides: &mut [Side<'_>; 2], work: &[Work], with_facts: bool) -> Result<[Names; 2]> {
    Ok([naming::names(&mut sides[0], 0, work, with_facts)?, naming::names(&mut sides[1], 1, work, with_facts)?])
}

/// Matches the records of one kind; gives the totals so far, and those records that differ.
fn match_kind(
    sides: &mut [Side<'_>; 2],
    names: &[Names; 2],
    work: &Work,
    options: &Options,
) -> Result<(Totals, Vec<Group>)> {
    let mut entries = [Vec::new(), Vec::new()];
    for number in [0, 1] {
        let mask = Mask { names: &names[number], volatile: options.include_volatile };
        let mut parser = Parser::default();
        if work.left[number].is_empty() {
            continue;
        }
        sides[number].rows(work.kind, Some(&work.left[number]), &mut |line, text| {
            let (key, body) = parser.read(text, |row| match row {
                Some(row) => (mask.key(work.kind, row), mask.body(work.kind, row)),
                None => (Fingerprint::of(text), Fingerprint::of(text)),
            });
            entries[number].push(Entry { key, body, line });
            Ok(())
        })?;
    }
    let [mut a, mut b] = entries;
    let unchanged = drop_same(&work.alike, &mut a, &mut b);
    let matched = match_entries(a, b);
    let totals = Totals {
        renamed: matched.renamed,
        reordered: work.alike.reordered().min(unchanged),
        unchanged,
        repeated: matched.repeated,
        ..Totals::default()
    };
    Ok((totals, changes::read(sides, work.kind, &matched.groups)?))
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

fn labels_of(
    sides: &mut [Side<'_>; 2],
    names: &[Names; 2],
    work: &[Work],
    with_facts: bool,
    matched: &[(Totals, Vec<Group>)],
    aliases: naming::Aliases,
) -> Result<[Labels; 2]> {
    let mut all = [Labels::default(), Labels::default()];
    let annotations = work.iter().find(|work| work.kind.name == naming::ANNOTATIONS).filter(|_| !with_facts);
    for (number, mut fixed) in aliases.into_iter().enumerate() {
        let shown: Vec<_> =
            work.iter().zip(matched).map(|(work, (_, groups))| (work.kind, groups.as_slice())).collect();
        if shown.iter().all(|(_, groups)| groups.is_empty()) {
            continue;
        }
        if let Some(work) = annotations {
            fixed.extend(labels::annotated(&mut sides[number], &names[number], work.kind)?);
        }
        all[number] = labels::labels(&mut sides[number], number, &names[number], work, with_facts, &shown, fixed)?;
    }
    Ok(all)
}
