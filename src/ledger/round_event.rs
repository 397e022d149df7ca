//! `round_events.jsonl`: what happened in review rounds, added after the export.
//!
//! Rounds are blocks of rows, so that only the open one is held in memory.

use super::flaws::{Flaw, Say};
use super::shape::{self, Field, Shape, Type};
use super::{Facts, Ledger, Order, Row};
use std::sync::Arc;

use crate::digest::{Fingerprint, FingerprintSet};
use crate::json::Value;
use crate::spill::{List, Memory, Table, record};

pub(super) static LEDGER: Ledger = Ledger {
    name: "round_events",
    path: "audit/round_events.jsonl",
    required: false,
    shape: Shape::Record(&[
        ("event_ts", Type::Count),
        ("kind", Type::OneOf(&KINDS)),
        ("payload", Type::Object),
        ("round_id", Type::Name),
        ("schema_version", Type::Word("1.0")),
        ("sequence", Type::Count),
    ]),
    order: Order::Free,
    observe,
};

const START: &str = "round_started";
const END: &str = "round_finalized";
const FRAME: &str = "proof_frame_result";
const KINDS: [&str; 7] =
    [START, "check_result", "diagnose_result", "fact_overlay_result", "why_not_result", FRAME, END];

/// From the best to the worst.
const VERDICTS: [&str; 3] = ["still_valid", "unknown", "invalidated"];
const FRAME_PAYLOAD: Type = Type::Open(&[
    Field::Must("request", Type::Open(&[Field::Must("support_digest", Type::Name)])),
    Field::Must(
        "result",
        Type::Open(&[
            Field::Must("status", Type::OneOf(&VERDICTS)),
            Field::Must("binding_items", Type::List(&Type::Pair(&Type::Name, &Type::Any))),
            Field::Must(
                "atom_verdicts",
                Type::List(&Type::Open(&[
                    Field::Must("condition_key", Type::Name),
                    Field::Must("verdict", Type::OneOf(&VERDICTS)),
                ])),
            ),
        ]),
    ),
]);

/// What is kept of all rounds.
pub(crate) struct Rounds {
    rounds: List<Round>,
    /// Where in `rounds` each is, or will be.
    known: Table<u32>,
    open: Option<Open>,
    /// A row above did not tell its round, which may have been the one that comes next.
    uncertain: bool,
    pub(crate) frames: Frames,
}

/// A round that was seen.
#[derive(Clone, Copy)]
pub(crate) struct Round {
    /// Where its last row so far stands.
    pub(crate) last_line: u32,
    /// It ended as it should.
    finished: bool,
    /// Nothing was wrong with how its rows follow each other.
    sound: bool,
}

record!(Round { last_line: u32, finished: bool, sound: bool });

/// The proof frames of all rounds.
pub(crate) struct Frames {
    pub(crate) count: u64,
    /// How many there are by status.
    pub(crate) still_valid: u64,
    pub(crate) unknown: u64,
    pub(crate) invalidated: u64,
    /// How many rounds have some.
    pub(crate) rounds: u64,
    /// The supports that frames are about, each where it is first mentioned.
    pub(crate) supports: List<(Fingerprint, u32)>,
    mentioned: Table<()>,
}

/// The round whose rows are being read.
struct Open {
    /// Its id as it is written.
    raw_id: Vec<u8>,
    round: Round,
    rows: u64,
    last_time: Vec<u8>,
    /// Events that are neither start nor end, by the place of their kind.
    events: [u64; KINDS.len()],
    frames: FingerprintSet,
}

impl Rounds {
    /// There are none.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        let frames = Frames {
            count: 0,
            still_valid: 0,
            unknown: 0,
            invalidated: 0,
            rounds: 0,
            supports: List::new(memory),
            mentioned: Table::new(memory),
        };
        Self { rounds: List::new(memory), known: Table::new(memory), open: None, uncertain: false, frames }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.rounds.len() + usize::from(self.open.is_some())
    }

    /// Those that never ended, though nothing else is wrong with them.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = Round> {
        let open = self.open.iter().map(|open| open.round);
        self.rounds.iter().chain(open).filter(|round| round.sound && !round.finished)
    }
}

fn observe(row: &Row<'_>, facts: &mut Facts) {
    let say = &mut facts.flaws.of_row(LEDGER.path, row.line);
    let rounds = &mut facts.rounds;
    let event = Event::of(row);
    let id = event.as_ref().map(|event| event.round).or_else(|| row.value.get("round_id"));
    let Some((id, fingerprint)) = id.and_then(|id| Some((id, rounds.fingerprint(id)?))) else {
        // The row could belong to the open round as well as to the next.
        rounds.uncertain = true;
        if let Some(open) = &mut rounds.open {
            open.round.sound = false;
        }
        return;
    };
    if let Some(fingerprint) = fingerprint {
        rounds.open(fingerprint, id, row, say);
    }
    let Some(open) = &mut rounds.open else { return };
    open.round.last_line = row.line;
    open.round.sound &= row.sound;
    if let Some(event) = event {
        if open.round.sound {
            open.round.sound = open.follow(&event, say);
        }
        if event.word() == FRAME {
            open.frame(row, &mut rounds.frames, say);
        }
    }
    open.rows += 1;
}

/// The members of a row that has its shape.
struct Event<'a> {
    time: &'a [u8],
    /// By its place among the kinds.
    kind: usize,
    payload: Value<'a>,
    round: Value<'a>,
    sequence: &'a [u8],
}

impl<'a> Event<'a> {
    fn of(row: &Row<'a>) -> Option<Self> {
        let [time, kind, payload, round, _, sequence] = row.sound.then(|| row.value.values())??;
        let kind = KINDS.iter().position(|known| kind.is_text(known))?;
        Some(Self { time: time.raw(), kind, payload, round, sequence: sequence.raw() })
    }

    fn word(&self) -> &'static str {
        KINDS.get(self.kind).copied().unwrap_or_default()
    }
}

impl Rounds {
    /// None if the id is no name; nothing inside if it is that of the open round.
    fn fingerprint(&self, id: Value<'_>) -> Option<Option<Fingerprint>> {
        if self.open.as_ref().is_some_and(|open| open.raw_id == id.raw()) {
            return Some(None);
        }
        super::fingerprint(id).map(Some)
    }

    fn open(&mut self, fingerprint: Fingerprint, id: Value<'_>, row: &Row<'_>, say: &mut Say<'_>) {
        if let Some(open) = self.open.take() {
            self.rounds.push(open.round);
        }
        let mut sound = !std::mem::take(&mut self.uncertain);
        if let Some(earlier) = self.known.insert(fingerprint, self.rounds.len() as u32) {
            sound = false;
            self.rounds.change(earlier as usize, |round| round.sound = false);
            say.value(Flaw::RoundSequence, "/round_id", || "other rounds stand between the rows of this round".into());
        }
        self.open = Some(Open {
            raw_id: id.raw().to_vec(),
            round: Round { last_line: row.line, finished: false, sound },
            rows: 0,
            last_time: Vec::new(),
            events: [0; KINDS.len()],
            frames: FingerprintSet::default(),
        });
    }
}

impl Open {
    /// Checks how a row follows the rows above; false if it does not. Only the first flaw of a round is told: the others
    /// may come from it.
    fn follow(&mut self, event: &Event<'_>, say: &mut Say<'_>) -> bool {
        let (word, time) = (event.word(), event.time);
        if std::str::from_utf8(event.sequence).ok().and_then(|text| text.parse().ok()) != Some(self.rows) {
            say.value(Flaw::RoundSequence, "/sequence", || format!("should be {}", self.rows));
            return false;
        }
        if self.round.finished {
            say.value(Flaw::RoundFinal, "/kind", || "stands below the end of its round".into());
            return false;
        }
        if (word == START) != (self.rows == 0) {
            say.value(Flaw::RoundStart, "/kind", || {
                format!("should be {}round_started", if self.rows == 0 { "" } else { "anything but " })
            });
            return false;
        }
        if (time.len(), time) < (self.last_time.len(), self.last_time.as_slice()) {
            say.value(Flaw::RoundTime, "/event_ts", || {
                format!("the event above was at {}", String::from_utf8_lossy(&self.last_time))
            });
        }
        self.last_time.clear();
        self.last_time.extend_from_slice(time);
        if word == START && !has_members(event.payload, &[("started_at", time)]) {
            say.value(Flaw::RoundStart, "/payload", || {
                format!("should hold started_at {} and nothing else", String::from_utf8_lossy(time))
            });
            return false;
        }
        if word == END {
            self.round.finished = true;
            return self.check_end(event, say);
        }
        if let Some(events) = self.events.get_mut(event.kind).filter(|_| word != START) {
            *events += 1;
        }
        true
    }

    fn check_end(&self, event: &Event<'_>, say: &mut Say<'_>) -> bool {
        let count = self.events.iter().sum::<u64>().to_string();
        let mut counts: Vec<_> = KINDS.iter().zip(self.events).filter(|(_, events)| *events > 0).collect();
        counts.sort_unstable();
        let counts = counts.iter().map(|(kind, events)| format!("\"{kind}\":{events}")).collect::<Vec<_>>().join(",");
        let counts = format!("{{{counts}}}");
        let expected =
            [("event_count", count.as_bytes()), ("finalized_at", event.time), ("kind_counts", counts.as_bytes())];
        let holds = has_members(event.payload, &expected);
        if !holds {
            let off = expected.iter().find(|(name, value)| !has_member(event.payload, name, value));
            let pointer = off.map_or_else(|| "/payload".into(), |(name, _)| format!("/payload/{name}"));
            say.value(Flaw::RoundFinal, pointer, || match off {
                Some((_, value)) => format!("should be {}", String::from_utf8_lossy(value)),
                None => "should hold event_count, finalized_at and kind_counts and nothing else".into(),
            });
        }
        holds
    }

    /// Checks a proof frame: its own shape and status, and that the round has no other one about the same.
    fn frame(&mut self, row: &Row<'_>, frames: &mut Frames, say: &mut Say<'_>) {
        let Some(payload) = row.value.get("payload") else { return };
        let mut flawless = true;
        shape::value(payload, &FRAME_PAYLOAD, "/payload", &mut |pointer, misfit| {
            flawless = false;
            say.at(Flaw::ProofFrame, pointer, || misfit.into_text());
        });
        let at = |pointer: &str| payload.at(pointer);
        let (Some(support), Some(status)) = (at("/request/support_digest"), at("/result/status")) else { return };
        if !flawless {
            return;
        }
        let verdict = |value: Value<'_>| VERDICTS.iter().position(|word| value.is_text(word));
        let atoms = at("/result/atom_verdicts").into_iter().flat_map(Value::items);
        let worst = atoms.filter_map(|atom| verdict(atom.get("verdict")?)).max();
        let expected = worst.and_then(|worst| VERDICTS.get(worst)).copied().unwrap_or("unknown");
        if !status.is_text(expected) {
            say.value(Flaw::ProofFrame, "/payload/result/status", || {
                format!("should be {expected}, the worst verdict of its atoms")
            });
        }
        let mut about: Vec<_> =
            at("/result/binding_items").into_iter().flat_map(Value::items).map(Value::raw).collect();
        about.sort_unstable();
        about.push(support.raw());
        if !self.frames.insert(Fingerprint::of_parts(&about)) {
            say.value(Flaw::ProofFrame, "/payload/request/support_digest", || {
                "another frame of the round is about the same support and binding".into()
            });
        }
        frames.add(status, self.frames.len() == 1);
        let support = Fingerprint::of(support.raw_inner().unwrap_or_default());
        if frames.mentioned.insert(support, ()).is_none() {
            frames.supports.push((support, row.line));
        }
    }
}

impl Frames {
    fn add(&mut self, status: Value<'_>, first_of_round: bool) {
        self.count += 1;
        self.rounds += u64::from(first_of_round);
        self.still_valid += u64::from(status.is_text("still_valid"));
        self.unknown += u64::from(status.is_text("unknown"));
        self.invalidated += u64::from(status.is_text("invalidated"));
    }
}

fn has_member(object: Value<'_>, name: &str, raw: &[u8]) -> bool {
    object.get(name).is_some_and(|value| value.raw() == raw)
}

/// True for an object of just these members; what should be there is spelt as in canonical rows.
fn has_members(object: Value<'_>, members: &[(&str, &[u8])]) -> bool {
    object.pairs().count() == members.len() && members.iter().all(|(name, raw)| has_member(object, name, raw))
}
