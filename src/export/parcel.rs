//! A package on its way out, and what goes with it.

use std::collections::BTreeMap;
use std::io::Read;

use super::Writer;
use crate::archive::layout::PACKAGE;
use crate::digest::{Digest, Hasher};
use crate::error::{Doing as _, Error, Result};
use crate::source::PackageSource;

/// Is told path, size and digest of a file.
pub(super) type Each<'e> = dyn FnMut(&str, u64, Digest) + 'e;

/// A package, and the files that are put next to it.
pub struct Parcel<'s> {
    /// How the package is called; the last component is the leading folder in archive files.
    pub name: String,
    /// The package.
    pub package: Box<dyn PackageSource + 's>,
    /// Files next to the package, which then lies in a folder of its own: name and bytes.
    pub beside: BTreeMap<String, Vec<u8>>,
    /// The `dirHash` that the package must turn out to have, if somebody stated one.
    pub expected: Option<Digest>,
}

impl Parcel<'_> {
    /// The name of the leading folder.
    pub(super) fn folder_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// A package with a wrong shape is not given out: its names are not safe.
    pub(super) fn refuse_faults(&self) -> Result<()> {
        let Some(fault) = self.package.listing().faults.first() else { return Ok(()) };
        let place = if fault.path.is_empty() { String::new() } else { format!("{}: ", fault.path) };
        Err(Error::new(format!("cannot export {}", self.name))
            .because(format!("{place}{}", fault.text))
            .hint("`batool verify` tells all that is wrong with it"))
    }

    /// Hands everything to a writer, in one order, below `root` (empty or ending with `/`).
    pub(super) fn pour(&mut self, root: &str, writer: &mut dyn Writer) -> Result<()> {
        for (name, bytes) in &self.beside {
            writer.file(&format!("{root}{name}"), bytes.len() as u64, &mut bytes.as_slice())?;
        }
        if self.beside.is_empty() {
            return self.pour_package(root, writer, None);
        }
        writer.directory(&format!("{root}{PACKAGE}"))?;
        self.pour_package(&format!("{root}{PACKAGE}/"), writer, None)
    }

    /// Hands the package to a writer, and tells of each file if anybody wants to know.
    pub(super) fn pour_package(
        &mut self,
        root: &str,
        writer: &mut dyn Writer,
        mut each: Option<&mut Each<'_>>,
    ) -> Result<()> {
        let mut entries: BTreeMap<String, Option<u64>> = BTreeMap::new();
        let listing = self.package.listing();
        let files = listing.files.iter().map(|file| (&file.path, Some(file.size)));
        for (path, size) in files.chain(listing.empty_directories.iter().map(|path| (path, None))) {
            for (at, _) in path.match_indices('/') {
                entries.entry(path[..at].to_owned()).or_default();
            }
            entries.insert(path.clone(), size);
        }
        let mut lines = Hasher::new();
        for (path, size) in entries {
            let inside = format!("{root}{path}");
            let Some(size) = size else {
                writer.directory(&inside)?;
                continue;
            };
            let mut bytes = self.package.open(&path)?;
            let doing = || format!("cannot export {path}");
            if each.is_none() && self.expected.is_none() {
                writer.file(&inside, size, &mut bytes).doing(doing)?;
                continue;
            }
            let mut bytes = Hashed { inner: bytes, hasher: Hasher::new() };
            writer.file(&inside, size, &mut bytes).doing(doing)?;
            let digest = bytes.hasher.finish();
            lines.update(format!("{digest}  {path}\n").as_bytes());
            if let Some(each) = &mut each {
                each(&path, size, digest);
            }
        }
        let found = lines.finish();
        match self.expected {
            Some(expected) if expected != found => {
                Err(Error::new("the package is not the one that its certificate names")
                    .because(format!("it is dirHash:{found}, and the certificate says dirHash:{expected}"))
                    .hint("`batool archive verify` tells what is wrong with the archive"))
            }
            _ => Ok(()),
        }
    }
}

/// Hashes what is read through it.
struct Hashed<R> {
    inner: R,
    hasher: Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}
