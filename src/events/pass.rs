//! One pass over a log's bytes: to the digests, to the sink, and line by line to the state.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::event::Event;
use super::fault::{Fault, NAME};
use super::field::{Fields, Places};
use super::hashing::Hashing;
use super::ids::Ids;
use super::parse::{MAX_DEPTH, MAX_LINE, Wrong, parse};
use super::plain::Plain;
use super::state::{Sealed, State};
use super::{EventLog, Terms};
use crate::error::{Doing, Error, Result};
use crate::json::Scanner;
use crate::lines::{Line, Lines};
use crate::package::{Sink, TakePiece};
use crate::source::{LogSource, is_over_limit};

/// Reads a log once, giving its bytes to `sink`, and judges nothing.
///
/// Memory is bounded by `terms.id_memory`, by the number of ranks (some hundred bytes each), and by the bounds whose
/// excess is a resource limit in the log's facts; never by the length of the log. Only when an event id turns out at the
/// end to stand there twice, on lines far apart, the log is read a second time.
///
/// # Errors
/// When bytes cannot be read or kept. What is wrong with the log itself is among its facts.
pub fn read(source: &mut dyn LogSource, sink: &mut dyn Sink, terms: Terms) -> Result<EventLog> {
    let size = source.size();
    let mut pass = Pass::start(State::new(terms, Ids::new(terms.id_memory)), size)?;
    sink.file(NAME, size.unwrap_or(0), &mut |take| pass.all(source, take))?;
    let repeated = std::mem::replace(&mut pass.log.state.ids, Ids::among(Default::default())).finish()?;
    if let Some(repeated) = repeated {
        let mut again = Pass::start(State::new(terms, Ids::among(repeated)), size)?;
        again.all(source, &mut |_| Ok(()))?;
        let (bytes, lines) = (pass.bytes, pass.lines);
        if (again.bytes, again.lines) != (bytes, lines) {
            return Err(Error::new(format!("{} changed while it was being read", source.describe())));
        }
        pass = again;
    }
    Ok(pass.finish())
}

struct Pass {
    plain: Plain,
    scanner: Scanner,
    places: Places,
    log: Taken,
    bytes: u64,
    lines: u64,
    failed: Option<Error>,
}

impl Pass {
    fn start(state: State, size: Option<u64>) -> Result<Self> {
        Ok(Self {
            plain: Plain::new(),
            scanner: Scanner::new(MAX_DEPTH),
            places: Places::default(),
            log: Taken { hashing: Hashing::start(size)?, state, is_readable: true, is_sealed_readable: false },
            bytes: 0,
            lines: 0,
            failed: None,
        })
    }

    /// Reads all bytes; false if the container is broken on the way.
    fn all(&mut self, source: &mut dyn LogSource, take: &mut TakePiece<'_>) -> Result<bool> {
        let describe = source.describe();
        let mut bytes = source.open()?;
        let mut lines = Lines::new(MAX_LINE);
        let chunk = self.log.hashing.piece;
        let mut buffer = vec![0; chunk];
        let mut is_whole = true;
        loop {
            // Buffers come back as long as they were: what is in them need not be overwritten first.
            if buffer.len() < chunk {
                buffer.resize(chunk, 0);
            }
            let n = match bytes.read(&mut buffer[..chunk]) {
                Ok(n) => n,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    let fault = if is_over_limit(&error) { Fault::ResourceLimit } else { Fault::Container };
                    self.log.state.faults.add(fault, 0, || error.to_string());
                    is_whole = false;
                    0
                }
                Err(error) => return Err(error).doing(|| format!("cannot read {describe}")),
            };
            if n == 0 {
                break;
            }
            self.bytes += n as u64;
            take(&buffer[..n])?;
            lines.push(&buffer[..n], |number, line| self.line(number, line, false));
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            buffer = self.log.hashing.raw(buffer, n);
        }
        lines.finish(|number, line| self.line(number, line, true));
        self.failed.take().map_or(Ok(is_whole), Err)
    }

    fn line(&mut self, number: u64, line: Line<'_>, is_tail: bool) {
        self.lines = number;
        let log = &mut self.log;
        let Line::Whole(line) = line else {
            let what = || format!("a line of more than {MAX_LINE} bytes");
            return log.unreadable(number, is_tail, Fault::LineLength, what);
        };
        let taken = match self.plain.read(line) {
            Some((event, members)) => log.take(number, Ok(&event), |out| members.push_canonical(out)),
            None => match parse(&mut self.scanner, line) {
                Ok(document) => {
                    let fields = Fields::of(&document, &mut self.places);
                    let event = Event::of(&fields);
                    log.take(number, event.as_ref().map_err(Clone::clone), |out| fields.push_canonical(line, out))
                }
                Err((fault, what)) => return log.unreadable(number, is_tail, fault, || what.into_owned()),
            },
        };
        self.failed = taken.err().or(self.failed.take());
    }

    fn finish(self) -> EventLog {
        let Self { log: Taken { mut state, hashing, is_readable, is_sealed_readable }, bytes, lines, .. } = self;
        state.close();
        let digests = hashing.finish();
        let header = state.header.take().map(|(header, _)| header);
        let mut missing = header.iter().flat_map(|header| header.ranks()).filter(|rank| !state.has_stream(*rank));
        let first_missing = missing.next();
        let missing_ranks = u64::from(first_missing.is_some()) + missing.count() as u64;
        let is_chained = !state.streams.is_empty() && state.streams.iter().all(|stream| stream.is_chained());
        state.streams.retain(|stream| stream.rank.is_some());
        state.streams.sort_unstable_by_key(|stream| stream.rank);
        state.samples.sort_unstable();
        EventLog {
            bytes,
            lines,
            events: state.events,
            raw: digests.raw,
            digest: is_readable.then_some(digests.canonical),
            run_id: state.run_id,
            expected: state.terms.expected,
            tolerance: state.tolerance,
            header,
            status: state.ending.map(|ending| ending.status),
            sealed: state.seal.map(|(stated, line)| {
                let digest = digests.marked.filter(|_| is_sealed_readable);
                Sealed { stated, line, digest }
            }),
            faults: state.faults,
            ranks: state.streams,
            is_chained,
            missing_ranks,
            first_missing,
            time: state.time,
            sync_points: state.meetings.points,
            most_skew: state.meetings.most,
            samples: state.samples,
            sample_count: state.sample_count,
            not_ok: state.not_ok,
            checkpoints: state.checkpoints,
            checks: state.checks,
            failures: state.failures,
            resumes: state.resumes,
        }
    }
}

/// What the lines so far have come to.
struct Taken {
    hashing: Hashing,
    state: State,
    /// Every line so far could be read.
    is_readable: bool,
    /// Every line before the seal could be read.
    is_sealed_readable: bool,
}

impl Taken {
    /// Takes an event, or what is wrong with it. `push` appends the canonical bytes of the line, and says where among
    /// them the member `hash` stands.
    #[inline]
    fn take(
        &mut self,
        number: u64,
        event: std::result::Result<&Event<'_>, Wrong>,
        push: impl FnOnce(&mut Vec<u8>) -> Option<Range<usize>>,
    ) -> Result<()> {
        let state = &mut self.state;
        let admitted = match event {
            Ok(event) => state.admit(event, number)?.map_or(Ok(event), Err),
            wrong => wrong,
        };
        if admitted.as_ref().is_ok_and(|event| state.is_sealing(event)) {
            self.hashing.mark();
            self.is_sealed_readable = self.is_readable;
        }
        let out = &mut self.hashing.lines;
        let begin = out.len();
        let hash = push(out);
        match admitted {
            Ok(event) => {
                let hash = hash.map(|hash| hash.start - begin..hash.end - begin);
                state.apply(event, number, &out[begin..], hash);
            }
            Err((fault, what)) => state.faults.add(fault, number, || what.into_owned()),
        }
        out.push(b'\n');
        self.hashing.appended();
        Ok(())
    }

    /// A line that cannot be read. A last line that was not ended may just not have been written to the end.
    fn unreadable(&mut self, number: u64, is_tail: bool, fault: Fault, what: impl FnOnce() -> String) {
        self.is_readable = false;
        self.state.faults.add(if is_tail { Fault::TornTail } else { fault }, number, what);
    }
}
