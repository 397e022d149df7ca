//! One zstd frame out of bytes that come piece by piece.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ruzstd::encoding::{CompressionLevel, FrameCompressor};

use super::tar::Ending;
use crate::error::{Doing as _, Result};

/// Keeps the bytes in a temporary file, as the encoder wants to read them.
pub(super) struct Spool {
    kept: BufWriter<File>,
    out: File,
}

impl Spool {
    pub(super) fn new(out: File) -> Result<Self> {
        let kept = tempfile::tempfile().doing(|| "cannot make a temporary file".into())?;
        Ok(Self { kept: BufWriter::new(kept), out })
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.kept.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.kept.flush()
    }
}

impl Ending for Spool {
    fn end(self) -> io::Result<()> {
        let mut kept = self.kept.into_inner().map_err(io::IntoInnerError::into_error)?;
        kept.rewind()?;
        let failure = Failure::default();
        let mut encoder = FrameCompressor::new(CompressionLevel::Fastest);
        encoder.set_source(Calm { inner: BufReader::new(kept), failure: failure.clone() });
        encoder.set_drain(Calm { inner: BufWriter::new(self.out), failure: failure.clone() });
        encoder.compress();
        if let Some(drain) = encoder.drain_mut() {
            drain.inner.flush()?;
        }
        failure.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<io::Error>>>);

impl Failure {
    fn note(&self, error: io::Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// The encoder does not expect that reading or writing fails: it is told of an end, and the failure is kept.
struct Calm<T> {
    inner: T,
    failure: Failure,
}

impl<R: Read> Read for Calm<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.inner.read(buffer).unwrap_or_else(|error| {
            self.failure.note(error);
            0
        }))
    }
}

impl<W: Write> Write for Calm<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.inner.write_all(bytes) {
            self.failure.note(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
