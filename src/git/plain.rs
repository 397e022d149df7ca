//! Objects that stand whole on disk, loose or packed, read as streams without gix: it would hold them in memory.
//!
//! Formats: <https://git-scm.com/docs/gitformat-pack> and, for loose objects, `git help hash-object`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::bufread::ZlibDecoder;

use super::id::{Id, Kind};
use super::repo::Repo;
use super::store::Place;
use crate::error::{Doing, Error, Result};

/// Read from a file at a time: most trees and commits are shorter.
const PIECE: usize = 8 << 10;
/// `commit 18446744073709551615` and a zero byte.
const LONGEST_HEADER: usize = 28;
/// Enough for the header of any object in a pack.
const PACKED_HEADER: usize = 16;

/// An object and what its header says of it.
pub(super) struct Plain {
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// The content; nothing about it was checked.
    pub(super) content: Box<dyn Read>,
}

impl Repo {
    /// An object that stands whole on disk; none if git stored it as a delta, or where only gix finds it.
    pub(super) fn plain(&self, id: Id) -> Result<Option<Plain>> {
        self.stored(id, |place| match place {
            Place::Loose(file, _) => loose(BufReader::with_capacity(PIECE, file)).map(Some),
            Place::Packed(file, at, _) => {
                let mut file = BufReader::with_capacity(PIECE, Shared { file, at });
                let header = packed_header(&mut file)?;
                Ok(header.map(|(kind, size)| Plain { kind, size, content: Box::new(ZlibDecoder::new(file)) }))
            }
        })
    }

    /// Kind and size of such an object; nothing that is packed is inflated.
    pub(super) fn plain_header(&self, id: Id) -> Result<Option<(Kind, u64)>> {
        self.stored(id, |place| match place {
            Place::Loose(file, _) => loose(BufReader::with_capacity(PIECE, file)).map(|it| Some((it.kind, it.size))),
            Place::Packed(file, at, _) => {
                packed_header(&mut BufReader::with_capacity(PACKED_HEADER, Shared { file, at }))
            }
        })
    }

    fn stored<T>(&self, id: Id, read: impl FnOnce(Place) -> io::Result<Option<T>>) -> Result<Option<T>> {
        let doing = || format!("cannot read object {id}");
        let Some(place) = self.packs.find(&id).doing(doing)? else { return Ok(None) };
        read(place).map_err(|cause| match cause.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Error::new(doing()).because(format!("it is damaged: {cause}")).hint("git fsck")
            }
            _ => Error::new(doing()).because(cause),
        })
    }
}

/// All of it is deflated, a header of text first.
fn loose(file: impl BufRead + 'static) -> io::Result<Plain> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "its header cannot be read");
    let mut content = ZlibDecoder::new(file);
    let mut header = Vec::with_capacity(LONGEST_HEADER);
    loop {
        let mut byte = [0_u8];
        content.read_exact(&mut byte)?;
        if byte[0] == 0 {
            break;
        }
        if header.len() == LONGEST_HEADER {
            return Err(broken());
        }
        header.push(byte[0]);
    }
    let (name, size) = std::str::from_utf8(&header).ok().and_then(|text| text.split_once(' ')).ok_or_else(broken)?;
    let kind = Kind::named(name).ok_or_else(broken)?;
    let size = size.parse().map_err(|_| broken())?;
    Ok(Plain { kind, size, content: Box::new(content) })
}

/// Kind and size in a few bytes, before the deflated content.
fn packed_header(file: &mut impl BufRead) -> io::Result<Option<(Kind, u64)>> {
    let mut byte = [0_u8];
    file.read_exact(&mut byte)?;
    let Some(kind) = Kind::of_pack_number((byte[0] >> 4) & 7) else { return Ok(None) };
    let mut size = u64::from(byte[0] & 15);
    let mut shift = 4;
    while byte[0] & 0x80 != 0 {
        file.read_exact(&mut byte)?;
        let bits = u64::from(byte[0] & 0x7f);
        if shift > 60 || (bits << shift) >> shift != bits {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its header cannot be read"));
        }
        size |= bits << shift;
        shift += 7;
    }
    Ok(Some((kind, size)))
}

/// A place in a file that others read too.
struct Shared {
    file: Arc<File>,
    at: u64,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
