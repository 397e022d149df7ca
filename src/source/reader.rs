//! What all doors share when bytes flow: whose fault a failure is, and files that are exactly as long as listed.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Fault, FaultKind};

/// A fault of the container, as it travels inside an [`io::Error`] of kind `InvalidData`.
#[derive(Debug)]
struct Broken {
    kind: FaultKind,
    text: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Broken {}

/// The error that says: the container is broken, in this way.
pub(super) fn broken(kind: FaultKind, text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Broken { kind, text: text.into() })
}

/// The kind of fault inside an error, if it is the container's.
pub(super) fn kind_of(error: &io::Error) -> Option<FaultKind> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Broken>()).map(|broken| broken.kind)
}

/// The fault inside an error, or the error if it is ours.
pub(super) fn fault_of(error: io::Error) -> Result<Fault, io::Error> {
    if error.kind() != io::ErrorKind::InvalidData {
        return Err(error);
    }
    Ok(Fault::new(kind_of(&error).unwrap_or(FaultKind::Container), "", error.to_string()))
}

/// A place where the file beneath a decoder leaves its own errors, which decoders wrap beyond recognition.
#[derive(Clone, Default)]
pub(super) struct OwnFailure(Arc<Mutex<Option<io::Error>>>);

impl OwnFailure {
    /// Tells what a decoder's error really was: ours if the file beneath failed, else the container's.
    pub(super) fn explain(&self, error: io::Error) -> io::Error {
        if let Some(ours) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return ours;
        }
        match fault_of(error) {
            Ok(fault) => broken(fault.kind, fault.text),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                broken(FaultKind::Container, "the compressed bytes break off")
            }
            Err(error) => broken(FaultKind::Container, error.to_string()),
        }
    }
}

/// The file beneath a decoder: notes its own errors.
pub(super) struct Watched<R> {
    inner: R,
    failure: OwnFailure,
}

impl<R> Watched<R> {
    pub(super) fn new(inner: R, failure: &OwnFailure) -> Self {
        Self { inner, failure: failure.clone() }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let told = io::Error::from(error.kind());
                    *self.failure.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    return Err(told);
                }
                Ok(count) => return Ok(count),
            }
        }
    }
}

/// Whose fault it is when a file is not as long as listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// The container lied.
    Container,
    /// Somebody changed the file on disk under our hands.
    Change,
}

/// Gives exactly `size` bytes of `inner`, and an error in place of the last of them if `inner` ends earlier or later.
pub(super) struct Exact<R> {
    inner: R,
    left: u64,
    ended: bool,
    blame: Blame,
    name: String,
}

impl<R> Exact<R> {
    pub(super) fn new(inner: R, size: u64, blame: Blame, name: impl Into<String>) -> Self {
        Self { inner, left: size, ended: false, blame, name: name.into() }
    }

    fn wrong(&self, how: &str) -> io::Error {
        match self.blame {
            Blame::Container => broken(FaultKind::Container, format!("{} is {how} than the container says", self.name)),
            Blame::Change => io::Error::other(format!("{} changed while it was being read", self.name)),
        }
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let mut count = 0;
        if self.left > 0 {
            let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
            count = self.inner.read(&mut buffer[..want])?;
            if count == 0 {
                return Err(self.wrong("shorter"));
            }
            self.left -= count as u64;
        }
        if self.left == 0 {
            // Looking one byte further also lets the reader beneath check its sums before the last bytes are given.
            loop {
                match self.inner.read(&mut [0]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                    Ok(0) => break,
                    Ok(_) => return Err(self.wrong("longer")),
                }
            }
            self.ended = true;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], size: u64, blame: Blame) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Exact::new(bytes, size, blame, "x").read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn a_file_is_exactly_as_long_as_listed() {
        assert_eq!(read(b"abc", 3, Blame::Change).expect("all is well"), b"abc");
        assert_eq!(read(b"", 0, Blame::Container).expect("all is well"), b"");
        for size in [0, 2, 4] {
            let error = read(b"abc", size, Blame::Change).expect_err("another size");
            assert_eq!(error.to_string(), "x changed while it was being read");
            let error = read(b"abc", size, Blame::Container).expect_err("another size");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn an_error_of_the_disk_stays_ours_beneath_a_decoder() {
        struct Disk;
        impl Read for Disk {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::PermissionDenied))
            }
        }
        let failure = OwnFailure::default();
        let mut watched = Watched::new(Disk, &failure);
        let seen = watched.read(&mut [0; 8]).expect_err("the disk is broken");
        let ours = fault_of(failure.explain(io::Error::other(seen))).expect_err("not the container's");
        assert_eq!(ours.kind(), io::ErrorKind::PermissionDenied);
        assert!(fault_of(failure.explain(io::ErrorKind::UnexpectedEof.into())).is_ok());
    }
}
