//! A map by fingerprint that is built first and asked then; what does not fit in memory is a sorted table in a file.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::memory::{Held, LEAST, Memory};
use super::record::Record;
use super::runs::{Runs, told};
use crate::digest::{Fingerprint, FingerprintMap};
use crate::error::Result;

/// How many rows of a table are read at once.
const BLOCK: usize = 128;
/// In so many parts what is in memory is sorted, so that sorting takes little more.
const PARTS: u64 = 16;

/// Takes what ids are to give; the first word on each holds.
pub(crate) struct MapBuilder<V> {
    held: Held,
    recent: FingerprintMap<V>,
    runs: Option<Runs<Row<V>>>,
}

/// A row of a table; sorted by its id alone.
#[derive(Clone, Copy)]
struct Row<V>(Fingerprint, V);

impl<V> PartialEq for Row<V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<V> Eq for Row<V> {}

impl<V> PartialOrd for Row<V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V> Ord for Row<V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<V: Record> Record for Row<V> {
    const BYTES: usize = Fingerprint::BYTES + V::BYTES;

    fn write(&self, out: &mut [u8]) {
        (self.0, self.1).write(out);
    }

    fn read(bytes: &[u8]) -> Self {
        let (id, value) = Record::read(bytes);
        Self(id, value)
    }
}

impl<V: Record> MapBuilder<V> {
    /// Knows nothing yet.
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        Self { held: Held::of(memory), recent: FingerprintMap::default(), runs: None }
    }

    /// Takes what an id gives, unless it gives something already.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn add(&mut self, id: Fingerprint, value: V) -> Result<()> {
        if self.recent.len() == self.recent.capacity() {
            self.make_room()?;
        }
        self.recent.entry(id).or_insert(value);
        Ok(())
    }

    fn make_room(&mut self) -> Result<()> {
        let count = (self.recent.capacity() * 2).max(224);
        let bytes = bytes_of::<V>(count);
        if self.held.grow_to(bytes) || bytes <= LEAST {
            self.recent.reserve(count - self.recent.len());
            return Ok(());
        }
        self.spill()
    }

    fn spill(&mut self) -> Result<()> {
        let recent = &self.recent;
        let sorted = (0..PARTS).flat_map(|part| {
            let rows = recent.iter().filter(|(id, _)| id.low() >> 60 == part).map(|(id, value)| Row(*id, *value));
            let mut rows: Vec<Row<V>> = rows.collect();
            rows.sort_unstable();
            rows
        });
        let runs = match &mut self.runs {
            Some(runs) => runs,
            None => self.runs.insert(Runs::new()?),
        };
        runs.add(sorted.map(Ok))?;
        self.recent.clear();
        Ok(())
    }
}

/// What a map with room for so many takes.
fn bytes_of<V>(count: usize) -> usize {
    (count * 8 / 7).next_power_of_two() * (size_of::<(Fingerprint, V)>() + 1)
}

/// What ids give: one layer upon the other, and the first that knows an id speaks.
#[derive(Clone)]
pub(crate) struct Map<V> {
    layers: Vec<Arc<Layer<V>>>,
}

enum Layer<V> {
    Memory(Held, FingerprintMap<V>),
    File(Table),
}

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self { layers: Vec::new() }
    }
}

impl<V: Record> Map<V> {
    /// Takes what else is known; what was known before stays.
    ///
    /// # Errors
    /// When there is no room in a temporary file.
    pub(crate) fn extend(&mut self, mut more: MapBuilder<V>) -> Result<()> {
        if more.runs.is_some() {
            more.spill()?;
        }
        let MapBuilder { held, recent, runs } = more;
        if let Some(runs) = runs {
            drop((recent, held));
            self.layers.push(Arc::new(Layer::File(Table::of(&runs)?)));
        } else if let Some(Layer::Memory(held, map)) = self.layers.last_mut().and_then(Arc::get_mut)
            && held.grow_to(bytes_of::<V>(map.len() + recent.len()))
        {
            #[expect(clippy::iter_over_hash_type, reason = "a table is filled, in any order")]
            for (id, value) in recent {
                map.entry(id).or_insert(value);
            }
        } else if !recent.is_empty() {
            self.layers.push(Arc::new(Layer::Memory(held, recent)));
        }
        Ok(())
    }

    /// True if nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// How many ids are known, if there is one layer only.
    pub(crate) fn len(&self) -> u64 {
        self.layers
            .iter()
            .map(|layer| match &**layer {
                Layer::Memory(_, map) => map.len() as u64,
                Layer::File(table) => table.count,
            })
            .sum()
    }

    /// True if some of it stands in a file.
    pub(crate) fn is_filed(&self) -> bool {
        self.layers.iter().any(|layer| matches!(&**layer, Layer::File(_)))
    }

    /// What an id gives. What cannot be read gives nothing, and is told by [`Map::check`].
    pub(crate) fn get(&self, id: Fingerprint) -> Option<V> {
        self.layers.iter().find_map(|layer| match &**layer {
            Layer::Memory(_, map) => map.get(&id).copied(),
            Layer::File(table) => table.get(id),
        })
    }

    /// True if `holds` is true of all ids and what they give.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub(crate) fn all(&self, mut holds: impl FnMut(Fingerprint, V) -> bool) -> Result<bool> {
        let mut all = true;
        for (n, layer) in self.layers.iter().enumerate() {
            // What an earlier layer knows is said there.
            let above = Self { layers: self.layers[..n].to_vec() };
            let mut each = |id, value| all = all && (above.get(id).is_some() || holds(id, value));
            match &**layer {
                #[expect(clippy::iter_over_hash_type, reason = "the answer is the same in any order")]
                Layer::Memory(_, map) => {
                    for (id, value) in map {
                        each(*id, *value);
                    }
                }
                Layer::File(table) => table.each(&mut each)?,
            }
        }
        Ok(all)
    }

    /// Whether everything that was asked for could be read.
    ///
    /// # Errors
    /// When something could not be.
    pub(crate) fn check(&self) -> Result<()> {
        self.layers.iter().try_for_each(|layer| match &**layer {
            Layer::Memory(..) => Ok(()),
            Layer::File(table) => table.check(),
        })
    }
}

/// A sorted table in a file, an id a row.
struct Table {
    file: File,
    count: u64,
    sieve: Sieve,
    /// The first id of each block.
    firsts: Vec<Fingerprint>,
    last: Mutex<Block>,
}

/// The block that was read last, and why one could not be.
#[derive(Default)]
struct Block {
    number: Option<usize>,
    bytes: Vec<u8>,
    failed: Option<io::Error>,
}

impl Table {
    /// Of rows that are equal the first counts.
    fn of<V: Record>(runs: &Runs<Row<V>>) -> Result<Self> {
        let mut merge = runs.merge()?;
        let (mut firsts, mut count, mut last) = (Vec::new(), 0_u64, None);
        let mut sieve = Sieve::with_room(runs.len());
        let mut one = Runs::new()?;
        one.add(std::iter::from_fn(|| {
            loop {
                let Row(id, value) = match merge.next().transpose()? {
                    Ok(row) => row,
                    Err(error) => return Some(Err(error)),
                };
                if last.replace(id) == Some(id) {
                    continue;
                }
                if count % BLOCK as u64 == 0 {
                    firsts.push(id);
                }
                count += 1;
                sieve.add(id);
                return Some(Ok(Row(id, value)));
            }
        }))?;
        Ok(Self { file: one.into_file(), count, sieve, firsts, last: Mutex::default() })
    }

    /// Reads all rows in order.
    fn each<V: Record>(&self, each: &mut dyn FnMut(Fingerprint, V)) -> Result<()> {
        let mut bytes = Vec::new();
        for block in 0..self.firsts.len() {
            self.read::<V>(block, &mut bytes).map_err(|error| told("read", error))?;
            for row in bytes.chunks_exact(Row::<V>::BYTES) {
                let Row(id, value) = Record::read(row);
                each(id, value);
            }
        }
        Ok(())
    }

    fn read<V: Record>(&self, block: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        let first = (block * BLOCK) as u64;
        bytes.resize((self.count - first).min(BLOCK as u64) as usize * Row::<V>::BYTES, 0);
        self.file.read_exact_at(bytes, first * Row::<V>::BYTES as u64)
    }

    fn get<V: Record>(&self, id: Fingerprint) -> Option<V> {
        if !self.sieve.may_have(id) {
            return None;
        }
        let number = self.firsts.partition_point(|first| *first <= id).checked_sub(1)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.number != Some(number) {
            last.number = None;
            if let Err(error) = self.read::<V>(number, &mut last.bytes) {
                last.failed = Some(error);
                return None;
            }
            last.number = Some(number);
        }
        let row = |at: usize| Row::<V>::read(&last.bytes[at * Row::<V>::BYTES..][..Row::<V>::BYTES]);
        let (mut from, mut to) = (0, last.bytes.len() / Row::<V>::BYTES);
        while from < to {
            let middle = from.midpoint(to);
            let Row(found, value) = row(middle);
            match found.cmp(&id) {
                Ordering::Equal => return Some(value),
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
            }
        }
        None
    }

    fn check(&self) -> Result<()> {
        let failed = self.last.lock().unwrap_or_else(PoisonError::into_inner).failed.take();
        failed.map_or(Ok(()), |error| Err(told("read", error)))
    }
}

/// Says of most ids that are not in a table that they are not, without reading it: two bytes an id, two bits of them set.
struct Sieve(Vec<u64>);

impl Sieve {
    fn with_room(count: u64) -> Self {
        Self(vec![0; (count / 4).next_power_of_two() as usize])
    }

    /// Where the bits of an id are: each half of it says of one.
    fn bits(&self, id: Fingerprint) -> [(usize, u64); 2] {
        let both = u128::from_ne_bytes(id.to_bytes());
        [both as u64, (both >> 64) as u64].map(|half| ((half >> 6) as usize & (self.0.len() - 1), 1 << (half & 63)))
    }

    fn add(&mut self, id: Fingerprint) {
        for (at, bit) in self.bits(id) {
            self.0[at] |= bit;
        }
    }

    fn may_have(&self, id: Fingerprint) -> bool {
        self.bits(id).into_iter().all(|(at, bit)| self.0[at] & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> Fingerprint {
        Fingerprint::of(&n.to_ne_bytes())
    }

    /// Two layers: what comes first speaks, within a layer and between them.
    fn built(memory: &Arc<Memory>) -> Map<u32> {
        let mut map = Map::default();
        for layer in [0..40_000, 30_000..60_000] {
            let mut builder = MapBuilder::new(memory);
            for n in layer.clone().chain(layer.clone()) {
                builder.add(id(n), n + layer.start).expect("there is room");
            }
            for n in layer.clone().step_by(3) {
                builder.add(id(n), u32::MAX).expect("there is room");
            }
            map.extend(builder).expect("there is room");
        }
        map
    }

    #[test]
    fn a_map_gives_the_same_from_memory_and_from_a_file() {
        for (memory, layers) in [(Memory::new(1 << 24), 1), (Memory::new(0), 2)] {
            let map = built(&memory);
            assert_eq!(map.layers.len(), layers);
            assert_eq!(map.layers.iter().any(|layer| matches!(&**layer, Layer::File(_))), layers == 2);
            for n in 0..60_000 {
                let wanted = if n < 40_000 { n } else { n + 30_000 };
                assert_eq!(map.get(id(n)), Some(wanted), "{n}");
            }
            assert!((60_000..70_000).all(|n| map.get(id(n)).is_none()));
            assert!(map.all(|id, value| map.get(id) == Some(value)).expect("it can be read"));
            assert!(!map.all(|_, value| value != 89_999).expect("it can be read"));
            map.check().expect("it could be read");
        }
    }

    #[test]
    fn a_sieve_lets_pass_what_it_has_and_little_else() {
        let mut sieve = Sieve::with_room(10_000);
        (0..10_000).for_each(|n| sieve.add(id(n)));
        assert!((0..10_000).all(|n| sieve.may_have(id(n))));
        let passed = (10_000..60_000).filter(|n| sieve.may_have(id(*n))).count();
        assert!(passed < 2_500, "{passed} of 50000");
    }

    #[test]
    fn what_could_not_be_read_is_told() {
        let map = built(&Memory::new(0));
        for layer in &map.layers {
            if let Layer::File(table) = &**layer {
                table.file.set_len(100).expect("it is ours");
            }
        }
        assert!((0..60_000).any(|n| map.get(id(n)).is_none()));
        assert!(map.check().is_err());
    }
}
