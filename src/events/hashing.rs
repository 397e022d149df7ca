//! The two digests of a log, over the bytes as given and over the canonical lines: of a large one on a thread of their own,
//! if there is a core for it.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use crate::digest::{Digest, Hasher};
use crate::error::{Doing, Result};

/// How many bytes are worth a thread, and are handed over to it at once.
const LARGE: usize = 1 << 20;
/// How many bytes are hashed at once without one: they still are in the core's own cache.
const SMALL: usize = 128 << 10;
/// So many at least: what a file says of its size need not be so.
const LEAST: usize = 4 << 10;
/// How many pieces may wait.
const WAITING: usize = 2;

enum Piece {
    /// So many bytes at the beginning of a buffer.
    Raw(Vec<u8>, usize),
    Canonical(Vec<u8>),
    /// Note the digest of the canonical lines so far.
    Mark,
}

/// What is hashed.
struct Hashers {
    raw: Hasher,
    canonical: Hasher,
    marked: Option<Digest>,
}

impl Hashers {
    fn new() -> Self {
        Self { raw: Hasher::new(), canonical: Hasher::new(), marked: None }
    }

    /// Takes a piece, and gives its buffer back.
    fn take(&mut self, piece: Piece) -> Option<Vec<u8>> {
        match piece {
            Piece::Raw(bytes, count) => {
                self.raw.update(&bytes[..count]);
                Some(bytes)
            }
            Piece::Canonical(bytes) => {
                self.canonical.update(&bytes);
                Some(bytes)
            }
            Piece::Mark => {
                self.marked = Some(self.canonical.clone().finish());
                None
            }
        }
    }

    fn finish(self) -> Digests {
        Digests { raw: self.raw.finish(), canonical: self.canonical.finish(), marked: self.marked }
    }
}

/// Everything that was hashed.
pub(super) struct Digests {
    pub(super) raw: Digest,
    pub(super) canonical: Digest,
    /// Of the lines before the mark.
    pub(super) marked: Option<Digest>,
}

/// Who hashes.
enum Worker {
    Here(Hashers),
    Thread {
        pieces: SyncSender<Piece>,
        /// Buffers that come back to be filled again.
        empty: Receiver<Vec<u8>>,
        thread: JoinHandle<Digests>,
    },
}

impl Worker {
    fn thread() -> Result<Self> {
        let (pieces, waiting) = sync_channel(WAITING);
        let (done, empty) = channel();
        let thread = thread::Builder::new().name("digest".into()).spawn(move || {
            let mut hashers = Hashers::new();
            for piece in waiting {
                // Whoever does not want a buffer back has ended.
                hashers.take(piece).map(|buffer| done.send(buffer));
            }
            hashers.finish()
        });
        let thread = thread.doing(|| "cannot start a thread".into())?;
        Ok(Self::Thread { pieces, empty, thread })
    }
}

/// Where bytes go to be hashed.
pub(super) struct Hashing {
    worker: Worker,
    /// How many bytes are handed over at once.
    pub(super) piece: usize,
    /// Canonical lines that were not handed over yet; lines are appended here.
    pub(super) lines: Vec<u8>,
}

impl Hashing {
    /// Of a log of so many bytes, as far as that is known.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(size: Option<u64>) -> Result<Self> {
        let is_large = size.is_none_or(|size| size > LARGE as u64);
        match is_large && thread::available_parallelism().is_ok_and(|cores| cores > NonZero::<usize>::MIN) {
            true => Ok(Self { worker: Worker::thread()?, piece: LARGE, lines: Vec::with_capacity(2 * LARGE) }),
            false => Ok(Self::here(size)),
        }
    }

    fn here(size: Option<u64>) -> Self {
        let piece =
            size.and_then(|size| usize::try_from(size.saturating_add(1)).ok()).unwrap_or(SMALL).clamp(LEAST, SMALL);
        Self { worker: Worker::Here(Hashers::new()), piece, lines: Vec::new() }
    }

    /// Hands over the first `count` bytes as given, and gives a buffer for the next ones, whatever is in it.
    pub(super) fn raw(&mut self, bytes: Vec<u8>, count: usize) -> Vec<u8> {
        self.hand_over(Piece::Raw(bytes, count)).unwrap_or_default()
    }

    /// To be called after lines were appended.
    pub(super) fn appended(&mut self) {
        if self.lines.len() >= self.piece {
            self.flush();
        }
    }

    /// Notes the digest of all lines so far.
    pub(super) fn mark(&mut self) {
        self.flush();
        self.hand_over(Piece::Mark);
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let room = 2 * self.piece;
        self.lines = self.hand_over(Piece::Canonical(lines)).unwrap_or_else(|| Vec::with_capacity(room));
        self.lines.clear();
    }

    /// Hands a piece over; gives a buffer that came back, if there is one.
    fn hand_over(&mut self, piece: Piece) -> Option<Vec<u8>> {
        match &mut self.worker {
            Worker::Here(hashers) => hashers.take(piece),
            Worker::Thread { pieces, empty, .. } => {
                // The thread only ends when this sender is dropped; should it have panicked, `finish` says so.
                let _ = pieces.send(piece);
                empty.try_recv().ok()
            }
        }
    }

    pub(super) fn finish(mut self) -> Digests {
        self.flush();
        match self.worker {
            Worker::Here(hashers) => hashers.finish(),
            Worker::Thread { pieces, thread, .. } => {
                drop(pieces);
                thread.join().expect("hashing does not panic")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_all_bytes_in_order() {
        for mut hashing in [
            Hashing::here(None),
            Hashing { worker: Worker::thread().expect("there is a thread to be had"), ..Hashing::here(None) },
        ] {
            let (mut raw, mut canonical) = (Vec::new(), Vec::new());
            let mut marked = None;
            for n in 0..40_000_u32 {
                if n == 30_000 {
                    hashing.mark();
                    marked = Some(Digest::of(&canonical));
                }
                let line = format!("{n}\n").into_bytes();
                hashing.lines.extend_from_slice(&line);
                canonical.extend_from_slice(&line);
                hashing.appended();
                raw.extend_from_slice(b"x");
                hashing.raw(b"xyz".to_vec(), 1);
            }
            let digests = hashing.finish();
            assert_eq!(
                (digests.raw, digests.canonical, digests.marked),
                (Digest::of(&raw), Digest::of(&canonical), marked)
            );
        }
    }
}
