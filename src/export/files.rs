//! Files of a package that is being written.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{BufWriter, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::beside::{FILE_MODE, FOLDER_MODE};
use crate::digest::{Digest, Hasher};
use crate::error::{Doing as _, Result};

/// The folder of a package that nobody else knows yet.
pub(super) struct Files<'a> {
    pub(super) root: &'a Path,
}

impl Files<'_> {
    pub(super) fn folder(&self, path: &str) -> Result<()> {
        let doing = || format!("cannot make the folder {path}");
        fs::create_dir(self.root.join(path)).doing(doing)?;
        fs::set_permissions(self.root.join(path), Permissions::from_mode(FOLDER_MODE)).doing(doing)
    }

    pub(super) fn whole(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let mut file = self.lines(path)?;
        file.bytes(bytes)?;
        file.end()
    }

    pub(super) fn lines(&self, path: &str) -> Result<Lines> {
        let doing = || format!("cannot write {path}");
        let file = OpenOptions::new().write(true).create_new(true).open(self.root.join(path)).doing(doing)?;
        file.set_permissions(Permissions::from_mode(FILE_MODE)).doing(doing)?;
        Ok(Lines { out: BufWriter::with_capacity(128 << 10, file), path: path.into() })
    }

    /// The digest over names and bytes of files, in the order of their names.
    pub(super) fn digest(&self, mut paths: Vec<String>) -> Result<Digest> {
        paths.sort_unstable();
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 128 << 10];
        for path in paths {
            let doing = || format!("cannot read {path}");
            hasher.update(path.as_bytes());
            hasher.update(b"\0");
            let mut file = File::open(self.root.join(&path)).doing(doing)?;
            loop {
                let count = file.read(&mut buffer).doing(doing)?;
                if count == 0 {
                    break;
                }
                hasher.update(&buffer[..count]);
            }
        }
        Ok(hasher.finish())
    }
}

/// A file that grows line by line.
pub(super) struct Lines {
    out: BufWriter<File>,
    path: PathBuf,
}

impl Lines {
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).doing(|| format!("cannot write {}", self.path.display()))
    }

    pub(super) fn line(&mut self, line: &[u8]) -> Result<()> {
        self.bytes(line)?;
        self.bytes(b"\n")
    }

    /// A row of a table: cells by tab, with the three escapes there are.
    pub(super) fn cells(&mut self, cells: &[&str]) -> Result<()> {
        for (n, cell) in cells.iter().enumerate() {
            if n > 0 {
                self.bytes(b"\t")?;
            }
            let mut rest = *cell;
            while let Some(at) = rest.find(['\\', '\t', '\n']) {
                self.bytes(&rest.as_bytes()[..at])?;
                self.bytes(match rest.as_bytes()[at] {
                    b'\\' => b"\\\\",
                    b'\t' => b"\\t",
                    _ => b"\\n",
                })?;
                rest = &rest[at + 1..];
            }
            self.bytes(rest.as_bytes())?;
        }
        self.bytes(b"\n")
    }

    /// Writes what is left, flushed to disk.
    pub(super) fn end(mut self) -> Result<()> {
        let doing = || format!("cannot write {}", self.path.display());
        self.out.flush().doing(doing)?;
        self.out.get_ref().sync_all().doing(doing)
    }
}
