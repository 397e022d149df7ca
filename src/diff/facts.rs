//! The tables of facts as records: a claim with its arguments, its metadata and its revocation.
//!
//! Of each claim its number and a sum are kept. Claims that have to be looked at are put together from all tables: few in
//! memory, many one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::alike::{Lines, Raws};
use super::claim::Claim;
use super::side::{Side, TakeRow};
use super::together::{Together, Wanted};
use crate::digest::{Fingerprint, PartsHasher};
use crate::error::Result;
use crate::package::tables::TABLES;
use crate::spill::{List, Map, MapBuilder, Memory, Sorter, TextPlace, Texts};

const CLAIM: &str = "facts/claim.facts";
const REVOKES: &str = "facts/revokes.facts";
/// So many claims at least may be put together in memory.
const TOGETHER: usize = 1_000;
/// What each takes there, about, and which part of the memory they may take on each side.
const CLAIM_BYTES: usize = 5_000;
const CLAIMS_PART: usize = 8;

/// Where the tables stand.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.path)
}

/// The claims of a side.
pub(super) struct FactTable {
    /// The line of each claim, by its id.
    lines: Map<u32>,
    /// The line of the claim that a revocation revokes, by the revocation's id.
    revoked: Map<u32>,
    /// Of each claim, the sum of the fingerprints of all rows about it.
    sums: List<u128>,
    memory: Arc<Memory>,
    /// A short way to lines that stand in a file.
    nearby: Option<Nearby>,
    /// Many claims that were put together before.
    together: Option<Together>,
}

/// The claim that a row is about, itself or through its revocation.
struct Owner {
    line: u32,
    is_revocation: bool,
}

impl FactTable {
    /// Reads all tables once.
    pub(super) fn read(side: &mut Side<'_>) -> Result<Self> {
        let memory = Arc::clone(side.memory());
        let (lines, revoked, sums) = (Map::default(), Map::default(), List::new(&memory));
        let mut facts = Self { lines, revoked, sums, memory, nearby: None, together: None };
        let mut loose = 0_u64;
        // What a row is about must be known before the row.
        let mut known = MapBuilder::new(side.memory());
        read(side, CLAIM, &mut |line, text| {
            known.add(first_cell(text), line)?;
            put(&mut facts.sums, line, 0);
            // A second row of the same claim is a record of its own.
            facts.add(line, CLAIM, text);
            Ok(())
        })?;
        facts.lines.extend(known)?;
        if facts.lines.is_filed() {
            facts.nearby = facts.nearby(side)?;
        }
        let mut known = MapBuilder::new(side.memory());
        read(side, REVOKES, &mut |_, text| {
            let target = Fingerprint::of(text.split(|byte| *byte == b'\t').nth(1).unwrap_or_default());
            facts.line(target)?.map_or(Ok(()), |line| known.add(first_cell(text), line))
        })?;
        facts.revoked.extend(known)?;
        for path in [REVOKES].into_iter().chain(paths().filter(|path| ![CLAIM, REVOKES].contains(path))) {
            read(side, path, &mut |line, text| {
                match facts.owner(path, line, text)? {
                    Some(owner) => facts.add(owner.line, path, text),
                    None => loose += 1,
                }
                Ok(())
            })?;
        }
        if loose > 0 {
            side.notes.insert(format!("facts: {loose} rows are about no claim and were not compared"));
        }
        facts.check()?;
        Ok(facts)
    }

    /// Adds a row to the sum of its claim.
    fn add(&mut self, claim: u32, path: &str, text: &[u8]) {
        let mut hasher = PartsHasher::default();
        hasher.part(path.as_bytes());
        hasher.part(text);
        let row = u128::from_ne_bytes(hasher.finish().to_bytes());
        self.sums.change(claim as usize - 1, |sum| *sum = sum.wrapping_add(row));
    }

    /// Ids by line, unless one stands there twice: then the first line counts, wherever one looks.
    fn nearby(&self, side: &mut Side<'_>) -> Result<Option<Nearby>> {
        let (mut ids, mut count) = (List::new(&self.memory), 0);
        read(side, CLAIM, &mut |line, text| {
            count += 1;
            put(&mut ids, line, u128::from_ne_bytes(first_cell(text).to_bytes()));
            Ok(())
        })?;
        Ok((count == self.lines.len()).then_some(Nearby { ids, cursor: 0 }))
    }

    fn check(&self) -> Result<()> {
        self.lines.check()?;
        self.revoked.check()?;
        self.memory.check()
    }

    /// The line of the claim with an id.
    fn line(&mut self, id: Fingerprint) -> Result<Option<u32>> {
        let Some(nearby) = &mut self.nearby else { return Ok(self.lines.get(id)) };
        if let Some(line) = nearby.find(id) {
            return Ok(Some(line));
        }
        let line = self.lines.get(id);
        nearby.cursor = line.map_or(nearby.cursor, |line| line as usize - 1);
        Ok(line)
    }

    /// Whose row of a table it is.
    fn owner(&mut self, path: &str, line: u32, text: &[u8]) -> Result<Option<Owner>> {
        if path == CLAIM {
            return Ok(Some(Owner { line, is_revocation: false }));
        }
        let id = first_cell(text);
        let of = |is_revocation| move |line| Owner { line, is_revocation };
        Ok(self.line(id)?.map(of(false)).or_else(|| self.revoked.get(id).map(of(true))))
    }

    /// A fingerprint of all rows about each claim, and its line.
    pub(super) fn raws(&self) -> Result<Raws> {
        let mut raws = Sorter::with_room(&self.memory, self.sums.len() as u64);
        for (sum, line) in self.sums.iter().zip(1..) {
            raws.push((Fingerprint::of(&sum.to_ne_bytes()), line))?;
        }
        self.memory.check()?;
        Ok(raws)
    }

    /// The claims as JSON texts, by line.
    pub(super) fn rows(&mut self, side: &mut Side<'_>, wanted: Option<&Lines>, take: &mut TakeRow<'_>) -> Result<()> {
        let most = (side.memory().bound() / CLAIMS_PART / CLAIM_BYTES).max(TOGETHER) as u64;
        match wanted {
            Some(wanted) if wanted.is_empty() => Ok(()),
            Some(wanted) if wanted.len() <= most => self.together(side, wanted, take),
            wanted => self.one_by_one(side, wanted, take),
        }?;
        self.check()
    }

    /// Puts some claims together in memory.
    fn together(&mut self, side: &mut Side<'_>, wanted: &Lines, take: &mut TakeRow<'_>) -> Result<()> {
        let (mut claims, mut wanted) = (BTreeMap::new(), wanted.read()?);
        while let Some(line) = wanted.next()? {
            claims.insert(line, Claim::default());
        }
        for path in telling() {
            read(side, path, &mut |line, text| {
                if let Some(owner) = self.owner(path, line, text)?
                    && let Some(claim) = claims.get_mut(&owner.line)
                {
                    claim.take(path, owner.is_revocation, text);
                }
                Ok(())
            })?;
        }
        claims.into_iter().try_for_each(|(line, mut claim)| take(line, &claim.json()))
    }

    /// Puts claims together one after the other, unless that was done for these before.
    fn one_by_one(&mut self, side: &mut Side<'_>, wanted: Option<&Lines>, take: &mut TakeRow<'_>) -> Result<()> {
        let wanted = Wanted::of(wanted, self.sums.len())?;
        let mut together = match self.together.take().filter(|together| together.has(&wanted)) {
            Some(together) => together,
            None => Together::of(wanted.clone(), &mut |wanted, out| self.put_together(side, wanted, out))?,
        };
        let told = together.read(&wanted, take);
        self.together = Some(together);
        told
    }

    /// The rows of claims are put aside by table and claim, and then taken together.
    fn put_together(&mut self, side: &mut Side<'_>, wanted: &Wanted, out: &mut TakeRow<'_>) -> Result<()> {
        let (mut texts, mut tables) = (Texts::new()?, Vec::new());
        for path in telling() {
            let mut rows = Sorter::<(u32, (TextPlace, u32))>::new(side.memory());
            read(side, path, &mut |line, text| {
                let Some(owner) = self.owner(path, line, text)?.filter(|owner| wanted.has(owner.line)) else {
                    return Ok(());
                };
                rows.push((owner.line, (texts.push(text)?, owner.is_revocation.into())))
            })?;
            tables.push((path, rows.finish()?));
        }
        let mut texts = texts.finish()?;
        let readers = tables.iter().map(|(path, rows)| Ok((*path, rows.read()?)));
        let mut readers = readers.collect::<Result<Vec<_>>>()?;
        let mut claim = Claim::default();
        for line in wanted.lines() {
            claim.clear();
            for (sequence, (path, rows)) in (0..).zip(&mut readers) {
                while let Some((_, (place, is_revocation))) = rows.head().filter(|(of, _)| *of == line) {
                    claim.take(path, is_revocation > 0, texts.read(sequence, place)?);
                    rows.advance()?;
                }
            }
            out(line, &claim.json())?;
        }
        Ok(())
    }
}

/// The tables that say something of a claim.
fn telling() -> impl Iterator<Item = &'static str> {
    paths().filter(|path| *path != "facts/claim_seq.facts")
}

/// The ids of claims by line: tables are sorted alike, so the next claim asked for is near, and a file need not be searched.
struct Nearby {
    ids: List<u128>,
    cursor: usize,
}

impl Nearby {
    fn find(&mut self, id: Fingerprint) -> Option<u32> {
        const NEAR: usize = 4;
        let id = u128::from_ne_bytes(id.to_bytes());
        let at = (self.cursor..self.cursor + NEAR).find(|at| self.ids.get(*at) == Some(id))?;
        self.cursor = at;
        Some(at as u32 + 1)
    }
}

/// Puts a number where its line says; lines come in order, and those that were left out have none.
fn put(list: &mut List<u128>, line: u32, number: u128) {
    while list.len() + 1 < line as usize {
        list.push(0);
    }
    list.push(number);
}

/// The rows of a table, if it is there.
fn read(side: &mut Side<'_>, path: &str, take: &mut TakeRow<'_>) -> Result<()> {
    if side.has(path) { side.lines(path, take) } else { Ok(()) }
}

/// The id that a row begins with.
fn first_cell(text: &[u8]) -> Fingerprint {
    Fingerprint::of(text.split(|byte| *byte == b'\t').next().unwrap_or_default())
}
