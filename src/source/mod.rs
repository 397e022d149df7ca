//! Doors: where a package's bytes come from. Every door gives the same listing and the same bytes.

mod bag;
mod compressed;
mod container;
mod enclosed;
mod folder;
mod index;
mod log;
mod names;
mod reader;
mod sums;
mod tar;
mod tree;
mod tree_of_names;
mod whole;
mod zip;
mod zstd;

use std::io::Read;
use std::path::Path;

use self::container::Container;
use crate::error::{Doing as _, Error, Result};
use crate::spill::DEFAULT_MEMORY;

pub use enclosed::{Unwrapped, unwrap};
pub use folder::Folder;
pub use index::IndexSource;
pub use log::{LogFile, LogInPackage, LogSource, is_log, is_over_limit, one_file};
pub use names::{Fault, FaultKind, Listing, ListingBuilder, RawEntry, RawKind};
pub use tree::TreeSource;
pub use whole::Whole;

/// Bounds that keep hostile input from using up the machine. Outside an archive the defaults hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files of a package together.
    pub max_package_bytes: u64,
    /// Bytes of one JSON row, one JSON document or one TSV row.
    pub max_row_bytes: u64,
    /// Bytes of what is kept of the rows of a package while it is judged; what is more goes to temporary files. No answer
    /// depends on it.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_package_bytes: 64 << 30, max_row_bytes: 64 << 20, memory: DEFAULT_MEMORY }
    }
}

/// One regular file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path inside the package: relative, `/`-separated.
    pub path: String,
    /// Size in bytes, as the door states it before the bytes are read.
    pub size: u64,
}

/// A package behind one of the doors: folder, tar, zip, git tree, git index.
///
/// A door never follows a link, never unpacks to disk and never reads outside what it was given. What is wrong with a
/// package's *shape* (hostile names, links, collisions) is in the listing as faults; they become findings.
pub trait PackageSource {
    /// How people call this source: a path, `REV:PATH`, `index:PATH`.
    fn describe(&self) -> String;

    /// Everything the package holds, without its bytes.
    fn listing(&self) -> &Listing;

    /// Opens one file of the listing. Reading yields exactly `size` bytes or an error, in place of the last bytes if
    /// not before.
    ///
    /// Files may be opened in any order and again; doors over compressed streams are fastest in the container's order,
    /// with small files in any order.
    ///
    /// # Errors
    /// When the bytes beneath cannot be read, or are not those that were listed. From the reader, an error of kind
    /// [`InvalidData`](std::io::ErrorKind::InvalidData) means that the container is broken there (a wrong sum, a stream
    /// that ends early or late): a fault of the package. Any other error is ours.
    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>>;
}

/// Do these first 512 bytes (fewer if the file is shorter) look like yours?
type Recognises = fn(&[u8]) -> bool;
type OpenContainer = fn(Container, Limits) -> Result<Box<dyn PackageSource>>;

/// The container formats, in the order in which they are asked; a file is what its first bytes say, whatever its name.
const CONTAINERS: &[(Recognises, OpenContainer)] = &[
    (|head| head.starts_with(b"\x1f\x8b"), compressed::open_gzip),
    (zstd::is_zstd, compressed::open_zstd),
    (zip::is_zip, zip::open),
    (tar::is_tar, tar::open),
];

/// Opens the package at `path`: a folder, or a tar, tar.gz, tar.zst or zip file, told by content.
///
/// Any other file gives a source without files and with one fault of the kind [`FaultKind::Unknown`].
///
/// # Errors
/// When nothing is there, when it is a device, fifo or socket, or when it cannot be read.
pub fn open_path(path: &Path, limits: Limits) -> Result<Box<dyn PackageSource>> {
    let shown = path.display();
    let seen = std::fs::metadata(path).doing(|| format!("cannot read the package at {shown}")).map_err(|error| {
        error.hint("name a folder, a tar or zip file, REV:PATH, index:PATH or the name of an archived run")
    })?;
    if seen.is_dir() {
        return Ok(Box::new(Folder::open(path, limits)?));
    }
    if !seen.is_file() {
        return Err(Error::new(format!("cannot read the package at {shown}: it is neither a folder nor a file"))
            .hint("name a folder or a regular file; devices, fifos and sockets are not read"));
    }
    let container = Container::open(path)?;
    let head = container.head()?;
    match CONTAINERS.iter().find(|(recognises, _)| recognises(&head)) {
        Some((_, open)) => open(container, limits),
        None => Ok(Box::new(NoPackage::new(container.name()))),
    }
}

/// A file that is no container: an empty listing that says so.
struct NoPackage {
    name: String,
    listing: Listing,
}

impl NoPackage {
    fn new(name: String) -> Self {
        let fault = Fault::new(FaultKind::Unknown, "", "it is neither a folder nor a tar or zip file");
        Self { name, listing: Listing { faults: vec![fault], ..Listing::default() } }
    }
}

impl PackageSource for NoPackage {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        Err(Error::new(format!("cannot open {path}: the package holds no such file")))
    }
}
