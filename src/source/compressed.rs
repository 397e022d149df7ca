//! The doors for `.tar.gz` and `.tar.zst`: one pass that lists and keeps what is small; the rest is inflated again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::container::Container;
use super::reader::{Blame, Exact, OwnFailure, Watched, broken, fault_of};
use super::tar::{Forward, Walk};
use super::zstd::Zstd;
use super::{FaultKind, Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use crate::error::Result;

/// Files up to this size are kept from the first pass, while they fit together.
const KEEP_FILE_BYTES: u64 = 1 << 20;
const KEEP_ALL_BYTES: u64 = 16 << 20;

/// What a tar may need beside the bytes of its files: a million headers, names and padding.
const TAR_OVERHEAD_BYTES: u64 = 1 << 30;

type Compressed = BufReader<Watched<File>>;
type Decode = fn(Compressed) -> Box<dyn Read>;

/// Lists the tar inside a gzip file.
pub(super) fn open_gzip(container: Container, limits: Limits) -> Result<Box<dyn PackageSource>> {
    open(container, limits, |bytes| Box::new(MultiGzDecoder::new(bytes)))
}

/// Lists the tar inside a zstd file.
pub(super) fn open_zstd(container: Container, limits: Limits) -> Result<Box<dyn PackageSource>> {
    open(container, limits, |bytes| Box::new(Zstd::new(bytes)))
}

/// A package in a compressed tar file.
struct CompressedTar {
    container: Container,
    limits: Limits,
    decode: Decode,
    listing: Listing,
    files: HashMap<String, Held>,
    stream: Option<Stream>,
}

/// Where the bytes of a file are.
enum Held {
    Here(Vec<u8>),
    At(u64),
}

fn open(container: Container, limits: Limits, decode: Decode) -> Result<Box<dyn PackageSource>> {
    let mut builder = ListingBuilder::new(limits);
    let mut files = HashMap::new();
    let mut walk = Walk::new(Stream::start(&container, decode, limits)?);
    if let Err(error) = list(&mut walk, &mut builder, &mut files) {
        builder.fault(fault_of(error).map_err(|error| container.error(error))?);
    }
    let listing = builder.finish();
    Ok(Box::new(CompressedTar { container, limits, decode, listing, files, stream: None }))
}

fn list(walk: &mut Walk<Stream>, builder: &mut ListingBuilder, files: &mut HashMap<String, Held>) -> io::Result<()> {
    let mut room = KEEP_ALL_BYTES;
    while let Some(member) = walk.next()? {
        let keep = matches!(member.kind, RawKind::File(size) if size <= KEEP_FILE_BYTES.min(room));
        let held = if keep {
            Held::Here(walk.bytes(&member)?)
        } else {
            walk.pass(&member)?;
            Held::At(member.at)
        };
        if let Some(name) = builder.add(RawEntry { name: member.name, kind: member.kind }) {
            room -= if keep { member.size } else { 0 };
            files.insert(name, held);
        }
        if builder.is_full() {
            break;
        }
    }
    Ok(())
}

impl PackageSource for CompressedTar {
    fn describe(&self) -> String {
        self.container.name()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let size = self.listing.size_of(path)?;
        let at = match &self.files[&format!("{}{path}", self.listing.prefix)] {
            Held::Here(bytes) => return Ok(Box::new(bytes.as_slice())),
            Held::At(at) => *at,
        };
        let stream = match self.stream.take() {
            Some(stream) if stream.at <= at && !stream.failed => stream,
            // The place in the file is shared with the old stream, which is gone by now.
            _ => Stream::start(&self.container, self.decode, self.limits)?,
        };
        let stream = self.stream.insert(stream);
        Ok(Box::new(Exact::new(Part { stream, at, end: at + size }, size, Blame::Container, path)))
    }
}

/// Inflated bytes from front to back, as many as the bounds allow.
struct Stream {
    inner: Box<dyn Read>,
    failure: OwnFailure,
    at: u64,
    allowed: u64,
    /// A decoder that has failed once is not asked again.
    failed: bool,
}

impl Stream {
    fn start(container: &Container, decode: Decode, limits: Limits) -> Result<Self> {
        let failure = OwnFailure::default();
        let file = Watched::new(container.own_handle_at(0)?, &failure);
        let allowed = limits.max_package_bytes.saturating_add(TAR_OVERHEAD_BYTES).min(container.may_inflate_to());
        Ok(Self { inner: decode(BufReader::with_capacity(64 << 10, file)), failure, at: 0, allowed, failed: false })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(broken(FaultKind::Container, "the compressed bytes are broken before this place"));
        }
        let count = loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(self.failure.explain(error));
                }
                Ok(count) => break count,
            }
        };
        self.at += count as u64;
        if self.at > self.allowed {
            let text = format!("it inflates to more than {} bytes", self.allowed);
            return Err(broken(FaultKind::Limit, text));
        }
        Ok(count)
    }
}

impl Forward for Stream {
    fn position(&self) -> u64 {
        self.at
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        let mut left = count;
        let mut bytes = BufReader::with_capacity(64 << 10, self.take(count));
        while left > 0 {
            let have = bytes.fill_buf()?.len();
            if have == 0 {
                return Err(broken(FaultKind::Container, "the tar breaks off inside a member"));
            }
            bytes.consume(have);
            left -= have as u64;
        }
        Ok(())
    }
}

/// The part of a stream that is one file. Goes there with the first read, so that what is broken on the way is the
/// reader's error.
struct Part<'a> {
    stream: &'a mut Stream,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stream.at < self.at {
            self.stream.skip(self.at - self.stream.at)?;
        }
        let left = usize::try_from(self.end - self.stream.at).unwrap_or(usize::MAX).min(buffer.len());
        if left == 0 {
            return Ok(0);
        }
        self.stream.read(&mut buffer[..left])
    }
}
