//! Goes through the headers of a tar, from front to back, in bounded memory.
//!
//! Where readers of tar are known to differ (two names for one file, bytes behind the end, a link that holds bytes),
//! the walk ends with a fault: no reader may see another package than we do.

use std::io::{self, Read};

use super::pax::Pax;
use crate::source::reader::broken;
use crate::source::{FaultKind, RawKind};

const BLOCK: usize = 512;

/// Bytes of one long-name or pax record. Linux bounds paths to 4 KiB; extended attributes may take a few 64 KiB.
const MAX_RECORD_BYTES: u64 = 1 << 20;

/// Zero bytes behind the end mark: tape blocks, at most this many.
const MAX_PADDING_BYTES: u64 = 1 << 20;

/// Bytes that can be read from front to back, and skipped.
pub(in crate::source) trait Forward: Read {
    /// How many bytes lie before the next one.
    fn position(&self) -> u64;

    /// Goes over `count` bytes; a fault if there are fewer.
    fn skip(&mut self, count: u64) -> io::Result<()>;
}

/// One member of a tar.
#[derive(Debug)]
pub(in crate::source) struct Member {
    /// Its name, byte for byte.
    pub(in crate::source) name: Vec<u8>,
    /// What it is.
    pub(in crate::source) kind: RawKind,
    /// Where its bytes begin.
    pub(in crate::source) at: u64,
    /// How many there are.
    pub(in crate::source) size: u64,
}

/// A walk through the members of a tar.
pub(in crate::source) struct Walk<F> {
    input: F,
    next: u64,
}

impl<F: Forward> Walk<F> {
    pub(in crate::source) fn new(input: F) -> Self {
        Self { input, next: 0 }
    }

    /// The next member; none behind the last. Errors of kind `InvalidData` are faults of the container.
    pub(in crate::source) fn next(&mut self) -> io::Result<Option<Member>> {
        let mut long_name: Option<Vec<u8>> = None;
        let mut pax: Option<Pax> = None;
        loop {
            self.forward_to(self.next)?;
            let Some(block) = self.block()? else {
                return Err(if self.next == 0 { not_a_tar() } else { fault("the tar breaks off without an end mark") });
            };
            self.next += BLOCK as u64;
            if block.iter().all(|byte| *byte == 0) {
                if long_name.is_some() || pax.is_some() {
                    return Err(fault("the tar ends with a record about a member that does not follow"));
                }
                return self.padding().map(|()| None);
            }
            let header = tar::Header::from_byte_slice(&block);
            if header.cksum().ok() != Some(checksum(&block)) {
                let first = self.next == BLOCK as u64;
                return Err(if first { not_a_tar() } else { fault("the sum of a tar header does not agree") });
            }
            let mut size = header.entry_size().map_err(|_| fault("the size in a tar header is not a number"))?;
            let kind = header.entry_type().as_byte();
            match kind {
                b'L' | b'K' => {
                    let name = name_of(&self.record(size)?)?;
                    if kind == b'L' && long_name.replace(name).is_some() {
                        return Err(fault("two long names for one member"));
                    }
                    continue;
                }
                b'x' | b'X' => {
                    let records = Pax::parse(&self.record(size)?).ok_or_else(|| fault("a pax header is malformed"))?;
                    if pax.replace(records).is_some() {
                        return Err(fault("two pax headers for one member"));
                    }
                    continue;
                }
                b'g' => {
                    let records = Pax::parse(&self.record(size)?).ok_or_else(|| fault("a pax header is malformed"))?;
                    if records.shapes_members() {
                        return Err(fault("a global pax header names or sizes all members that follow"));
                    }
                    continue;
                }
                _ => {}
            }
            let pax = pax.unwrap_or_default();
            size = pax.size.unwrap_or(size);
            let name = match (long_name, pax.path) {
                (Some(one), Some(other)) if one != other => return Err(fault("two different names for one member")),
                (Some(name), _) | (None, Some(name)) => name,
                (None, None) => header.path_bytes().into_owned(),
            };
            let kind = match kind {
                _ if pax.sparse => RawKind::Other("sparse file"),
                // Before POSIX, a directory was a file whose name ends with a slash.
                0 if name.ends_with(b"/") => RawKind::Directory,
                0 | b'0' | b'7' => RawKind::File(size),
                b'1' => RawKind::Other("hard link"),
                b'2' => RawKind::Other("symbolic link"),
                b'3' | b'4' => RawKind::Other("device"),
                b'5' => RawKind::Directory,
                b'6' => RawKind::Other("fifo"),
                b'S' => RawKind::Other("sparse file"),
                _ => RawKind::Other("thing of an unknown kind"),
            };
            if matches!(header.entry_type().as_byte(), b'1'..=b'6') && size != 0 {
                return Err(fault("a member that is no file claims to hold bytes"));
            }
            if header.entry_type().is_gnu_sparse() {
                self.sparse_maps(header)?;
            }
            let at = self.next;
            self.next = end_of(at, size)?;
            return Ok(Some(Member { name, kind, at, size }));
        }
    }

    /// Goes over the bytes of the member just given: they are all there.
    pub(in crate::source) fn pass(&mut self, member: &Member) -> io::Result<()> {
        self.forward_to(member.at.saturating_add(member.size))
    }

    /// Reads the bytes of the member just given.
    pub(in crate::source) fn bytes(&mut self, member: &Member) -> io::Result<Vec<u8>> {
        self.read(member.size)
    }

    fn forward_to(&mut self, place: u64) -> io::Result<()> {
        match place.saturating_sub(self.input.position()) {
            0 => Ok(()),
            count => self.input.skip(count),
        }
    }

    /// The next block, or none if the bytes end before it.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut have = 0;
        while have < BLOCK {
            match self.input.read(&mut block[have..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(0) if have == 0 => return Ok(None),
                Ok(0) => return Err(if self.next == 0 { not_a_tar() } else { fault("the tar breaks off") }),
                Ok(count) => have += count,
            }
        }
        Ok(Some(block))
    }

    fn record(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > MAX_RECORD_BYTES {
            return Err(fault("a name or pax record is longer than 1 MiB"));
        }
        self.next = end_of(self.next, size)?;
        self.read(size)
    }

    fn read(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.input).take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == size { Ok(bytes) } else { Err(fault("the tar breaks off")) }
    }

    /// The blocks with further maps of a GNU sparse file stand between its header and its bytes.
    fn sparse_maps(&mut self, header: &tar::Header) -> io::Result<()> {
        let mut more = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        while more {
            let Some(block) = self.block()? else { return Err(fault("the tar breaks off")) };
            self.next += BLOCK as u64;
            more = block[504] != 0;
        }
        Ok(())
    }

    /// Behind the end mark there may be zeros and nothing else: other readers go on there.
    fn padding(&mut self) -> io::Result<()> {
        let mut seen = 0;
        let mut buffer = [0; 8192];
        loop {
            match self.input.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(0) => return Ok(()),
                Ok(count) => seen += count as u64,
            }
            if buffer.iter().any(|byte| *byte != 0) || seen > MAX_PADDING_BYTES {
                return Err(fault("bytes stand behind the end mark of the tar"));
            }
        }
    }
}

/// True if these first bytes of a file could be a tar: a header whose sum agrees, or nothing but zeros.
pub(in crate::source) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    let header = tar::Header::from_byte_slice(block);
    block.iter().all(|byte| *byte == 0) || &block[257..262] == b"ustar" || header.cksum().ok() == Some(checksum(block))
}

fn checksum(block: &[u8; BLOCK]) -> u32 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    sum(&block[..148]) + 8 * u32::from(b' ') + sum(&block[156..])
}

fn end_of(at: u64, size: u64) -> io::Result<u64> {
    size.checked_next_multiple_of(BLOCK as u64)
        .and_then(|size| at.checked_add(size))
        .filter(|end| i64::try_from(*end).is_ok())
        .ok_or_else(|| fault("a tar header claims a size that no file has"))
}

/// A GNU long name ends at its first NUL, and only NULs may follow.
fn name_of(record: &[u8]) -> io::Result<Vec<u8>> {
    let end = record.iter().position(|byte| *byte == 0).unwrap_or(record.len());
    if record[end..].iter().any(|byte| *byte != 0) {
        return Err(fault("a long name has bytes behind its end"));
    }
    Ok(record[..end].to_vec())
}

fn fault(text: &str) -> io::Error {
    broken(FaultKind::Container, text)
}

fn not_a_tar() -> io::Error {
    broken(FaultKind::Unknown, "there is no tar in it")
}
