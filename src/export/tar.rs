//! The forms tar, tar.gz and tar.zst.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::beside::{FILE_MODE, FOLDER_MODE};
use super::zstd::Spool;
use super::{Pieces, Writer, not_as_long};
use crate::error::{Doing as _, Result};

/// Begins a tar file.
pub(super) fn plain(file: File) -> Result<Box<dyn Writer>> {
    Ok(Box::new(TarWriter::new(BufWriter::with_capacity(BUFFER, file))))
}

/// Begins a tar file in gzip; its header holds neither a time nor a name.
pub(super) fn gzip(file: File) -> Result<Box<dyn Writer>> {
    let file = BufWriter::with_capacity(BUFFER, file);
    Ok(Box::new(TarWriter::new(GzEncoder::new(file, Compression::new(6)))))
}

/// Begins a tar file in one zstd frame.
pub(super) fn zstd(file: File) -> Result<Box<dyn Writer>> {
    Ok(Box::new(TarWriter::new(Spool::new(file)?)))
}

const BUFFER: usize = 32 << 10;

/// Where the bytes of a tar go, and what is left to be done behind them.
pub(super) trait Ending: Write {
    fn end(self) -> io::Result<()>;
}

impl Ending for BufWriter<File> {
    fn end(mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Ending for GzEncoder<BufWriter<File>> {
    fn end(self) -> io::Result<()> {
        self.finish()?.flush()
    }
}

struct TarWriter<W: Ending> {
    tar: Builder<W>,
    pieces: Pieces,
}

impl<W: Ending> TarWriter<W> {
    fn new(bytes: W) -> Self {
        Self { tar: Builder::new(bytes), pieces: Pieces::default() }
    }
}

/// A header without a user, a group or a time.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}

impl<W: Ending> Writer for TarWriter<W> {
    fn directory(&mut self, path: &str) -> Result<()> {
        let mut header = header(EntryType::Directory, FOLDER_MODE, 0);
        self.tar
            .append_data(&mut header, format!("{path}/"), io::empty())
            .doing(|| format!("cannot write the folder {path}"))
    }

    fn file(&mut self, path: &str, size: u64, bytes: &mut dyn Read) -> Result<()> {
        let doing = || format!("cannot write {path}");
        let mut header = header(EntryType::Regular, FILE_MODE, size);
        // The header first; the bytes by ourselves, in pieces of one size.
        self.tar.append_data(&mut header, path, io::empty()).doing(doing)?;
        let out = self.tar.get_mut();
        if self.pieces.hand_on(bytes, |piece| out.write_all(piece)).doing(doing)? != size {
            return Err(not_as_long(path));
        }
        let padding = size.next_multiple_of(512) - size;
        out.write_all(&[0; 512][..padding as usize]).doing(doing)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.tar.into_inner().and_then(Ending::end).doing(|| "cannot write the end of the tar".into())
    }
}
