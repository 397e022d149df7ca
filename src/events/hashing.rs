//! The two digests of a log, on a thread of their own: over the bytes as given, and over the canonical lines.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use crate::digest::{Digest, Hasher};
use crate::error::{Doing, Result};

/// How many canonical bytes are gathered before they are handed over.
const BATCH: usize = 1 << 20;
/// How many pieces may wait.
const WAITING: usize = 2;

enum Piece {
    /// So many bytes at the beginning of a buffer.
    Raw(Vec<u8>, usize),
    Canonical(Vec<u8>),
    /// Note the digest of the canonical lines so far.
    Mark,
}

/// Everything that was hashed.
pub(super) struct Digests {
    pub(super) raw: Digest,
    pub(super) canonical: Digest,
    /// Of the lines before the mark.
    pub(super) marked: Option<Digest>,
}

/// Where bytes go to be hashed.
pub(super) struct Hashing {
    pieces: SyncSender<Piece>,
    /// Buffers that come back to be filled again.
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Digests>,
    /// Canonical lines that were not handed over yet; lines are appended here.
    pub(super) lines: Vec<u8>,
}

impl Hashing {
    pub(super) fn start() -> Result<Self> {
        let (pieces, waiting) = sync_channel(WAITING);
        let (done, empty) = channel();
        let thread = thread::Builder::new().name("digest".into()).spawn(move || {
            let (mut raw, mut canonical, mut marked) = (Hasher::new(), Hasher::new(), None);
            for piece in waiting {
                let buffer = match piece {
                    Piece::Raw(bytes, count) => {
                        raw.update(&bytes[..count]);
                        bytes
                    }
                    Piece::Canonical(bytes) => {
                        canonical.update(&bytes);
                        bytes
                    }
                    Piece::Mark => {
                        marked = Some(canonical.clone().finish());
                        continue;
                    }
                };
                // Whoever does not want it back has ended.
                let _ = done.send(buffer);
            }
            Digests { raw: raw.finish(), canonical: canonical.finish(), marked }
        });
        let thread = thread.doing(|| "cannot start a thread".into())?;
        Ok(Self { pieces, empty, thread, lines: Vec::with_capacity(2 * BATCH) })
    }

    /// Hands over the first `count` bytes as given, and gives a buffer for the next ones, whatever is in it.
    pub(super) fn raw(&mut self, bytes: Vec<u8>, count: usize) -> Vec<u8> {
        self.hand_over(Piece::Raw(bytes, count))
    }

    /// To be called after lines were appended.
    pub(super) fn appended(&mut self) {
        if self.lines.len() >= BATCH {
            self.flush();
        }
    }

    /// Notes the digest of all lines so far.
    pub(super) fn mark(&mut self) {
        self.flush();
        // The thread only ends when this sender is dropped; should it have panicked, `finish` says so.
        let _ = self.pieces.send(Piece::Mark);
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        self.lines = self.hand_over(Piece::Canonical(lines));
        self.lines.clear();
    }

    fn hand_over(&mut self, piece: Piece) -> Vec<u8> {
        let _ = self.pieces.send(piece);
        self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(2 * BATCH))
    }

    pub(super) fn finish(mut self) -> Digests {
        self.flush();
        drop(self.pieces);
        self.thread.join().expect("hashing does not panic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_all_bytes_in_order() {
        let mut hashing = Hashing::start().expect("there is a thread to be had");
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
