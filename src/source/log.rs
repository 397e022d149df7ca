//! The doors for event logs that stand by themselves: a file, compressed or not, or a stream that comes once.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::container::Container;
use super::reader::{Blame, Exact, OwnFailure, Watched, broken, fault_of};
use super::zstd::{Zstd, is_zstd};
use super::{FaultKind, Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use crate::error::{Doing as _, Error, Result};

/// The name of the one file of an event log.
const NAME: &str = "events.jsonl";
const BUFFER: usize = 64 << 10;

/// An event log as bytes.
pub trait LogSource {
    /// How people call this source.
    fn describe(&self) -> String;

    /// Its size in bytes, if that is known before they are read.
    fn size(&self) -> Option<u64>;

    /// Opens the log; each time from its beginning, and with the same bytes.
    ///
    /// # Errors
    /// When the bytes beneath cannot be read. From the reader, an error of kind
    /// [`InvalidData`](std::io::ErrorKind::InvalidData) means that a container is broken there, which is the log's fault;
    /// any other error is ours.
    fn open(&mut self) -> Result<Box<dyn Read + '_>>;
}

/// A log that is in memory.
impl LogSource for &[u8] {
    fn describe(&self) -> String {
        "a text".into()
    }

    fn size(&self) -> Option<u64> {
        Some(self.len() as u64)
    }

    fn open(&mut self) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(*self))
    }
}

/// True if an error of a reader says that there are more bytes than the bounds allow.
pub fn is_over_limit(error: &io::Error) -> bool {
    super::reader::kind_of(error) == Some(FaultKind::Limit)
}

/// The event log that a package is: it holds `events.jsonl` and nothing else.
pub struct LogInPackage<'a> {
    source: &'a mut dyn PackageSource,
}

impl<'a> LogInPackage<'a> {
    /// The log, if the package is one.
    pub fn of(source: &'a mut dyn PackageSource) -> Option<Self> {
        is_log(source.listing()).then_some(Self { source })
    }
}

/// True for a listing of an event log and nothing else.
pub fn is_log(listing: &Listing) -> bool {
    matches!(listing.files.as_slice(), [file] if file.path == NAME)
        && listing.faults.is_empty()
        && listing.empty_directories.is_empty()
}

impl LogSource for LogInPackage<'_> {
    fn describe(&self) -> String {
        self.source.describe()
    }

    fn size(&self) -> Option<u64> {
        self.source.listing().files.first().map(|file| file.size)
    }

    fn open(&mut self) -> Result<Box<dyn Read + '_>> {
        self.source.open(NAME)
    }
}

/// A log by itself.
pub struct LogFile {
    name: String,
    bytes: Bytes,
    limits: Limits,
}

enum Bytes {
    File(Container),
    /// What comes once is kept while it is read, in case it must be read again.
    Stream {
        fresh: Option<Box<dyn Read>>,
        kept: File,
    },
}

impl LogFile {
    /// Opens the log at `path`, which may be compressed with gzip or zstd; told by content.
    ///
    /// # Errors
    /// When nothing is there, when it is a folder, or when it cannot be read.
    pub fn open(path: &Path, limits: Limits) -> Result<Self> {
        let shown = path.display().to_string();
        let doing = || format!("cannot read the event log at {shown}");
        let seen = std::fs::metadata(path).doing(doing)?;
        if seen.is_dir() {
            return Err(Error::new(doing()).because("it is a folder").hint("name the file in it"));
        }
        if seen.is_file() {
            return Ok(Self { name: shown, bytes: Bytes::File(Container::open(path)?), limits });
        }
        let file = File::open(path).doing(doing)?;
        Self::stream(shown, Box::new(file), limits)
    }

    /// A log that comes once, such as standard input.
    ///
    /// # Errors
    /// When there is no room for a temporary file.
    pub fn stream(name: impl Into<String>, bytes: Box<dyn Read>, limits: Limits) -> Result<Self> {
        let kept = tempfile::tempfile().doing(|| "cannot make a temporary file".into())?;
        Ok(Self { name: name.into(), bytes: Bytes::Stream { fresh: Some(bytes), kept }, limits })
    }

    /// The log as a package of one file. What is compressed or comes once is unpacked to a temporary file, as a package
    /// must know its sizes.
    ///
    /// # Errors
    /// When bytes cannot be read or kept.
    pub fn into_package(mut self) -> Result<Box<dyn PackageSource>> {
        let mut builder = ListingBuilder::new(self.limits);
        let file = match self.plain()? {
            Some(container) => container.own_handle_at(0)?,
            None => {
                let mut unpacked = tempfile::tempfile().doing(|| "cannot make a temporary file".into())?;
                let copied = io::copy(&mut LogSource::open(&mut self)?, &mut unpacked);
                if let Err(error) = copied {
                    builder.fault(fault_of(error).doing(|| format!("cannot unpack {}", self.name))?);
                }
                unpacked
            }
        };
        let size = file.metadata().doing(|| format!("cannot read {}", self.name))?.len();
        builder.add(RawEntry { name: NAME.into(), kind: RawKind::File(size) });
        Ok(Box::new(OneFile { name: self.name, file, listing: builder.finish() }))
    }

    /// The container, if it is a file that is not compressed.
    fn plain(&self) -> Result<Option<&Container>> {
        match &self.bytes {
            Bytes::File(container) if Compression::of(&container.head()?) == Compression::None => Ok(Some(container)),
            _ => Ok(None),
        }
    }
}

impl LogSource for LogFile {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn size(&self) -> Option<u64> {
        self.plain().ok().flatten().map(Container::size)
    }

    fn open(&mut self) -> Result<Box<dyn Read + '_>> {
        let limit = self.limits.max_package_bytes;
        let (mut bytes, limit): (Box<dyn Read>, u64) = match &mut self.bytes {
            Bytes::File(container) => {
                let (size, name) = (container.size(), container.name());
                let file = container.own_handle_at(0)?;
                let limit = limit.min(container.may_inflate_to()).max(size.min(limit));
                (Box::new(Exact::new(file, size, Blame::Change, name)), limit)
            }
            Bytes::Stream { fresh, kept } => {
                let again = kept.try_clone().doing(|| "cannot keep what is read".into())?;
                match fresh.take() {
                    Some(inner) => (Box::new(Keeping { inner, kept: again }), limit),
                    None => {
                        kept.seek(SeekFrom::Start(0)).doing(|| "cannot read what was kept".into())?;
                        (Box::new(again), limit)
                    }
                }
            }
        };
        let mut head = Vec::new();
        bytes.by_ref().take(4).read_to_end(&mut head).doing(|| format!("cannot read {}", self.name))?;
        let compression = Compression::of(&head);
        let whole = Cursor::new(head).chain(bytes);
        if compression == Compression::None {
            return Ok(Box::new(Bounded { inner: whole, failure: None, left: limit }));
        }
        let failure = OwnFailure::default();
        let packed = BufReader::with_capacity(BUFFER, Watched::new(whole, &failure));
        let inner: Box<dyn Read> = match compression {
            Compression::Gzip => Box::new(MultiGzDecoder::new(packed)),
            _ => Box::new(Zstd::new(packed)),
        };
        Ok(Box::new(Bounded { inner: BufReader::with_capacity(BUFFER, inner), failure: Some(failure), left: limit }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            head if is_zstd(head) => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// Gives the bytes of a stream and keeps them.
struct Keeping {
    inner: Box<dyn Read>,
    kept: File,
}

impl Read for Keeping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.kept.write_all(&buffer[..count])?;
        Ok(count)
    }
}

/// At most so many bytes, and errors with the right cause.
struct Bounded<R> {
    inner: R,
    failure: Option<OwnFailure>,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.inner.read(buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                return Err(match &self.failure {
                    Some(failure) => failure.explain(error),
                    None => error,
                });
            }
        };
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(broken(FaultKind::Limit, "there are more bytes than the bounds allow")),
        }
        Ok(count)
    }
}

/// The file at `path` as a package that holds nothing else, under another name.
///
/// # Errors
/// When it cannot be read.
pub fn one_file(path: &Path, name: &str, limits: Limits) -> Result<Box<dyn PackageSource>> {
    let shown = path.display().to_string();
    let file = File::open(path).doing(|| format!("cannot read {shown}"))?;
    let size = file.metadata().doing(|| format!("cannot read {shown}"))?.len();
    let mut builder = ListingBuilder::new(limits);
    builder.add(RawEntry { name: name.into(), kind: RawKind::File(size) });
    Ok(Box::new(OneFile { name: shown, file, listing: builder.finish() }))
}

/// A package of one file.
struct OneFile {
    name: String,
    file: File,
    listing: Listing,
}

impl PackageSource for OneFile {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let size = self.listing.size_of(path)?;
        (&self.file).seek(SeekFrom::Start(0)).doing(|| format!("cannot read {}", self.name))?;
        Ok(Box::new(Exact::new(&self.file, size, Blame::Change, self.name.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limits = Limits { max_package_bytes: 100, max_row_bytes: 100, memory: 0 };

    fn log(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("there is room");
        file.write_all(bytes).expect("there is room");
        file
    }

    fn read(source: &mut dyn LogSource) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        source.open().map_err(io::Error::other)?.read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn what_comes_once_can_be_read_again() {
        let mut stream = LogFile::stream("x", Box::new(&b"{}\n{}\n"[..]), SMALL).expect("there is room");
        for _ in 0..3 {
            assert_eq!(read(&mut stream).expect("it is there"), b"{}\n{}\n");
        }
    }

    #[test]
    fn no_log_is_larger_than_the_bounds_through_any_door() {
        let file = log(&[b'x'; 101]);
        let mut by_itself = LogFile::open(file.path(), SMALL).expect("it is there");
        assert!(is_over_limit(&read(&mut by_itself).expect_err("it is too long")));
        let package = by_itself.into_package().expect("it can be read");
        assert!(!is_log(package.listing()));
        assert_eq!(package.listing().faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Limit]);
        let stream = LogFile::stream("x", Box::new(io::repeat(b'x')), SMALL).expect("there is room");
        let package = stream.into_package().expect("it ends at the bound");
        assert!(package.listing().faults.iter().any(|fault| fault.kind == FaultKind::Limit));
        let fits = LogFile::open(log(&[b'x'; 100]).path(), SMALL).expect("it is there");
        assert!(is_log(fits.into_package().expect("it can be read").listing()));
    }
}
