//! What ids stand for that no record of one side explains: runs, rounds, and assertions of which only annotations speak.

use std::cmp::Ordering;
use std::sync::Arc;

use super::compare::Work;
use super::mask::Mask;
use super::names::{Found, Names, id_of};
use super::naming::Told;
use super::pair::Pair;
use super::parser::Parser;
use super::role::Pool;
use super::side::Side;
use crate::digest::{Fingerprint, FingerprintMap, FingerprintSet};
use crate::error::Result;
use crate::json::Value;
use crate::spill::{Memory, Sorted, Sorter};

/// A kind, the member with its id, and what the id names.
type Joint = (&'static str, &'static str, Pool);
/// What no content tells for sure: ids of these are matched between the sides.
pub(super) static JOINT: [Joint; 2] = [("run_ledger", "run_id", Pool::Run), ("round_events", "round_id", Pool::Round)];
/// Where assertions are described of which nothing else is known.
pub(super) const ANNOTATIONS: &str = "assertion_annotations";

/// A run or a round of one side.
struct Candidate {
    id: Vec<u8>,
    /// Stands for all that it says.
    content: u128,
    /// What it was about, in any run.
    about: Vec<u8>,
    /// When it was: its clock, then its line.
    order: (i64, u32),
}

/// An alias that a pair of ids got.
pub(super) type Aliases = [FingerprintMap<String>; 2];

/// Settles between both sides what ids stand for that no record of one side explains.
pub(super) fn settle(
    pair: &Pair,
    told: [Told; 2],
    work: &Arc<Vec<Work>>,
    with_facts: bool,
    memory: &Arc<Memory>,
) -> Result<([Names; 2], Aliases)> {
    let [(names_a, named_a), (names_b, named_b)] = told.map(|told| (told.names, told.named));
    let (names, named) = (Arc::new([names_a, names_b]), [named_a, named_b]);
    let mut more = [Found::new(memory), Found::new(memory)];
    if !with_facts {
        let (work, names) = (Arc::clone(work), Arc::clone(&names));
        let sums = pair.both(move |number, side| annotated(side, &names[number], &work, number))?;
        name_annotated(&sums, &mut more)?;
    }
    let mut aliases = Aliases::default();
    for (at, joint) in JOINT.iter().enumerate() {
        if named[0][at] != named[1][at] {
            let found = one_sided(pair, joint, &names, work)?;
            pair_up(joint.2, found, &mut more, &mut aliases)?;
        }
    }
    let mut names = [0, 1].map(|n: usize| names[n].clone());
    for (names, more) in names.iter_mut().zip(more) {
        names.extend(more)?;
    }
    Ok((names, aliases))
}

/// Of each annotation of an assertion that has no name, the id of that and a fingerprint of what else it says.
fn annotated(side: &mut Side<'_>, names: &Names, work: &[Work], number: usize) -> Result<Sorted<(Fingerprint, u128)>> {
    let mut said = Sorter::new(side.memory());
    let Some(work) = work.iter().find(|work| work.kind.name == ANNOTATIONS) else { return said.finish() };
    let mut pushed = Ok(());
    let mask = Mask { names, volatile: false };
    let mut parser = Parser::default();
    side.rows(work.kind, Some(work.left(number)), &mut |_, text| {
        parser.read(text, |row| {
            let Some(row) = row else { return };
            let Some(id) = row.get("asrt_id").and_then(|id| id.bytes()) else { return };
            let id = id_of(Pool::Claim, &id);
            if !names.has(id) && pushed.is_ok() {
                let body = mask.body_without(work.kind, row, "asrt_id");
                pushed = said.push((id, u128::from_ne_bytes(body.to_bytes())));
            }
        });
        std::mem::replace(&mut pushed, Ok(()))
    })?;
    said.finish()
}

/// Assertions that only annotations describe stand for what these say; those that both sides know keep their names.
fn name_annotated(said: &[Sorted<(Fingerprint, u128)>; 2], names: &mut [Found; 2]) -> Result<()> {
    for (number, names) in names.iter_mut().enumerate() {
        let (mut here, mut there) = (said[number].read()?, said[1 - number].read()?);
        while let Some((id, _)) = here.head() {
            let mut sum = 0_u128;
            while let Some((_, body)) = here.head().filter(|(other, _)| *other == id) {
                sum = sum.wrapping_add(body);
                here.advance()?;
            }
            while there.head().is_some_and(|(other, _)| other < id) {
                there.advance()?;
            }
            if there.head().is_none_or(|(other, _)| other != id) {
                let meaning = Fingerprint::of_parts(&[b"annotated", &sum.to_ne_bytes()]);
                names.add_hashed(Pool::Claim, id, meaning)?;
            }
        }
    }
    Ok(())
}

/// The runs or rounds whose ids the other side does not know, be it in records that are the same on both.
fn one_sided(
    pair: &Pair,
    joint: &'static Joint,
    names: &Arc<[Names; 2]>,
    work: &Arc<Vec<Work>>,
) -> Result<[Vec<Candidate>; 2]> {
    let (names, work) = (Arc::clone(names), Arc::clone(work));
    let [(mut a, in_a), (mut b, in_b)] = pair.both(move |number, side| {
        Ok((candidates(side, &names[number], &work, number, joint)?, all_ids(side, joint)?))
    })?;
    a.retain(|run| !in_b.contains(&Fingerprint::of(&run.id)));
    b.retain(|run| !in_a.contains(&Fingerprint::of(&run.id)));
    Ok([a, b])
}

/// Matches runs and rounds that have another id on the other side: by all that they say, then by what they were about,
/// then in the order of time. What is left is on one side only.
fn pair_up(
    pool: Pool,
    [mut a, mut b]: [Vec<Candidate>; 2],
    names: &mut [Found; 2],
    aliases: &mut Aliases,
) -> Result<()> {
    let mut pairs = Vec::new();
    take_pairs(&mut a, &mut b, &mut pairs, |x, y| x.content.cmp(&y.content));
    take_pairs(&mut a, &mut b, &mut pairs, |x, y| x.about.cmp(&y.about));
    take_pairs(&mut a, &mut b, &mut pairs, |_, _| Ordering::Equal);
    pairs.sort_by_key(|(a, b)| (a.order.min(b.order), a.order.max(b.order)));
    for (n, (a, b)) in pairs.into_iter().enumerate() {
        for (number, run) in [a, b].into_iter().enumerate() {
            let meaning = Fingerprint::of_parts(&[pool.word().as_bytes(), b"pair", &n.to_ne_bytes()]);
            names[number].add(pool, &run.id, meaning)?;
            aliases[number].insert(id_of(pool, &run.id), format!("{} {}", pool.word(), n + 1));
        }
    }
    for (number, mut left) in [a, b].into_iter().enumerate() {
        left.retain(|run| is_random(&run.id));
        left.sort_by_key(|run| run.order);
        for (n, run) in left.iter().enumerate() {
            aliases[number].insert(id_of(pool, &run.id), format!("unmatched {} {}", pool.word(), n + 1));
        }
    }
    Ok(())
}

/// True for ids that nobody chose: 32 hex digits, or eight behind a colon.
fn is_random(id: &[u8]) -> bool {
    let tail = id.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    let wanted = if tail.len() == id.len() { 32 } else { 8 };
    tail.len() == wanted && tail.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
}

fn candidates(
    side: &mut Side<'_>,
    names: &Names,
    work: &[Work],
    number: usize,
    (kind, member, _): &Joint,
) -> Result<Vec<Candidate>> {
    let mut found: Vec<Candidate> = Vec::new();
    let Some(work) = work.iter().find(|work| work.kind.name == *kind) else { return Ok(found) };
    let mut places = FingerprintMap::default();
    let mask = Mask { names, volatile: false };
    let mut parser = Parser::default();
    side.rows(work.kind, Some(work.left(number)), &mut |line, text| {
        parser.read(text, |row| {
            let Some(row) = row else { return };
            let Some(id) = row.get(member).and_then(|id| id.bytes()) else { return };
            let at = *places.entry(Fingerprint::of(&id)).or_insert(found.len());
            if at == found.len() {
                let about = row.get("pred_ids").map_or_else(Vec::new, |value| value.raw().to_vec());
                found.push(Candidate { id: id.into_owned(), content: 0, about, order: (clock(row), line) });
            }
            let body = mask.body_without(work.kind, row, member);
            found[at].content = found[at].content.wrapping_add(u128::from_ne_bytes(body.to_bytes()));
        });
        Ok(())
    })?;
    Ok(found)
}

/// When a record was, in nanoseconds; what has no clock comes last.
fn clock(row: Value<'_>) -> i64 {
    let clock = ["event_ts_min", "event_ts"].iter().find_map(|name| row.get(name)?.integer());
    clock.unwrap_or(i64::MAX)
}

fn all_ids(side: &mut Side<'_>, (kind, member, _): &Joint) -> Result<FingerprintSet> {
    let mut all = FingerprintSet::default();
    let Some(kind) = side.kind(kind) else { return Ok(all) };
    let mut parser = Parser::default();
    side.rows(kind, None, &mut |_, text| {
        parser.read(text, |row| {
            if let Some(id) = row.and_then(|row| row.get(member)?.bytes()) {
                all.insert(Fingerprint::of(&id));
            }
        });
        Ok(())
    })?;
    Ok(all)
}

/// Takes pairs that are equal by `compare` out of both lists, the first with the first.
fn take_pairs(
    a: &mut Vec<Candidate>,
    b: &mut Vec<Candidate>,
    pairs: &mut Vec<(Candidate, Candidate)>,
    compare: impl Fn(&Candidate, &Candidate) -> Ordering,
) {
    for list in [&mut *a, &mut *b] {
        list.sort_by(|x, y| compare(x, y).then(x.order.cmp(&y.order)));
    }
    let mut left = [Vec::new(), Vec::new()];
    let (mut x, mut y) = (a.drain(..).peekable(), b.drain(..).peekable());
    loop {
        let order = match (x.peek(), y.peek()) {
            (Some(x), Some(y)) => compare(x, y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        match (order, order.is_le().then(|| x.next()).flatten(), order.is_ge().then(|| y.next()).flatten()) {
            (Ordering::Equal, Some(x), Some(y)) => pairs.push((x, y)),
            (_, x, y) => {
                left[0].extend(x);
                left[1].extend(y);
            }
        }
    }
    drop((x, y));
    let [left_a, left_b] = left;
    (*a, *b) = (left_a, left_b);
}
