//! The door for `.zip`, stored or deflated: read in place, by its central directory.

mod directory;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use flate2::bufread::DeflateDecoder;

use self::directory::{Directory, Entry, TAIL_BYTES, find};
use super::container::Container;
use super::reader::{Blame, Exact, OwnFailure, Watched, broken, fault_of};
use super::{Fault, FaultKind, Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use crate::error::Result;

/// The directory is held in memory while it is checked.
const MAX_DIRECTORY_BYTES: u64 = 256 << 20;
const MAX_ENTRIES: u64 = 1_000_000;

/// A package in a zip file.
struct Zip {
    container: Container,
    listing: Listing,
    places: HashMap<String, Place>,
}

/// Where the bytes of a file lie, and what they must come to.
struct Place {
    at: u64,
    stored: u64,
    deflated: bool,
    crc: u32,
}

/// True if these first bytes of a file could be a zip, an empty one included.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Lists the zip in `container`.
pub(super) fn open(container: Container, limits: Limits) -> Result<Box<dyn PackageSource>> {
    let mut builder = ListingBuilder::new(limits);
    let mut places = HashMap::new();
    if let Err(error) = list(&container, container.at(0)?, &mut builder, &mut places) {
        builder.fault(fault_of(error).map_err(|error| container.error(error))?);
    }
    let listing = builder.finish();
    Ok(Box::new(Zip { container, listing, places }))
}

fn list(
    container: &Container,
    file: &File,
    builder: &mut ListingBuilder,
    places: &mut HashMap<String, Place>,
) -> io::Result<()> {
    let mut tail = Vec::new();
    from(file, container.size().saturating_sub(TAIL_BYTES))?.read_to_end(&mut tail)?;
    let directory = find(&tail, container.size())?;
    let mut may_inflate = container.may_inflate_to();
    // In the order of their bytes, entries must follow each other without overlap and without anything between them.
    let mut earliest = 0;
    let mut latest = 0;
    for entry in entries(file, directory)? {
        let end = if entry.at < earliest {
            Err(fault("the entry lies over another one"))
        } else if entry.at > latest {
            Err(fault("bytes that belong to no entry stand before this one"))
        } else {
            extent(file, &entry, directory)
        };
        match end {
            Ok((begin, end)) => {
                (earliest, latest) = (end, entry.last_end(end));
                take(entry, begin, &mut may_inflate, builder, places);
            }
            Err(error) => {
                // Where this entry ends is not known; what follows may begin anywhere behind it.
                (earliest, latest) = (earliest.max(entry.at), u64::MAX);
                builder.fault(Fault { path: shown(&entry.name), ..fault_of(error)? });
            }
        }
    }
    if (earliest..=latest).contains(&directory.at) {
        Ok(())
    } else {
        Err(fault("bytes that belong to no entry stand before the directory of the zip"))
    }
}

/// All entries of the directory, in the order of their bytes.
fn entries(file: &File, directory: Directory) -> io::Result<Vec<Entry>> {
    if directory.size > MAX_DIRECTORY_BYTES || directory.entries > MAX_ENTRIES {
        return Err(broken(FaultKind::Limit, "the directory of the zip is larger than any package needs"));
    }
    let mut bytes = BufReader::with_capacity(64 << 10, from(file, directory.at)?.take(directory.size));
    let mut all = Vec::new();
    for _ in 0..directory.entries {
        all.push(Entry::read(&mut bytes)?);
    }
    if bytes.read(&mut [0])? != 0 {
        return Err(fault("the directory of the zip holds more than its end record says"));
    }
    all.sort_by_key(|entry| entry.at);
    Ok(all)
}

/// Where an entry's bytes begin and end, if its two headers agree and it lies before the directory.
fn extent(file: &File, entry: &Entry, directory: Directory) -> io::Result<(u64, u64)> {
    let outside = || fault("the entry does not lie before the directory of the zip");
    let room = directory.at.checked_sub(entry.at).ok_or_else(outside)?;
    let begin = entry.local(&mut BufReader::with_capacity(512, from(file, entry.at)?.take(room)))?;
    let end = begin.checked_add(entry.stored).filter(|end| *end <= directory.at).ok_or_else(outside)?;
    Ok((begin, end))
}

fn take(
    entry: Entry,
    begin: u64,
    may_inflate: &mut u64,
    builder: &mut ListingBuilder,
    places: &mut HashMap<String, Place>,
) {
    let kind = entry.kind();
    if matches!(kind, RawKind::File(_) | RawKind::Directory)
        && let Some(text) = entry.trouble()
    {
        return builder.fault(Fault::new(FaultKind::Container, shown(&entry.name), text));
    }
    match may_inflate.checked_sub(entry.size) {
        Some(left) => *may_inflate = left,
        None => {
            let text = format!("{} bytes would inflate to {}", entry.stored, entry.size);
            return builder.fault(Fault::new(FaultKind::Limit, shown(&entry.name), text));
        }
    }
    let place = Place { at: begin, stored: entry.stored, deflated: entry.method == 8, crc: entry.crc };
    if let Some(name) = builder.add(RawEntry { name: entry.name, kind }) {
        places.insert(name, place);
    }
}

impl PackageSource for Zip {
    fn describe(&self) -> String {
        self.container.name()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let size = self.listing.size_of(path)?;
        let place = &self.places[&format!("{}{path}", self.listing.prefix)];
        let failure = OwnFailure::default();
        let stored = Watched::new(self.container.at(place.at)?.take(place.stored), &failure);
        let bytes = if place.deflated {
            Bytes::Deflated(DeflateDecoder::new(BufReader::with_capacity(64 << 10, stored)))
        } else {
            Bytes::Stored(stored)
        };
        let summed = Summed {
            bytes,
            failure,
            stored: place.stored,
            crc: place.crc,
            seen: crc32fast::Hasher::new(),
            path: path.to_owned(),
        };
        Ok(Box::new(Exact::new(summed, size, Blame::Container, path)))
    }
}

type Stored<'a> = Watched<io::Take<&'a File>>;

enum Bytes<'a> {
    Stored(Stored<'a>),
    Deflated(DeflateDecoder<BufReader<Stored<'a>>>),
}

/// The bytes of an entry; at their end, the sum and the length of what was stored must agree.
struct Summed<'a> {
    bytes: Bytes<'a>,
    failure: OwnFailure,
    stored: u64,
    crc: u32,
    seen: crc32fast::Hasher,
    path: String,
}

impl Read for Summed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, used) = match &mut self.bytes {
            Bytes::Stored(bytes) => (bytes.read(buffer), self.stored),
            Bytes::Deflated(bytes) => {
                let read = bytes.read(buffer);
                (read, bytes.total_in())
            }
        };
        let count = read.map_err(|error| self.failure.explain(error))?;
        self.seen.update(&buffer[..count]);
        if count == 0 && self.seen.clone().finalize() != self.crc {
            return Err(fault(format!("the CRC of {} differs from the one in the zip", self.path)));
        }
        if count == 0 && used != self.stored {
            return Err(fault(format!("{} ends before its bytes in the zip do", self.path)));
        }
        Ok(count)
    }
}

fn from(file: &File, place: u64) -> io::Result<&File> {
    let mut handle = file;
    handle.seek(SeekFrom::Start(place))?;
    Ok(file)
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(&name[..name.len().min(4096)]).into_owned()
}

fn fault(text: impl Into<String>) -> io::Error {
    broken(FaultKind::Container, text)
}
