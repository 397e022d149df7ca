//! Every door gives the same listing and the same bytes, and no hostile input gets through one.

mod build;
mod hostile;
mod hostile_zip;
mod random;
mod same;
#[path = "../support/mod.rs"]
mod support;
mod third_party;

use std::io::Read as _;

use batool::source::{FaultKind, Limits, PackageSource, open_path};

pub(crate) use support::shared;

/// A file in a fresh folder, opened by its content.
pub(crate) struct Opened {
    pub(crate) source: Box<dyn PackageSource>,
    _folder: tempfile::TempDir,
}

pub(crate) fn open(bytes: &[u8]) -> Opened {
    open_within(bytes, Limits::default())
}

pub(crate) fn open_within(bytes: &[u8], limits: Limits) -> Opened {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("package");
    std::fs::write(&path, bytes).expect("there is room");
    let source = open_path(&path, limits).expect("the file can be read");
    Opened { source, _folder: folder }
}

/// Kinds and paths of all faults.
pub(crate) fn faults(source: &dyn PackageSource) -> Vec<(FaultKind, String)> {
    source.listing().faults.iter().map(|fault| (fault.kind, fault.path.clone())).collect()
}

pub(crate) fn has_fault(source: &dyn PackageSource, kind: FaultKind) -> bool {
    source.listing().faults.iter().any(|fault| fault.kind == kind)
}

/// Reads one file to its end.
pub(crate) fn read(source: &mut dyn PackageSource, path: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.open(path).map_err(std::io::Error::other)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads every file: each has the listed size, or the container is said to be broken.
pub(crate) fn read_all(source: &mut dyn PackageSource) {
    for file in source.listing().files.clone() {
        match read(source, &file.path) {
            Ok(bytes) => assert_eq!(bytes.len() as u64, file.size),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}"),
        }
    }
}
