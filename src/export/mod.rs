//! Giving packages out: one package becomes a folder or a file, whole or not at all.
//!
//! The same package gives the same bytes on every machine: order, times, owners and modes are fixed, and neither umask nor
//! locale nor time zone has a say.

mod bag;
mod beside;
mod files;
mod folder;
mod parcel;
mod readme;
mod records;
pub mod store;
mod tar;
mod zip;
mod zstd;

use std::fs;
use std::io::{self, Read};
use std::path::Path;

pub use beside::{NewFile, NewFolder};
pub use parcel::Parcel;
pub use readme::readme;
pub use records::{RecordsReport, export_records};

use crate::error::{Doing as _, Error, Result};

/// A form that a package can take.
pub struct Form {
    /// What it is called.
    pub name: &'static str,
    /// What the names of such files end with; empty for folders.
    pub end: &'static str,
    write: fn(&mut Parcel<'_>, &Path) -> Result<()>,
}

/// All forms; the first is the default.
pub static FORMS: &[Form] = &[
    Form { name: "dir", end: "", write: as_folder },
    Form { name: "tar", end: ".tar", write: |parcel, to| as_file(parcel, to, tar::plain) },
    Form { name: "tar.gz", end: ".tar.gz", write: |parcel, to| as_file(parcel, to, tar::gzip) },
    Form { name: "tar.zst", end: ".tar.zst", write: |parcel, to| as_file(parcel, to, tar::zstd) },
    Form { name: "zip", end: ".zip", write: |parcel, to| as_file(parcel, to, zip::begin) },
    Form { name: "bagit", end: "", write: bag::write },
];

impl Form {
    /// The form of this name.
    pub fn named(name: &str) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.name == name)
    }

    /// The form that the end of a file's name asks for; a folder if it asks for none.
    pub fn of_path(path: &Path) -> &'static Form {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let asked = FORMS.iter().find(|form| !form.end.is_empty() && name.ends_with(form.end));
        asked.unwrap_or(&FORMS[0])
    }

    /// Writes a package to `to`, where nothing may be yet.
    ///
    /// # Errors
    /// When something is there, the package has faults, or bytes cannot be read or written. Nothing is left at `to` then.
    pub fn write(&self, parcel: &mut Parcel<'_>, to: &Path) -> Result<()> {
        parcel.refuse_faults()?;
        (self.write)(parcel, to).doing(|| format!("cannot export {} to {}", parcel.name, to.display()))
    }
}

/// What takes files and directories, parents first.
trait Writer {
    /// Takes a directory.
    fn directory(&mut self, path: &str) -> Result<()>;
    /// Takes a file of exactly `size` bytes.
    fn file(&mut self, path: &str, size: u64, bytes: &mut dyn Read) -> Result<()>;
    /// Writes what is left.
    fn finish(self: Box<Self>) -> Result<()>;
}

fn as_folder(parcel: &mut Parcel<'_>, to: &Path) -> Result<()> {
    let beside = NewFolder::beside(to)?;
    let mut writer = folder::FolderWriter::new(beside.path());
    parcel.pour("", &mut writer)?;
    beside.put(to)
}

fn as_file(parcel: &mut Parcel<'_>, to: &Path, begin: fn(fs::File) -> Result<Box<dyn Writer>>) -> Result<()> {
    let beside = NewFile::beside(to)?;
    let mut writer = begin(beside.handle()?)?;
    let root = parcel.folder_name().to_owned();
    writer.directory(&root)?;
    parcel.pour(&format!("{root}/"), &mut *writer)?;
    writer.finish()?;
    beside.put(to)
}

/// Hands bytes on in pieces of one size, so that nothing depends on how they came.
struct Pieces {
    buffer: Vec<u8>,
}

impl Default for Pieces {
    fn default() -> Self {
        Self { buffer: vec![0; 32 << 10] }
    }
}

impl Pieces {
    /// Hands all bytes on; gives how many there were.
    fn hand_on(&mut self, bytes: &mut dyn Read, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
        let mut all = 0;
        loop {
            let mut filled = 0;
            while filled < self.buffer.len() {
                match bytes.read(&mut self.buffer[filled..]) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            each(&self.buffer[..filled])?;
            all += filled as u64;
            if filled < self.buffer.len() {
                return Ok(all);
            }
        }
    }
}

/// An error for a file that did not come out as long as it was said to be.
fn not_as_long(path: &str) -> Error {
    Error::new(format!("{path} is not as long as it was said to be")).hint("run the command again")
}
