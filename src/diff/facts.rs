//! The tables of facts as records: a claim with its arguments, its metadata and its revocation.
//!
//! In memory is a number and a sum a claim. Claims that have to be looked at are put together from all tables, so many
//! at a time.

use std::collections::BTreeMap;

use super::side::{Side, TakeRow};
use crate::digest::{Fingerprint, FingerprintMap, PartsHasher};
use crate::error::Result;
use crate::json::push_string;
use crate::package::tables::{TABLES, unescape};

const CLAIM: &str = "facts/claim.facts";
const REVOKES: &str = "facts/revokes.facts";
/// How many claims are put together at a time.
const BATCH: usize = 100_000;

/// Where the tables stand.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.path)
}

/// The claims of a side.
pub(super) struct FactTable {
    /// The line of each claim, by its id.
    lines: FingerprintMap<u32>,
    /// The line of the claim that a revocation revokes, by the revocation's id.
    revoked: FingerprintMap<u32>,
    /// Of each claim, the sum of the fingerprints of all rows about it.
    sums: Vec<u128>,
}

/// Whose row it is.
enum Owner {
    Claim(u32),
    Revocation(u32),
}

impl FactTable {
    /// Reads all tables once.
    pub(super) fn read(side: &mut Side<'_>) -> Result<Self> {
        let (lines, revoked) = (FingerprintMap::default(), FingerprintMap::default());
        let mut facts = Self { lines, revoked, sums: Vec::new() };
        let mut loose = 0_u64;
        // What a row is about must be known before the row.
        for path in [CLAIM, REVOKES].into_iter().chain(paths().filter(|path| ![CLAIM, REVOKES].contains(path))) {
            if !side.has(path) {
                continue;
            }
            side.lines(path, &mut |line, text| {
                let mut cells = text.split(|byte| *byte == b'\t');
                let id = Fingerprint::of(cells.next().unwrap_or_default());
                match path {
                    CLAIM => {
                        facts.lines.entry(id).or_insert(line);
                        facts.sums.resize(line as usize, 0);
                    }
                    REVOKES => {
                        let target = Fingerprint::of(cells.next().unwrap_or_default());
                        if let Some(line) = facts.lines.get(&target) {
                            facts.revoked.entry(id).or_insert(*line);
                        }
                    }
                    _ => {}
                }
                // A second row of the same claim is a record of its own.
                let owner = if path == CLAIM { Some(line) } else { facts.owner(id).map(|owner| owner.line()) };
                let mut hasher = PartsHasher::default();
                hasher.part(path.as_bytes());
                hasher.part(text);
                match owner.and_then(|line| facts.sums.get_mut(line as usize - 1)) {
                    Some(sum) => *sum = sum.wrapping_add(u128::from_ne_bytes(hasher.finish().to_bytes())),
                    None => loose += 1,
                }
                Ok(())
            })?;
        }
        if loose > 0 {
            side.notes.insert(format!("facts: {loose} rows are about no claim and were not compared"));
        }
        Ok(facts)
    }

    fn owner(&self, id: Fingerprint) -> Option<Owner> {
        let claim = self.lines.get(&id).map(|line| Owner::Claim(*line));
        claim.or_else(|| self.revoked.get(&id).map(|line| Owner::Revocation(*line)))
    }

    /// A fingerprint of all rows about each claim, and its line.
    pub(super) fn raws(&self) -> Vec<(Fingerprint, u32)> {
        self.sums.iter().zip(1..).map(|(sum, line)| (Fingerprint::of(&sum.to_ne_bytes()), line)).collect()
    }

    /// The claims as JSON texts, by line.
    pub(super) fn rows(&self, side: &mut Side<'_>, wanted: Option<&[u32]>, take: &mut TakeRow<'_>) -> Result<()> {
        let all: Vec<u32>;
        let wanted = match wanted {
            Some(lines) => lines,
            None => {
                all = (1..).take(self.sums.len()).collect();
                &all
            }
        };
        for batch in wanted.chunks(BATCH) {
            let mut claims: BTreeMap<u32, Claim> = batch.iter().map(|line| (*line, Claim::default())).collect();
            for path in paths().filter(|path| *path != "facts/claim_seq.facts") {
                if side.has(path) {
                    side.lines(path, &mut |line, text| {
                        self.put(&mut claims, path, line, text);
                        Ok(())
                    })?;
                }
            }
            for (line, claim) in claims {
                take(line, &claim.to_json())?;
            }
        }
        Ok(())
    }

    fn put(&self, claims: &mut BTreeMap<u32, Claim>, path: &'static str, line: u32, text: &[u8]) {
        let id = Fingerprint::of(text.split(|byte| *byte == b'\t').next().unwrap_or_default());
        let owner = if path == CLAIM { Some(Owner::Claim(line)) } else { self.owner(id) };
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
