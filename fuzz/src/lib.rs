//! What the fuzz targets share: a package in memory, one file of which is the fuzzer's.

pub mod import;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use batool::assess::assess;
use batool::error::{Error, Result};
use batool::judge::Options;
use batool::source::{Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use batool::summary;

/// Bounds that are small enough for hostile sizes to reach them.
pub const LIMITS: Limits = Limits { max_package_bytes: 16 << 20, max_row_bytes: 256 << 10, memory: 64 << 20 };

/// The files of a package by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A package that is shipped with the project.
pub fn fixture(name: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/packages").join(name);
    let mut files = Files::new();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("fixtures are there") {
            let path = entry.expect("fixtures can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("it lies in the package").to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).expect("fixtures can be read"));
            }
        }
    }
    files
}

/// Puts the bytes in place of one of the files whose paths begin so; the first byte says which.
pub fn replace(files: &Files, prefix: &str, data: &[u8]) -> Option<Files> {
    let (choice, data) = data.split_first()?;
    let paths: Vec<_> = files.keys().filter(|path| path.starts_with(prefix)).collect();
    let path = paths.get(usize::from(*choice) % paths.len())?;
    let mut changed = files.clone();
    changed.insert((*path).clone(), data.to_vec());
    Some(changed)
}

/// Judges a package to the end: verdict, certificate, summary.
pub fn judge(source: &mut dyn PackageSource) {
    let Ok(assessment) = assess(source, &mut (), LIMITS, Options::default()) else { return };
    let bytes = assessment.certificate().to_bytes().expect("a certificate is JSON");
    summary::render(&bytes).expect("a certificate has a summary");
}

/// A package in memory.
pub struct Memory<'f> {
    files: &'f Files,
    listing: Listing,
}

impl<'f> Memory<'f> {
    /// Lists the files as a door does.
    pub fn new(files: &'f Files) -> Self {
        let mut builder = ListingBuilder::new(LIMITS);
        for (path, bytes) in files {
            builder.add(RawEntry { name: path.clone().into_bytes(), kind: RawKind::File(bytes.len() as u64) });
        }
        Self { files, listing: builder.finish() }
    }
}

impl PackageSource for Memory<'_> {
    fn describe(&self) -> String {
        "memory".into()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let bytes = self.files.get(path).ok_or_else(|| Error::new("there is no such file"))?;
        Ok(Box::new(bytes.as_slice()))
    }
}
