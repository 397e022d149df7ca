//! The central directory of a zip, and the local headers that must say the same.
//!
//! Readers of zip differ in which end record, which name and which size they believe. Here everything that is said
//! twice must be said alike, and every byte before the directory must belong to one entry; else it is a fault.

use std::io::{self, Read};

use super::fault;
use crate::source::RawKind;

const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;

/// Bytes of the end record, of its 64-bit form and of the locator of that form.
const END_BYTES: usize = 22;
const END_64_BYTES: usize = 56;
const LOCATOR_BYTES: usize = 20;

/// Flags: the bytes are encrypted (three ways to say so), patched, or followed by their sizes.
const FLAGS_ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const FLAG_PATCHED: u16 = 1 << 5;
const FLAG_SIZES_FOLLOW: u16 = 1 << 3;

/// The longest record of sizes behind an entry's bytes: mark, sum, two sizes of 8 bytes.
const MAX_FOLLOWING_BYTES: u64 = 24;

/// Where the central directory lies and how many entries it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) at: u64,
    pub(super) size: u64,
    pub(super) entries: u64,
}

/// One entry as the central directory states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) stored: u64,
    pub(super) size: u64,
    pub(super) at: u64,
    attributes: u32,
}

/// Little-endian numbers of a record whose length was checked before.
struct Record<'a>(&'a [u8]);

impl Record<'_> {
    fn two(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.0[at..at + 2].try_into().expect("two bytes were asked for"))
    }

    fn four(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes were asked for"))
    }

    fn eight(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes were asked for"))
    }
}

/// How many of a file's last bytes [`find`] needs at most.
pub(super) const TAIL_BYTES: u64 = (END_BYTES + u16::MAX as usize + LOCATOR_BYTES + END_64_BYTES) as u64;

/// Finds the directory by the end records in `tail`, the last bytes of a file of `size` bytes.
pub(super) fn find(tail: &[u8], size: u64) -> io::Result<Directory> {
    let ends_here = |at: &usize| {
        let record = Record(&tail[*at..]);
        record.four(0) == END && *at + END_BYTES + usize::from(record.two(20)) == tail.len()
    };
    let mut found = (0..(tail.len() + 1).saturating_sub(END_BYTES)).filter(ends_here);
    let (end, None) = (found.next().ok_or_else(|| fault("the zip has no end record"))?, found.next()) else {
        return Err(fault("the zip has two end records"));
    };
    let tail_at = size - tail.len() as u64;
    let record = Record(&tail[end..]);
    let mut directory =
        Directory { at: record.four(16).into(), size: record.four(12).into(), entries: record.two(10).into() };
    if (record.two(4), record.two(6)) != (0, 0) || record.two(8) != record.two(10) {
        return Err(fault("the zip is spread over several files"));
    }
    let mut directory_end = tail_at + end as u64;
    let locator = end.checked_sub(LOCATOR_BYTES).map(|at| (at, Record(&tail[at..end])));
    if let Some((locator_at, locator)) = locator.filter(|(_, locator)| locator.four(0) == END_64_LOCATOR) {
        let wide_at = locator_at
            .checked_sub(END_64_BYTES)
            .filter(|at| locator.eight(8) == tail_at + *at as u64)
            .ok_or_else(|| fault("the 64-bit end record of the zip is not where it should be"))?;
        let wide = Record(&tail[wide_at..locator_at]);
        if wide.four(0) != END_64 || wide.eight(4) != (END_64_BYTES - 12) as u64 {
            return Err(fault("the 64-bit end record of the zip is malformed"));
        }
        if wide.four(16) != 0 || wide.four(20) != 0 || wide.eight(24) != wide.eight(32) || locator.four(4) != 0 {
            return Err(fault("the zip is spread over several files"));
        }
        let both = Directory { at: wide.eight(48), size: wide.eight(40), entries: wide.eight(32) };
        let agree = |narrow: u64, none: u64, wide: u64| narrow == none || narrow == wide;
        if !agree(directory.at, u32::MAX.into(), both.at)
            || !agree(directory.size, u32::MAX.into(), both.size)
            || !agree(directory.entries, u16::MAX.into(), both.entries)
        {
            return Err(fault("the two end records of the zip disagree"));
        }
        directory = both;
        directory_end = locator.eight(8);
    }
    if directory.at.checked_add(directory.size) != Some(directory_end) {
        return Err(fault("the directory of the zip does not end where its end record begins"));
    }
    Ok(directory)
}

impl Entry {
    /// Reads the next entry of the directory.
    pub(super) fn read(directory: &mut impl Read) -> io::Result<Self> {
        let mut fixed = [0; 46];
        directory.read_exact(&mut fixed).map_err(short)?;
        let record = Record(&fixed);
        if record.four(0) != CENTRAL {
            return Err(fault("the directory of the zip is malformed"));
        }
        let mut rest = |count: u16| {
            let mut bytes = vec![0; count.into()];
            directory.read_exact(&mut bytes).map_err(short).map(|()| bytes)
        };
        let name = rest(record.two(28))?;
        let extra = rest(record.two(30))?;
        rest(record.two(32))?;
        let mut entry = Self {
            name,
            flags: record.two(8),
            method: record.two(10),
            crc: record.four(16),
            stored: record.four(20).into(),
            size: record.four(24).into(),
            at: record.four(42).into(),
            attributes: record.four(38),
        };
        let wide = check_extra(&extra, &entry.name)?;
        take_wide(wide, &mut [&mut entry.size, &mut entry.stored, &mut entry.at])?;
        Ok(entry)
    }

    /// What the entry is, by its name and by the Unix mode in its attributes.
    pub(super) fn kind(&self) -> RawKind {
        let directory = self.name.ends_with(b"/");
        match self.attributes >> 28 {
            0 | 0o10 if !directory => RawKind::File(self.size),
            0 | 0o4 if directory => RawKind::Directory,
            0o12 => RawKind::Other("symbolic link"),
            0o1 => RawKind::Other("fifo"),
            0o14 => RawKind::Other("socket"),
            0o2 | 0o6 => RawKind::Other("device"),
            _ => RawKind::Other("thing whose name and mode disagree"),
        }
    }

    /// What makes the entry unreadable or ambiguous by itself.
    pub(super) fn trouble(&self) -> Option<&'static str> {
        if self.flags & FLAGS_ENCRYPTED != 0 {
            return Some("the entry is encrypted");
        }
        if self.flags & FLAG_PATCHED != 0 {
            return Some("the entry is a patch");
        }
        match self.method {
            0 if self.stored != self.size => Some("a stored entry has two sizes"),
            0 | 8 if self.name.ends_with(b"/") && self.size != 0 => Some("a directory claims to hold bytes"),
            0 | 8 => None,
            _ => Some("the entry is compressed by a method other than deflate"),
        }
    }

    /// Reads the local header and gives where the bytes begin, or says how it contradicts the directory.
    pub(super) fn local(&self, file: &mut impl Read) -> io::Result<u64> {
        let mut fixed = [0; 30];
        file.read_exact(&mut fixed).map_err(short)?;
        let record = Record(&fixed);
        if record.four(0) != LOCAL {
            return Err(fault("there is no local header where the directory says"));
        }
        let mut rest = |count: u16| {
            let mut bytes = vec![0; count.into()];
            file.read_exact(&mut bytes).map_err(short).map(|()| bytes)
        };
        let name = rest(record.two(26))?;
        let extra = rest(record.two(28))?;
        if name != self.name {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(fault(format!("the local header calls the entry {name}")));
        }
        let (mut stored, mut size) = (u64::from(record.four(18)), u64::from(record.four(22)));
        let wide = check_extra(&extra, &name)?;
        take_wide(wide, &mut [&mut size, &mut stored])?;
        let follow = self.flags & FLAG_SIZES_FOLLOW != 0;
        let agrees = |here: u64, there: u64| here == there || (follow && here == 0);
        if (record.two(6), record.two(8)) != (self.flags, self.method)
            || !agrees(record.four(14).into(), self.crc.into())
            || !agrees(stored, self.stored)
            || !agrees(size, self.size)
        {
            return Err(fault("the local header and the directory of the zip disagree"));
        }
        self.at
            .checked_add((fixed.len() + name.len() + extra.len()) as u64)
            .ok_or_else(|| fault("the entry lies behind the end of the zip"))
    }

    /// The first byte that may not belong to this entry any more, given where its bytes end.
    pub(super) fn last_end(&self, end: u64) -> u64 {
        if self.flags & FLAG_SIZES_FOLLOW != 0 { end.saturating_add(MAX_FOLLOWING_BYTES) } else { end }
    }
}

/// Walks the extra fields: gives the 64-bit one, and refuses a second name for the entry.
fn check_extra<'a>(mut extra: &'a [u8], name: &[u8]) -> io::Result<Option<&'a [u8]>> {
    let mut wide = None;
    // Fewer than four bytes at the end are padding, which some writers leave for alignment.
    while extra.len() >= 4 {
        let record = Record(extra);
        let field = extra.get(4..4 + usize::from(record.two(2)));
        let field = field.ok_or_else(|| fault("an extra field of the zip is malformed"))?;
        match record.two(0) {
            1 if wide.replace(field).is_some() => return Err(fault("an entry of the zip has two 64-bit fields")),
            0x7075 if field.get(5..) != Some(name) => return Err(fault("an entry of the zip has two names")),
            _ => {}
        }
        extra = &extra[4 + field.len()..];
    }
    Ok(wide)
}

/// Replaces the numbers that do not fit 32 bits by those of the 64-bit field, in its order.
fn take_wide(field: Option<&[u8]>, numbers: &mut [&mut u64]) -> io::Result<()> {
    let mut rest = field.unwrap_or_default();
    for number in numbers.iter_mut().filter(|number| ***number == u64::from(u32::MAX)) {
        // Without the field the number is what it says: 4 GiB less one byte.
        if field.is_none() {
            continue;
        }
        if rest.len() < 8 {
            return Err(fault("a 64-bit field of the zip is too short"));
        }
        **number = Record(rest).eight(0);
        rest = &rest[8..];
    }
    Ok(())
}

fn short(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof { fault("the zip breaks off inside a header") } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_record_must_be_the_only_one_and_stand_at_the_end() {
        let mut end = vec![0; END_BYTES];
        end[..4].copy_from_slice(&END.to_le_bytes());
        assert_eq!(find(&end, 22).expect("an empty zip"), Directory { at: 0, size: 0, entries: 0 });
        assert!(find(&end, 23).is_err(), "a byte stands before the directory");
        assert!(find(&[&end[..], b"x"].concat(), 23).is_err());
        let mut nested = end.clone();
        nested[20] = 22;
        assert!(find(&[nested, end.clone()].concat(), 44).is_err(), "an end record in the comment of another");
        for cut in 0..END_BYTES {
            assert!(find(&end[..cut], cut as u64).is_err());
        }
    }
}
