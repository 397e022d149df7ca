//! The form of a folder.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::beside::{FILE_MODE, FOLDER_MODE};
use super::{Pieces, Writer, not_as_long};
use crate::error::{Doing as _, Result};

/// Writes into a folder that nobody else knows yet, so that no link of somebody's can lead out of it.
pub(super) struct FolderWriter {
    root: PathBuf,
    pieces: Pieces,
}

impl FolderWriter {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), pieces: Pieces::default() }
    }
}

impl Writer for FolderWriter {
    fn directory(&mut self, path: &str) -> Result<()> {
        let at = self.root.join(path);
        let doing = || format!("cannot make the folder {path}");
        fs::create_dir(&at).doing(doing)?;
        fs::set_permissions(&at, Permissions::from_mode(FOLDER_MODE)).doing(doing)
    }

    fn file(&mut self, path: &str, size: u64, bytes: &mut dyn Read) -> Result<()> {
        let doing = || format!("cannot write {path}");
        let options = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(self.root.join(path));
        let mut file: File = options.doing(doing)?;
        if self.pieces.hand_on(bytes, |piece| file.write_all(piece)).doing(doing)? != size {
            return Err(not_as_long(path));
        }
        file.set_permissions(Permissions::from_mode(FILE_MODE)).doing(doing)?;
        file.sync_all().doing(doing)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
