//! Which event ids were seen: exact, and in bounded memory.
//!
//! Ids of the form `r<rank>.<number>` and `run.<number>` are kept as ranges, which for a writer that counts is one range
//! a stream. All others are 128-bit fingerprints in a table; when that outgrows its bound, sorted runs go to a file, and
//! an id that stands in two of them is only known at the end. The log is then read a second time with those ids alone.

use std::collections::{BTreeMap, HashMap};

use super::event::MAX_RANK;
use super::slots::Slots;
use super::table::Table;
use crate::digest::{ByFingerprint, Fingerprint};
use crate::error::Result;
use crate::json::unsigned;
use crate::spill::Runs;

/// Most ranges of a first reading; counted ids that would need another go to the table.
const MOST_RANGES: usize = 1 << 20;

/// Numbers of counted ids are smaller.
const MOST_COUNTED: i64 = 1_000_000_000_000_000_000;

/// The ids that stand in a log more than once; true once one was remembered.
pub(super) type Repeated = HashMap<u128, bool, ByFingerprint>;

/// Every id that was remembered.
pub(super) struct Ids {
    /// Where the numbers of each stream are.
    slots: Slots,
    counted: Vec<Ranges>,
    ranges: usize,
    others: Others,
}

/// The numbers of one stream.
#[derive(Default)]
struct Ranges {
    /// The range that grows: from, and the number behind the last.
    newest: (u64, u64),
    older: BTreeMap<u64, u64>,
}

impl Ranges {
    fn has(&self, number: u64) -> bool {
        let (from, to) = self.newest;
        let is_in_older = || self.older.range(..=number).next_back().is_some_and(|(_, to)| number < *to);
        (from..to).contains(&number) || is_in_older()
    }

    /// Grows the newest range, if this number is its next.
    fn grow(&mut self, number: u64) -> bool {
        let (from, to) = self.newest;
        let grows = number == to && from < to;
        self.newest.1 += u64::from(grows);
        grows
    }

    fn begin(&mut self, number: u64) {
        let (from, to) = std::mem::replace(&mut self.newest, (number, number + 1));
        if from < to {
            self.older.insert(from, to);
        }
    }
}

enum Others {
    /// A first reading: any id may turn up again.
    All { table: Table, room: usize, spill: Option<Runs<u128>>, repeated: Repeated },
    /// A second reading: only these ids do.
    These(Repeated),
}

/// An id as it is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// A stream (0 the run's, else the rank and one) and a number.
    Counted(u32, u64),
    Other(u128),
}

impl Probe {
    pub(super) fn of(id: &[u8]) -> Self {
        match counted(id) {
            Some((stream, number)) => Probe::Counted(stream, number),
            None => Probe::Other(hashed(id)),
        }
    }
}

/// A fingerprint whose lowest bit is the table's; zero is its empty slot.
fn hashed(id: &[u8]) -> u128 {
    (u128::from_be_bytes(Fingerprint::of(id).to_bytes()) & !1).max(2)
}

/// The parts of `r<rank>.<number>` and `run.<number>`; one spelling for each.
fn counted(id: &[u8]) -> Option<(u32, u64)> {
    let (stream, dot) = match id.strip_prefix(b"r")? {
        rest if rest.starts_with(b"un.") => (0, 3),
        _ => {
            let (rank, dot) = unsigned(id, 1)?;
            (rank < MAX_RANK && id.get(dot) == Some(&b'.')).then_some((rank as u32 + 1, dot))?
        }
    };
    let (number, end) = unsigned(id, dot + 1)?;
    (end == id.len() && number < MOST_COUNTED).then_some((stream, number as u64))
}

impl Ids {
    /// For a first reading with about so many bytes for ids that are not counted.
    pub(super) fn new(room: usize) -> Self {
        let others = Others::All { table: Table::new(), room, spill: None, repeated: Repeated::default() };
        Self { slots: Slots::default(), counted: Vec::new(), ranges: 0, others }
    }

    /// For a second reading.
    pub(super) fn among(repeated: Repeated) -> Self {
        let repeated = repeated.into_keys().map(|key| (key, false)).collect();
        Self { slots: Slots::default(), counted: Vec::new(), ranges: 0, others: Others::These(repeated) }
    }

    /// True while counted ids need no look into the table. A second reading never looks there for them.
    fn has_room(&self) -> bool {
        self.ranges < MOST_RANGES || matches!(self.others, Others::These(_))
    }

    /// True if this id was remembered.
    pub(super) fn knows(&self, probe: Probe, id: &[u8]) -> bool {
        let key = match probe {
            Probe::Counted(stream, number) => {
                let is_counted = self.slots.get(stream).is_some_and(|at| self.counted[at].has(number));
                if is_counted || self.has_room() {
                    return is_counted;
                }
                hashed(id)
            }
            Probe::Other(key) => key,
        };
        match &self.others {
            Others::All { table, .. } => table.get(key) == Some(true),
            Others::These(repeated) => repeated.get(&key) == Some(&true),
        }
    }

    /// Remembers an id. One that only stood on a refused line is noted as well: after a spill, whether that line is
    /// refused may turn out otherwise.
    pub(super) fn remember(&mut self, probe: Probe, id: &[u8], accepted: bool) -> Result<()> {
        let has_room = self.has_room();
        let key = match probe {
            Probe::Counted(stream, number) => {
                let at = self.slots.get(stream).unwrap_or_else(|| {
                    self.slots.put(stream, self.counted.len());
                    self.counted.push(Ranges::default());
                    self.counted.len() - 1
                });
                let ranges = &mut self.counted[at];
                if accepted && ranges.grow(number) {
                    return Ok(());
                }
                if has_room {
                    if accepted {
                        self.ranges += 1;
                        ranges.begin(number);
                    }
                    return Ok(());
                }
                hashed(id)
            }
            Probe::Other(key) => key,
        };
        match &mut self.others {
            Others::These(repeated) => {
                if let Some(remembered) = repeated.get_mut(&key) {
                    *remembered |= accepted;
                }
            }
            Others::All { table, room, spill, repeated } => {
                if table.get(key).is_some() {
                    repeated.insert(key, false);
                }
                table.put(key, accepted);
                if table.bytes() > *room {
                    let spill = match spill {
                        Some(spill) => spill,
                        None => spill.insert(Runs::new()?),
                    };
                    spill.add(table.drain_sorted().into_iter().map(Ok))?;
                }
            }
        }
        Ok(())
    }

    /// The ids that stand there more than once, if any of them was only now found to.
    pub(super) fn finish(self) -> Result<Option<Repeated>> {
        let Others::All { mut table, spill: Some(mut spill), mut repeated, .. } = self.others else { return Ok(None) };
        spill.add(table.drain_sorted().into_iter().map(Ok))?;
        let (mut late, mut last) = (false, None);
        let mut keys = spill.merge()?;
        while let Some(key) = keys.next()? {
            if last.replace(key) == Some(key) {
                late = true;
                repeated.insert(key, false);
            }
        }
        Ok(late.then_some(repeated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn see(ids: &mut Ids, id: &str) -> bool {
        let probe = Probe::of(id.as_bytes());
        let known = ids.knows(probe, id.as_bytes());
        ids.remember(probe, id.as_bytes(), true).expect("there is room");
        known
    }

    #[test]
    fn counted_ids_have_one_spelling() {
        assert_eq!(counted(b"r0.0"), Some((1, 0)));
        assert_eq!(counted(b"run.17"), Some((0, 17)));
        assert_eq!(counted(b"r1048575.999999999999999999"), Some((1_048_576, 999_999_999_999_999_999)));
        for other in
            ["r00.1", "r1.01", "r1048576.1", "r1.", "r.1", "run.", "run.-1", "r1.1.1", "x", "r1.9999999999999999999"]
        {
            assert_eq!(counted(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn an_id_is_known_once_it_was_seen_whatever_its_form() {
        let mut ids = Ids::new(1 << 20);
        for id in ["r0.0", "r0.1", "r0.5", "r0.3", "r0.6", "run.0", "x", "r01.0"] {
            assert!(!see(&mut ids, id), "{id}");
        }
        for id in ["r0.0", "r0.1", "r0.5", "r0.3", "run.0", "x", "r01.0"] {
            assert!(see(&mut ids, id), "{id}");
        }
        assert!(!see(&mut ids, "r0.2") && !see(&mut ids, "r0.4") && !see(&mut ids, "r1.0"));
    }

    #[test]
    fn a_repetition_beyond_memory_is_found_at_the_end() {
        let mut ids = Ids::new(64 << 10);
        for n in 0..20_000 {
            assert!(!see(&mut ids, &format!("e{n}")));
        }
        assert!(!see(&mut ids, "e7"), "it is in a run on disk");
        let repeated = ids.finish().expect("it can be read").expect("one is repeated");
        assert_eq!(repeated.len(), 1);
        let mut second = Ids::among(repeated);
        for n in 0..20_000 {
            assert!(!see(&mut second, &format!("e{n}")));
        }
        assert!(see(&mut second, "e7") && !see(&mut second, "new"));
    }
}
