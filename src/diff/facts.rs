//! The tables of facts as records: a claim with its arguments, its metadata and its revocation.
//!
//! Of each claim its number and a sum are kept. Claims that have to be looked at are put together from all tables, so many
//! at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::alike::{Lines, Raws};
use super::side::{Side, TakeRow};
use crate::digest::{Fingerprint, PartsHasher};
use crate::error::Result;
use crate::json::push_string;
use crate::package::tables::{TABLES, unescape};
use crate::spill::{Map, MapBuilder, Memory, Slots, Sorter};

const CLAIM: &str = "facts/claim.facts";
const REVOKES: &str = "facts/revokes.facts";
/// How many claims are put together at a time at most and at least, and what is allowed for each, in bytes.
const BATCH: [usize; 2] = [100_000, 1_000];
const CLAIM_BYTES: usize = 2_500;

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
    sums: Slots,
}

/// Whose row it is.
enum Owner {
    Claim(u32),
    Revocation(u32),
}

impl FactTable {
    /// Reads all tables once.
    pub(super) fn read(side: &mut Side<'_>) -> Result<Self> {
        let mut facts = Self { lines: Map::default(), revoked: Map::default(), sums: Slots::new(side.memory()) };
        let mut loose = 0_u64;
        // What a row is about must be known before the row.
        let mut known = MapBuilder::new(side.memory());
        read(side, CLAIM, &mut |line, text| {
            known.add(first_cell(text), line)?;
            facts.sums.reach(line as usize)?;
            // A second row of the same claim is a record of its own.
            facts.add(Some(line), CLAIM, text).map(drop)
        })?;
        facts.lines.extend(known)?;
        let mut known = MapBuilder::new(side.memory());
        read(side, REVOKES, &mut |_, text| {
            let target = Fingerprint::of(text.split(|byte| *byte == b'\t').nth(1).unwrap_or_default());
            facts.lines.get(target).map_or(Ok(()), |line| known.add(first_cell(text), line))
        })?;
        facts.revoked.extend(known)?;
        for path in [REVOKES].into_iter().chain(paths().filter(|path| ![CLAIM, REVOKES].contains(path))) {
            read(side, path, &mut |_, text| {
                let owner = facts.owner(first_cell(text)).map(|owner| owner.line());
                loose += u64::from(!facts.add(owner, path, text)?);
                Ok(())
            })?;
        }
        if loose > 0 {
            side.notes.insert(format!("facts: {loose} rows are about no claim and were not compared"));
        }
        facts.check()?;
        Ok(facts)
    }

    /// Adds a row to the sum of its claim; false if there is none.
    fn add(&mut self, claim: Option<u32>, path: &str, text: &[u8]) -> Result<bool> {
        let mut hasher = PartsHasher::default();
        hasher.part(path.as_bytes());
        hasher.part(text);
        let Some(claim) = claim else { return Ok(false) };
        let Some(sum) = self.sums.at(claim as usize - 1)? else { return Ok(false) };
        *sum = sum.wrapping_add(u128::from_ne_bytes(hasher.finish().to_bytes()));
        Ok(true)
    }

    fn check(&self) -> Result<()> {
        self.lines.check()?;
        self.revoked.check()
    }

    fn owner(&self, id: Fingerprint) -> Option<Owner> {
        let claim = self.lines.get(id).map(Owner::Claim);
        claim.or_else(|| self.revoked.get(id).map(Owner::Revocation))
    }

    /// A fingerprint of all rows about each claim, and its line.
    pub(super) fn raws(&mut self, memory: &Arc<Memory>) -> Result<Raws> {
        let mut raws = Sorter::with_room(memory, self.sums.len() as u64);
        for at in 0..self.sums.len() {
            let sum = self.sums.at(at)?.map_or(0, |sum| *sum);
            raws.push((Fingerprint::of(&sum.to_ne_bytes()), at as u32 + 1))?;
        }
        Ok(raws)
    }

    /// The claims as JSON texts, by line.
    pub(super) fn rows(&self, side: &mut Side<'_>, wanted: Option<&Lines>, take: &mut TakeRow<'_>) -> Result<()> {
        let most = (side.memory().bound() / CLAIM_BYTES).clamp(BATCH[1], BATCH[0]);
        let mut wanted = wanted.map(Lines::read).transpose()?;
        let mut all = 1..=self.sums.len() as u32;
        loop {
            let mut claims = BTreeMap::new();
            while claims.len() < most {
                let line = match &mut wanted {
                    Some(wanted) => wanted.next()?,
                    None => all.next(),
                };
                let Some(line) = line else { break };
                claims.insert(line, Claim::default());
            }
            if claims.is_empty() {
                return self.check();
            }
            for path in paths().filter(|path| *path != "facts/claim_seq.facts") {
                read(side, path, &mut |line, text| {
                    self.put(&mut claims, path, line, text);
                    Ok(())
                })?;
            }
            for (line, claim) in claims {
                take(line, &claim.to_json())?;
            }
        }
    }

    fn put(&self, claims: &mut BTreeMap<u32, Claim>, path: &'static str, line: u32, text: &[u8]) {
        let owner = if path == CLAIM { Some(Owner::Claim(line)) } else { self.owner(first_cell(text)) };
        let Some((owner, claim)) = owner.and_then(|owner| claims.get_mut(&owner.line()).map(|claim| (owner, claim)))
        else {
            return;
        };
        let text = String::from_utf8_lossy(text);
        let cells: Vec<String> = text.split('\t').map(unescape).collect();
        let table = path.trim_start_matches("facts/").trim_end_matches(".facts");
        match (owner, table) {
            (_, "claim") => claim.cells = cells,
            (_, "revokes") => claim.revoked = Some(cells),
            (Owner::Claim(_), "claim_arg") => insert(&mut claim.arguments, &cells),
            (Owner::Claim(_), _) => insert(claim.metas.entry(table).or_default(), &cells),
            (Owner::Revocation(_), _) => insert(claim.revocation.entry(table).or_default(), &cells),
        }
    }
}

/// The rows of a table, if it is there.
fn read(side: &mut Side<'_>, path: &str, take: &mut TakeRow<'_>) -> Result<()> {
    if side.has(path) { side.lines(path, take) } else { Ok(()) }
}

/// The id that a row begins with.
fn first_cell(text: &[u8]) -> Fingerprint {
    Fingerprint::of(text.split(|byte| *byte == b'\t').next().unwrap_or_default())
}

impl Owner {
    fn line(&self) -> u32 {
        match self {
            Owner::Claim(line) | Owner::Revocation(line) => *line,
        }
    }
}

/// The cells of rows behind the id, by the cell after it.
type Cells = BTreeMap<String, Vec<Vec<String>>>;

fn insert(into: &mut Cells, cells: &[String]) {
    let name = cells.get(1).cloned().unwrap_or_default();
    into.entry(name).or_default().push(cells.get(2..).unwrap_or_default().to_vec());
}

/// A claim as it is put together.
#[derive(Default)]
struct Claim {
    cells: Vec<String>,
    arguments: Cells,
    metas: BTreeMap<&'static str, Cells>,
    /// Cells of the revocation.
    revoked: Option<Vec<String>>,
    revocation: BTreeMap<&'static str, Cells>,
}

impl Claim {
    /// Canonical JSON: `args` by place, metadata by table, `revoked` where it is.
    fn to_json(&self) -> Vec<u8> {
        let member = |out: &mut Vec<u8>, name: &str, place: usize| {
            out.extend_from_slice(format!("\"{name}\":").as_bytes());
            push_string(out, self.cells.get(place).map_or("", String::as_str));
        };
        let mut out = b"{\"args\":".to_vec();
        push_cells(&mut out, &self.arguments, |out, cells| {
            out.extend_from_slice(b"{\"tag\":");
            push_string(out, cells.get(1).map_or("", String::as_str));
            out.extend_from_slice(b",\"value\":");
            push_string(out, cells.first().map_or("", String::as_str));
            out.push(b'}');
        });
        out.push(b',');
        member(&mut out, "asrt_id", 0);
        out.push(b',');
        member(&mut out, "e_ref", 2);
        push_metas(&mut out, &self.metas);
        out.push(b',');
        member(&mut out, "pred_id", 1);
        if let Some(cells) = &self.revoked {
            out.extend_from_slice(b",\"revoked\":{\"asrt_id\":");
            push_string(&mut out, cells.first().map_or("", String::as_str));
            push_metas(&mut out, &self.revocation);
            out.push(b'}');
        }
        out.push(b',');
        member(&mut out, "tup_digest", 3);
        out.push(b'}');
        out
    }
}

fn push_metas(out: &mut Vec<u8>, metas: &BTreeMap<&'static str, Cells>) {
    for (table, cells) in metas {
        out.extend_from_slice(format!(",\"{table}\":").as_bytes());
        push_cells(out, cells, |out, cells| push_string(out, cells.first().map_or("", String::as_str)));
    }
}

/// An object by name; what stands there more than once is a list, in an order of its own.
fn push_cells(out: &mut Vec<u8>, cells: &Cells, push: impl Fn(&mut Vec<u8>, &[String])) {
    out.push(b'{');
    for (n, (name, rows)) in cells.iter().enumerate() {
        out.extend_from_slice(if n > 0 { b"," } else { b"" });
        push_string(out, name);
        out.push(b':');
        match rows.as_slice() {
            [row] => push(out, row),
            rows => {
                let mut rows: Vec<&Vec<String>> = rows.iter().collect();
                rows.sort_unstable();
                out.push(b'[');
                for (n, row) in rows.into_iter().enumerate() {
                    out.extend_from_slice(if n > 0 { b"," } else { b"" });
                    push(out, row);
                }
                out.push(b']');
            }
        }
    }
    out.push(b'}');
}
