//! The form zip.

use std::fs::File;
use std::io::{BufWriter, Read, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::beside::{FILE_MODE, FOLDER_MODE};
use super::{Pieces, Writer, not_as_long};
use crate::error::{Doing as _, Result};

/// From here on a member needs the larger fields, with room for what deflate may add.
const LARGE: u64 = 0xff00_0000;

/// Begins a zip file.
pub(super) fn begin(file: File) -> Result<Box<dyn Writer>> {
    Ok(Box::new(Zip { zip: ZipWriter::new(BufWriter::new(file)), pieces: Pieces::default() }))
}

struct Zip {
    zip: ZipWriter<BufWriter<File>>,
    pieces: Pieces,
}

/// The first day that zip knows, and no user.
fn options(mode: u32) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(mode)
}

impl Writer for Zip {
    fn directory(&mut self, path: &str) -> Result<()> {
        let options = options(FOLDER_MODE).compression_method(CompressionMethod::Stored).compression_level(None);
        self.zip.add_directory(path, options).doing(|| format!("cannot write the folder {path}"))
    }

    fn file(&mut self, path: &str, size: u64, bytes: &mut dyn Read) -> Result<()> {
        let doing = || format!("cannot write {path}");
        self.zip.start_file(path, options(FILE_MODE).large_file(size >= LARGE)).doing(doing)?;
        let out = &mut self.zip;
        if self.pieces.hand_on(bytes, |piece| out.write_all(piece)).doing(doing)? != size {
            return Err(not_as_long(path));
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let doing = || "cannot write the end of the zip".to_owned();
        self.zip.finish().doing(doing)?.flush().doing(doing)
    }
}
