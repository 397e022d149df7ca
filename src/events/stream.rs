//! What is kept of one stream: its numbers, its chain, its clock, its open spans, its steps.

use std::collections::BTreeMap;

use super::event::{Event, Key, Word};
use super::kind::{COMPONENTS, Kind};
use super::steps::Steps;
use super::sync::Meeting;
use crate::digest::Digest;

/// Most spans that one stream may have open.
pub(super) const MOST_OPEN: usize = 4096;

/// A span that has begun.
pub(super) struct Open {
    /// When, on the stream's clock.
    pub(super) since: i64,
    pub(super) line: u64,
    pub(super) meeting: Option<Meeting>,
}

/// One rank, or the run itself.
pub(crate) struct Stream {
    /// None: the run stream.
    pub(crate) rank: Option<u32>,
    /// The next number, if the stream counts its events.
    next_seq: Option<u64>,
    /// The hash that the next event must name, if the stream is chained.
    last_hash: Option<Digest>,
    clock: Word,
    last: Option<i64>,
    open: BTreeMap<Key, Open>,
    counts: [u16; COMPONENTS],
    /// Components with at least one open span, as bits.
    live: u16,
    /// A span was not kept, so an END may lack its START for our own sake.
    pub(super) overflowed: bool,
    pub(crate) steps: Steps,
    /// Time in which it computed or loaded data.
    pub(crate) busy: u128,
}

/// What the numbers of a stream can be.
pub(super) enum Sequence {
    Fits,
    Partial,
    Repeated(u64),
    Gap(u64),
}

/// What the chain of a stream can be.
pub(super) enum Chain {
    Fits,
    Partial,
    Broken { wrong_hash: bool, wrong_prev: bool },
}

/// What the clock did from one event to the next.
pub(super) struct Tick {
    /// When the event takes place.
    pub(super) now: i64,
    /// How much time passed.
    pub(super) passed: u64,
    /// How far the clock went back.
    pub(super) back: u64,
    /// Another clock domain than before.
    pub(super) new_clock: bool,
}

impl Stream {
    /// A stream as its first event shapes it.
    pub(super) fn new(event: &Event<'_>) -> Self {
        let is_chained = event.hash.is_some() || event.prev.is_some();
        Self {
            rank: event.rank,
            next_seq: event.seq.map(|_| 0),
            last_hash: is_chained.then_some(Digest::ZERO),
            clock: event.clock,
            last: None,
            open: BTreeMap::new(),
            counts: [0; COMPONENTS],
            live: 0,
            overflowed: false,
            steps: Steps::default(),
            busy: 0,
        }
    }

    pub(crate) fn is_chained(&self) -> bool {
        self.last_hash.is_some()
    }

    pub(super) fn is_on_wall_clock(&self) -> bool {
        self.clock == Word::wall()
    }

    /// Takes an event's number.
    pub(super) fn count(&mut self, seq: Option<i64>) -> Sequence {
        let (seq, next) = match (seq, &mut self.next_seq) {
            (None, None) => return Sequence::Fits,
            (Some(seq), Some(next)) => (seq as u64, next),
            _ => return Sequence::Partial,
        };
        let expected = *next;
        if seq < expected {
            return Sequence::Repeated(expected);
        }
        *next = seq + 1;
        if seq > expected { Sequence::Gap(expected) } else { Sequence::Fits }
    }

    /// Takes an event's place in the hash chain; `own` is the digest of the event without its hash.
    pub(super) fn link(&mut self, prev: Option<Digest>, hash: Option<Digest>, own: impl FnOnce() -> Digest) -> Chain {
        match (prev, hash, &mut self.last_hash) {
            (None, None, None) => Chain::Fits,
            (Some(prev), Some(hash), Some(last)) => {
                let (wrong_hash, wrong_prev) = (own() != hash, prev != *last);
                // The next event is held to the stated hash, so that one edit gives one code.
                *last = hash;
                if wrong_hash || wrong_prev { Chain::Broken { wrong_hash, wrong_prev } } else { Chain::Fits }
            }
            _ => Chain::Partial,
        }
    }

    /// Moves the stream's clock to an event. Time never goes back: such an event takes place at the last one's.
    pub(super) fn tick(&mut self, clock: Word, ts: i64) -> Tick {
        let new_clock = clock != self.clock;
        if new_clock {
            self.clock = clock;
            self.last = None;
        }
        let last = self.last.unwrap_or(ts);
        let now = ts.max(last);
        self.last = Some(now);
        // Both are at least zero, so no difference overflows.
        Tick { now, passed: (now - last) as u64, back: (now - ts) as u64, new_clock }
    }

    /// Components with at least one open span, as bits.
    pub(super) fn live(&self) -> u16 {
        self.live
    }

    /// True if there is no room for one more span.
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= MOST_OPEN
    }

    /// Begins a span.
    pub(super) fn begin(&mut self, key: Key, open: Open) {
        self.open.insert(key, open);
        if let Some(component) = key.kind.component() {
            self.counts[component] += 1;
            self.live |= 1 << component;
        }
    }

    /// Ends a span, if it is open.
    pub(super) fn end(&mut self, key: Key) -> Option<Open> {
        let open = self.open.remove(&key)?;
        if let Some(component) = key.kind.component() {
            self.counts[component] -= 1;
            if self.counts[component] == 0 {
                self.live &= !(1 << component);
            }
        }
        if key.kind == Kind::Step {
            self.steps.current = None;
        }
        Some(open)
    }

    /// Ends all spans.
    pub(super) fn end_all(&mut self) -> BTreeMap<Key, Open> {
        self.counts = [0; COMPONENTS];
        self.live = 0;
        self.steps.current = None;
        std::mem::take(&mut self.open)
    }
}
