//! The bytes of packs: entries without deltas, and the index beside them.
//!
//! Format: <https://git-scm.com/docs/gitformat-pack>, version 2 of both files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::id::{Id, Kind, ObjectFormat, TrailerHasher};
use super::zlib::Zlib;
use crate::error::{Doing, Error, Result};

const BUFFER: usize = 64 << 10;
/// So many bytes are read back at once.
const PIECE: usize = 16 << 10;

/// One object in a pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) offset: u64,
    /// CRC-32 of the entry as it stands in the pack.
    pub(super) crc: u32,
}

/// A pack that is being written under a name which `git prune` sweeps up.
pub(super) struct PackFile {
    out: Out,
    directory: PathBuf,
    zlib: Zlib,
}

/// What is written goes through here.
struct Out {
    file: BufWriter<NamedTempFile>,
    position: u64,
    /// Of the entry so far.
    crc: crc32fast::Hasher,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.crc.update(&bytes[..count]);
        self.position += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl PackFile {
    /// Begins a pack in `directory`, which is `objects/pack` of a repository.
    pub(super) fn create(directory: &Path) -> Result<Self> {
        let doing = || format!("cannot begin a pack in {}", directory.display());
        fs::create_dir_all(directory).map_err(|cause| cannot(doing(), cause))?;
        let file = temporary(directory, "tmp_pack_").map_err(|cause| cannot(doing(), cause))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        let mut out = Out { file, position: 0, crc: crc32fast::Hasher::new() };
        out.write_all(b"PACK\0\0\0\x02\0\0\0\0").map_err(|cause| cannot(doing(), cause))?;
        Ok(Self { out, directory: directory.to_owned(), zlib: Zlib::new() })
    }

    /// Where the next entry begins.
    pub(super) fn position(&self) -> u64 {
        self.out.position
    }

    /// Begins an entry of exactly `size` bytes: everything until [`PackFile::end`] belongs to it.
    pub(super) fn begin(&mut self, kind: Kind, size: u64, level: u32) -> io::Result<()> {
        self.out.crc = crc32fast::Hasher::new();
        let mut header = [0_u8; 10];
        let mut rest = size >> 4;
        let mut length = 1;
        header[0] = (kind.pack_number() << 4) | (size & 15) as u8;
        while rest != 0 {
            header[length - 1] |= 0x80;
            header[length] = (rest & 0x7f) as u8;
            rest >>= 7;
            length += 1;
        }
        self.out.write_all(&header[..length])?;
        self.zlib.begin(size, level, &mut self.out)
    }

    /// Writes more bytes of the entry.
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.zlib.put(bytes, &mut self.out)
    }

    /// Ends the entry and gives its checksum.
    pub(super) fn end(&mut self) -> io::Result<u32> {
        self.zlib.end(&mut self.out)?;
        Ok(self.out.crc.clone().finalize())
    }

    /// Copies an entry as it stands in another pack.
    pub(super) fn copy(&mut self, entry: &[u8]) -> io::Result<()> {
        self.out.write_all(entry)
    }

    /// Forgets everything from `position` on.
    pub(super) fn rewind(&mut self, position: u64) -> io::Result<()> {
        self.out.file.flush()?;
        self.out.file.get_ref().as_file().set_len(position)?;
        self.out.file.seek(SeekFrom::Start(position))?;
        self.out.position = position;
        Ok(())
    }

    /// Completes the pack and its index, flushes both to disk and gives them their names.
    pub(super) fn finish(self, format: ObjectFormat, mut entries: Vec<Entry>) -> Result<PathBuf> {
        let directory = self.directory.clone();
        let doing = || format!("cannot write a pack into {}", directory.display());
        let count = u32::try_from(entries.len()).doing(|| "cannot put that many objects into one pack".into())?;
        let mut pack = self.out.file.into_inner().map_err(|cause| cannot(doing(), cause.into_error()))?;
        let trailer = seal(&mut pack, format, count).map_err(|cause| cannot(doing(), cause))?;

        entries.sort_unstable_by_key(|entry| entry.id);
        let bytes = index_of(&entries, &trailer, format);
        let mut index = temporary(&directory, "tmp_idx_").map_err(|cause| cannot(doing(), cause))?;
        index
            .write_all(&bytes)
            .and_then(|()| index.as_file().sync_all())
            .and_then(|()| pack.as_file().sync_all())
            .map_err(|cause| cannot(doing(), cause))?;

        let name = directory.join(format!("pack-{trailer}.pack"));
        let index_name = name.with_extension("idx");
        if index_name.exists() && name.exists() {
            if fs::read(&index_name).map_err(|cause| cannot(doing(), cause))? != bytes {
                return Err(Error::new(doing()).because(format!("{} is there, with other objects", name.display())));
            }
        } else {
            // The index last: it is what makes a pack visible.
            pack.persist(&name).map_err(|cause| cannot(doing(), cause.error))?;
            index.persist(&index_name).map_err(|cause| cannot(doing(), cause.error))?;
        }
        sync_directory(&directory).map_err(|cause| cannot(doing(), cause))?;
        Ok(name)
    }
}

/// A file that nobody but its writer may change, as git's packs are.
fn temporary(directory: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o444));
    }
    builder.tempfile_in(directory)
}

/// Writes the number of entries and the hash over everything.
fn seal(pack: &mut NamedTempFile, format: ObjectFormat, count: u32) -> io::Result<Id> {
    pack.seek(SeekFrom::Start(8))?;
    pack.write_all(&count.to_be_bytes())?;
    pack.seek(SeekFrom::Start(0))?;
    let mut hasher = TrailerHasher::new(format);
    let mut buffer = vec![0; PIECE];
    loop {
        match pack.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let trailer = hasher.finish();
    pack.write_all(trailer.as_bytes())?;
    Ok(trailer)
}

/// The index of a pack; `entries` are sorted by id.
fn index_of(entries: &[Entry], trailer: &Id, format: ObjectFormat) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + 1024 + entries.len() * 40 + 64);
    bytes.extend_from_slice(b"\xfftOc\0\0\0\x02");
    let mut up_to = 0_usize;
    for first in 0..=255_u8 {
        up_to += entries[up_to..].partition_point(|entry| entry.id.as_bytes()[0] <= first);
        bytes.extend_from_slice(&(up_to as u32).to_be_bytes());
    }
    for entry in entries {
        bytes.extend_from_slice(entry.id.as_bytes());
    }
    for entry in entries {
        bytes.extend_from_slice(&entry.crc.to_be_bytes());
    }
    const FAR: u32 = 1 << 31;
    let mut far = Vec::new();
    for entry in entries {
        let short = match u32::try_from(entry.offset) {
            Ok(offset) if offset < FAR => offset,
            _ => {
                far.extend_from_slice(&entry.offset.to_be_bytes());
                FAR | (far.len() / 8 - 1) as u32
            }
        };
        bytes.extend_from_slice(&short.to_be_bytes());
    }
    bytes.extend_from_slice(&far);
    bytes.extend_from_slice(trailer.as_bytes());
    let mut hasher = TrailerHasher::new(format);
    hasher.update(&bytes);
    bytes.extend_from_slice(hasher.finish().as_bytes());
    bytes
}

/// Makes names in a directory outlast a power cut.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // Windows neither opens directories nor needs to.
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// An error about the disk, with what to do about it.
pub(super) fn cannot(doing: String, cause: io::Error) -> Error {
    let kind = cause.kind();
    let error = Error::new(doing).because(cause);
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            error.hint("free some space and run the command again; nothing was changed")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            error.hint("see who may write there; nothing was changed")
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_beyond_two_gigabytes_stand_in_the_table_for_them() {
        let id = ObjectFormat::Sha1.id_of(Kind::Blob, b"x").expect("hashes");
        let entries = [12, 1 << 31, (1 << 31) - 1, 1 << 40].map(|offset| Entry { id, offset, crc: 7 });
        let bytes = index_of(&entries, &id, ObjectFormat::Sha1);
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.idx");
        fs::write(&path, bytes).expect("written");
        let index = gix::odb::pack::index::File::at(&path, gix::hash::Kind::Sha1).expect("gix reads it");
        let offsets = (0..4).map(|at| index.pack_offset_at_index(at)).collect::<Vec<_>>();
        assert_eq!(offsets, [12, 1 << 31, (1 << 31) - 1, 1 << 40]);
    }
}
