//! The meaning of events, in file order: identity, order, tamper evidence, clocks, spans, steps.

use std::collections::BTreeSet;
use std::ops::Range;

use super::attrs::{Checked, Ending, Header, Said, Seal};
use super::event::{Event, Key};
use super::fault::{Fault, Faults};
use super::ids::{Ids, Probe};
use super::kind::{Kind, Phase};
use super::parse::Wrong;
use super::slots::Slots;
use super::steps::{Order, Resumed};
use super::stream::{Chain, MOST_OPEN, Open, Sequence, Stream};
use super::sync::{MOST_MEETINGS, Meeting, Meetings};
use super::time::Time;
use super::{Terms, Tolerance};
use crate::digest::Digest;
use crate::error::Result;

/// Most entries of the sets of steps: not-ok ones and checkpoints.
const MOST_STEPS: usize = 1 << 20;
/// Most collectives that all ranks together are in the course of counting.
const MOST_ENTERED: usize = 1 << 22;
/// Most durations of steps that are kept.
pub(crate) const MOST_SAMPLES: usize = 1 << 24;

/// What a log has come to so far.
pub(super) struct State {
    pub(super) terms: Terms,
    pub(super) tolerance: Tolerance,
    pub(super) ids: Ids,
    pub(super) faults: Faults,
    pub(super) events: u64,
    pub(super) run_id: Option<String>,
    /// The first event's declaration and its line.
    pub(super) header: Option<(Header, u64)>,
    pub(super) ending: Option<Ending>,
    /// The seal, its line, and how many lines stand before it.
    pub(super) seal: Option<(Seal, u64)>,
    pub(super) streams: Vec<Stream>,
    slots: Slots,
    pub(super) time: Time,
    pub(super) meetings: Meetings,
    gave_up_meetings: bool,
    entered: usize,
    /// Durations of steps; the count goes on when they are too many to keep.
    pub(super) samples: Vec<i64>,
    pub(super) sample_count: u64,
    pub(super) not_ok: BTreeSet<(u32, u64)>,
    pub(super) checkpoints: BTreeSet<u64>,
    /// Passed, failed, inconclusive.
    pub(super) checks: [u64; 3],
    pub(super) failures: u64,
    pub(super) resumes: u64,
}

impl State {
    pub(super) fn new(terms: Terms, ids: Ids) -> Self {
        Self {
            terms,
            tolerance: Tolerance::of(terms),
            ids,
            faults: Faults::default(),
            events: 0,
            run_id: None,
            header: None,
            ending: None,
            seal: None,
            streams: Vec::new(),
            slots: Slots::default(),
            time: Time::default(),
            meetings: Meetings::default(),
            gave_up_meetings: false,
            entered: 0,
            samples: Vec::new(),
            sample_count: 0,
            not_ok: BTreeSet::new(),
            checkpoints: BTreeSet::new(),
            checks: [0; 3],
            failures: 0,
            resumes: 0,
        }
    }

    /// Stages 4 and 5: whether an event is applied, and if not, which one code its line gets.
    pub(super) fn admit(&mut self, event: &Event<'_>, line: u64) -> Result<Option<Wrong>> {
        let is_start = (event.kind, event.phase) == (Kind::Run, Phase::Start);
        let is_first = self.run_id.is_none();
        if self.run_id.as_ref().is_some_and(|run| run.as_bytes() != &*event.run_id) {
            return Ok(Some((Fault::RunId, format!("the run {}", lossy(&event.run_id)).into())));
        }
        let probe = Probe::of(&event.id);
        if self.ids.knows(probe, &event.id) {
            return Ok(Some((Fault::DuplicateId, format!("the event id {} again", lossy(&event.id)).into())));
        }
        let wrong: Option<Wrong> = match (&self.header, event.rank) {
            _ if self.ending.is_some() => Some((Fault::AfterRunEnd, "an event behind the end of the run".into())),
            _ if is_start && !is_first => Some((Fault::RunStartPosition, "a second beginning of the run".into())),
            (Some((header, _)), Some(rank)) if !header.declares(rank) => {
                Some((Fault::RankUndeclared, format!("rank {rank}, of which the first event says nothing").into()))
            }
            _ => None,
        };
        self.ids.remember(probe, &event.id, wrong.is_none())?;
        if wrong.is_some() {
            return Ok(wrong);
        }
        if is_first {
            self.run_id = Some(lossy(&event.run_id));
        }
        match &event.said {
            Said::Header(header) => {
                self.tolerance.lower(header.skew_tolerance_ns);
                self.header = Some(((**header).clone(), line));
            }
            _ if is_first => {
                self.faults
                    .add(Fault::RunStartMissing, line, || "the first event is not the beginning of the run".into());
            }
            _ => {}
        }
        Ok(None)
    }

    /// Stages 6 and 7. `canonical` is the event's canonical form, and `hash` where its hash stands in there.
    pub(super) fn apply(&mut self, event: &Event<'_>, line: u64, canonical: &[u8], hash: Option<Range<usize>>) {
        self.events += 1;
        let at = self.stream(event);
        self.order(at, event, line);
        self.link(at, event, line, canonical, hash);
        let now = self.tick(at, event, line);
        match (event.kind, event.phase) {
            (Kind::Run, Phase::End) => self.end_run(event, line),
            (Kind::Run, _) => {}
            (_, Phase::Start) => self.start(at, event, line, now),
            (_, Phase::End) => self.end(at, event, line, now),
            (Kind::Failure, _) => {
                self.failures += 1;
                self.clear_entered(at);
                for open in self.streams[at].end_all().into_values() {
                    open.meeting.into_iter().for_each(|meeting| self.meetings.forget(meeting));
                }
            }
            (Kind::Resume, _) => self.resume(at, event, line),
            (Kind::SdcCheck, _) => self.check(at, event, line),
            _ => {}
        }
    }

    /// The index of the event's stream, which begins with its first event.
    fn stream(&mut self, event: &Event<'_>) -> usize {
        let stream = event.rank.map_or(0, |rank| rank + 1);
        self.slots.get(stream).unwrap_or_else(|| {
            let at = self.streams.len();
            self.streams.push(Stream::new(event));
            self.slots.put(stream, at);
            at
        })
    }

    /// True if a rank has events.
    pub(super) fn has_stream(&self, rank: u32) -> bool {
        self.slots.get(rank + 1).is_some()
    }

    fn order(&mut self, at: usize, event: &Event<'_>, line: u64) {
        let seq = event.seq.unwrap_or_default();
        match self.streams[at].count(event.seq) {
            Sequence::Fits => {}
            Sequence::Partial => {
                let what = if event.seq.is_some() { "a number" } else { "no number" };
                self.faults.add(Fault::SeqPartial, line, || format!("{what}, unlike the first event of the stream"));
            }
            Sequence::Repeated(expected) => {
                self.faults.add(Fault::SeqRepeat, line, || format!("number {seq} where {expected} is due"));
            }
            Sequence::Gap(expected) => {
                self.faults.add(Fault::SeqGap, line, || format!("number {seq} where {expected} is due"));
            }
        }
    }

    fn link(&mut self, at: usize, event: &Event<'_>, line: u64, canonical: &[u8], hash: Option<Range<usize>>) {
        let own = || {
            let mut hasher = crate::digest::Hasher::new();
            let cut = hash.unwrap_or(canonical.len()..canonical.len());
            hasher.update(&canonical[..cut.start]);
            hasher.update(&canonical[cut.end..]);
            hasher.finish()
        };
        match self.streams[at].link(event.prev, event.hash, own) {
            Chain::Fits => {}
            Chain::Partial => {
                self.faults.add(Fault::ChainPartial, line, || {
                    "`prev` and `hash` stand on some events of the stream only".into()
                });
            }
            Chain::Broken { wrong_hash, wrong_prev } => {
                if wrong_hash {
                    self.faults.add(Fault::TamperHash, line, || "`hash` is not the digest of the event".into());
                }
                if wrong_prev {
                    self.faults.add(Fault::TamperChain, line, || "`prev` is not the hash of the event before".into());
                }
            }
        }
    }

    /// When the event takes place; the time since the last one is given to what was open.
    fn tick(&mut self, at: usize, event: &Event<'_>, line: u64) -> i64 {
        let stream = &mut self.streams[at];
        let tick = stream.tick(event.clock, event.ts);
        if tick.new_clock {
            self.faults.add(Fault::ClockDomain, line, || "another clock than the stream's so far".into());
        }
        if tick.back > 0 {
            self.time.back(tick.back);
            if self.terms.strict || tick.back > self.tolerance.ns {
                self.faults.add(Fault::ClockDecrease, line, || format!("the clock goes back by {} ns", tick.back));
            }
        }
        self.time.pass(stream, tick.passed);
        tick.now
    }

    fn end_run(&mut self, event: &Event<'_>, line: u64) {
        let Said::Ending(ending) = &event.said else { return };
        if self.header.is_none() {
            self.faults.add(Fault::StartMissing, line, || "the end of a run whose beginning is not there".into());
        }
        self.seal = ending.seal.map(|seal| (seal, line));
        self.ending = Some((**ending).clone());
    }

    fn start(&mut self, at: usize, event: &Event<'_>, line: u64, now: i64) {
        let step = event.step.unwrap_or_default();
        let lost = if event.kind == Kind::Step { self.streams[at].steps.current } else { Some(event.key) };
        if let Some(lost) = lost {
            self.lose(at, lost);
        }
        if event.kind == Kind::Step {
            self.clear_entered(at);
            match self.streams[at].steps.begin(event.key, step) {
                Order::InSequence => {}
                Order::Gap(due) => {
                    self.faults.add(Fault::StepGap, line, || format!("step {step} where {due} is due"));
                }
                Order::Repeat(due) => {
                    self.faults.add(Fault::StepRepeat, line, || format!("step {step} where {due} is due"));
                }
            }
        }
        let meeting = event.kind.synchronises().then(|| self.meet(at, event.key, line)).flatten();
        if let Some(meeting) = meeting {
            let apart = self.meetings.enter(meeting, now, self.tolerance.ns);
            self.skewed(apart, line);
        }
        let stream = &mut self.streams[at];
        if stream.is_full() {
            stream.overflowed = true;
            meeting.into_iter().for_each(|meeting| self.meetings.forget(meeting));
            return self.limit(line, || format!("more than {MOST_OPEN} spans of a stream are open"));
        }
        stream.begin(event.key, Open { since: now, line, meeting });
    }

    /// The instance of a collective that a rank enters, if others can be compared with it.
    fn meet(&mut self, at: usize, key: Key, line: u64) -> Option<Meeting> {
        let stream = &self.streams[at];
        let is_in_step = stream.steps.current.is_some_and(|current| current.step == key.step);
        if self.gave_up_meetings || !is_in_step || !stream.is_on_wall_clock() || stream.steps.entered.is_none() {
            return None;
        }
        if self.meetings.is_crowded(self.streams.len()) {
            let everybody = self.everybody_is_at();
            if !self.meetings.let_go(everybody) {
                self.gave_up_meetings = true;
                self.limit(line, || format!("more than {MOST_MEETINGS} collectives are open"));
                return None;
            }
        }
        let steps = &mut self.streams[at].steps;
        let entered = steps.entered.as_mut()?;
        let count = entered.entry(key).or_insert_with(|| {
            self.entered += 1;
            0
        });
        let meeting = Meeting::new(key, steps.attempt, *count);
        *count = count.saturating_add(1);
        if self.entered > MOST_ENTERED {
            self.gave_up_meetings = true;
            self.limit(line, || format!("more than {MOST_ENTERED} collectives are counted"));
        }
        Some(meeting)
    }

    /// The least attempt and step that any rank that logs may still begin.
    fn everybody_is_at(&self) -> Option<(u32, u64)> {
        let (header, _) = self.header.as_ref()?;
        let ranks = self.streams.iter().filter(|stream| stream.rank.is_some());
        if ranks.clone().count() < header.declared() {
            return None;
        }
        ranks.map(|stream| (stream.steps.attempt, stream.steps.range.map_or(0, |(_, next)| next))).min()
    }

    fn clear_entered(&mut self, at: usize) {
        if let Some(entered) = self.streams[at].steps.entered.take() {
            self.entered -= entered.len();
        }
    }

    /// A span that begins anew, or a step that another one pushes out: its END was lost.
    fn lose(&mut self, at: usize, key: Key) {
        if let Some(open) = self.streams[at].end(key) {
            open.meeting.into_iter().for_each(|meeting| self.meetings.forget(meeting));
            self.faults.add(Fault::EndLost, open.line, || "a span that is overtaken before it ends".into());
        }
    }

    fn end(&mut self, at: usize, event: &Event<'_>, line: u64, now: i64) {
        let Some(open) = self.streams[at].end(event.key) else {
            if !self.streams[at].overflowed {
                self.faults.add(Fault::StartMissing, line, || "the end of a span that is not open".into());
            }
            return;
        };
        if let Some(meeting) = open.meeting {
            let apart = self.meetings.leave(meeting, now, self.tolerance.ns);
            self.skewed(apart, line);
        }
        let (step, is_ok) = (event.step.unwrap_or_default(), !matches!(event.said, Said::NotOk));
        // On another clock, less than no time may have passed.
        let lasted = now - open.since;
        match event.kind {
            Kind::Step => {
                self.sample_count += 1;
                if self.samples.len() < MOST_SAMPLES {
                    self.samples.push(lasted);
                }
                if self.streams[at].steps.finish(step, lasted) && !is_ok {
                    let rank = event.rank.unwrap_or_default();
                    self.not_ok.insert((rank, step));
                    if self.not_ok.len() > MOST_STEPS {
                        self.not_ok.remove(&(rank, step));
                        self.limit(line, || format!("more than {MOST_STEPS} steps are finished and not ok"));
                    }
                }
            }
            Kind::Checkpoint if is_ok && self.streams[at].steps.has_finished(step) => {
                self.checkpoints.insert(step);
                if self.checkpoints.len() > MOST_STEPS {
                    self.checkpoints.remove(&step);
                    self.limit(line, || format!("more than {MOST_STEPS} checkpoints"));
                }
            }
            _ => {}
        }
    }

    fn skewed(&mut self, apart: Option<u64>, line: u64) {
        if let Some(apart) = apart {
            self.faults.add(Fault::ClockSkew, line, || format!("two clocks are at least {apart} ns apart"));
        }
    }

    fn resume(&mut self, at: usize, event: &Event<'_>, line: u64) {
        let step = event.step.unwrap_or_default();
        self.resumes += 1;
        self.clear_entered(at);
        for open in self.streams[at].end_all().into_values() {
            open.meeting.into_iter().for_each(|meeting| self.meetings.forget(meeting));
            self.faults.add(Fault::EndLost, open.line, || "a span that is open when its rank resumes".into());
        }
        let checkpoints = &self.checkpoints;
        match self.streams[at].steps.resume(step, |step| checkpoints.contains(&step)) {
            Resumed::Fits => {}
            Resumed::Gap(due) => {
                self.faults.add(Fault::StepGap, line, || format!("goes on at step {step} where {due} is due"));
                return;
            }
            Resumed::Unsupported => {
                self.faults.add(Fault::ResumeUnsupported, line, || {
                    format!("goes on at step {step} without a checkpoint before it")
                });
            }
        }
        let rank = event.rank.unwrap_or_default();
        let undone: Vec<_> = self.not_ok.range((rank, step)..=(rank, u64::MAX)).copied().collect();
        undone.iter().for_each(|entry| {
            self.not_ok.remove(entry);
        });
    }

    fn check(&mut self, at: usize, event: &Event<'_>, line: u64) {
        let Said::Checked(result, from) = event.said else { return };
        let steps = &mut self.streams[at].steps;
        match result {
            Checked::Pass => {
                self.checks[0] += 1;
                let since = steps.pass(event.step.unwrap_or_default());
                let promised = self.header.as_ref().and_then(|(header, _)| header.sdc_every_steps);
                if promised.is_some_and(|promised| since > promised as i64) {
                    self.faults.add(Fault::ContractSdc, line, || format!("{since} steps after the check before"));
                }
            }
            Checked::Fail => {
                self.checks[1] += 1;
                steps.fail(from);
            }
            Checked::Inconclusive => self.checks[2] += 1,
        }
    }

    /// What is still open when the log ends.
    pub(super) fn close(&mut self) {
        for stream in &mut self.streams {
            for open in stream.end_all().into_values() {
                self.faults.add(Fault::EndMissing, open.line, || "a span that never ends".into());
            }
        }
        if let (Some((_, line)), None) = (&self.header, &self.ending) {
            self.faults.add(Fault::EndMissing, *line, || "the run never ends".into());
        }
    }

    fn limit(&mut self, line: u64, text: impl FnOnce() -> String) {
        self.faults.add(Fault::ResourceLimit, line, text);
    }

    /// What the digest of the lines before the seal should be known for.
    pub(super) fn is_sealing(&self, event: &Event<'_>) -> bool {
        matches!(&event.said, Said::Ending(ending) if ending.seal.is_some())
    }
}

fn lossy(id: &[u8]) -> String {
    String::from_utf8_lossy(id).into_owned()
}

/// The seal of a log beside what it should say.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) stated: Seal,
    pub(crate) line: u64,
    /// None if a line before it cannot be read.
    pub(crate) digest: Option<Digest>,
}
