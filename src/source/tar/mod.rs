//! The door for `.tar`: one pass over the headers, then every file is read where it lies.

mod pax;
mod walk;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

pub(super) use walk::{Forward, Walk, is_tar};

use super::container::Container;
use super::reader::{Blame, Exact, broken, fault_of};
use super::{FaultKind, Limits, Listing, ListingBuilder, PackageSource, RawEntry};
use crate::error::Result;

/// A package in a tar file.
pub(super) struct Tar {
    container: Container,
    listing: Listing,
    places: HashMap<String, u64>,
}

/// Lists the tar in `container`.
pub(super) fn open(container: Container, limits: Limits) -> Result<Box<dyn PackageSource>> {
    let mut builder = ListingBuilder::new(limits);
    let mut places = HashMap::new();
    let file = BufReader::new(container.at(0)?);
    let mut walk = Walk::new(InPlace { file, at: 0, size: container.size() });
    if let Err(error) = list(&mut walk, &mut builder, &mut places) {
        builder.fault(fault_of(error).map_err(|error| container.error(error))?);
    }
    let listing = builder.finish();
    Ok(Box::new(Tar { container, listing, places }))
}

fn list(
    walk: &mut Walk<InPlace<'_>>,
    builder: &mut ListingBuilder,
    places: &mut HashMap<String, u64>,
) -> io::Result<()> {
    while let Some(member) = walk.next()? {
        walk.pass(&member)?;
        if let Some(name) = builder.add(RawEntry { name: member.name, kind: member.kind }) {
            places.insert(name, member.at);
        }
        if builder.is_full() {
            break;
        }
    }
    Ok(())
}

impl PackageSource for Tar {
    fn describe(&self) -> String {
        self.container.name()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let size = self.listing.size_of(path)?;
        let place = self.places[&format!("{}{path}", self.listing.prefix)];
        // The container's size was checked against this member's, so a short read means that it changed.
        Ok(Box::new(Exact::new(self.container.at(place)?.take(size), size, Blame::Change, self.container.name())))
    }
}

struct InPlace<'a> {
    file: BufReader<&'a File>,
    at: u64,
    size: u64,
}

impl Read for InPlace<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Forward for InPlace<'_> {
    fn position(&self) -> u64 {
        self.at
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        let step = i64::try_from(count).ok().filter(|_| count <= self.size.saturating_sub(self.at));
        let Some(step) = step else { return Err(broken(FaultKind::Container, "the tar breaks off inside a member")) };
        self.file.seek_relative(step)?;
        self.at += count;
        Ok(())
    }
}
