//! Written beside, then renamed: nobody sees half of it, and nothing is overwritten.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
use rustix::{
    fs::{CWD, RenameFlags},
    io::Errno,
};
use tempfile::{NamedTempFile, TempDir};

use crate::error::{Doing as _, Error, Result};

/// Mode of files that are given out: permission bits are no part of a package.
pub(super) const FILE_MODE: u32 = 0o644;
/// Mode of directories.
pub(super) const FOLDER_MODE: u32 = 0o755;

const PREFIX: &str = ".batool-";

/// Nothing may be at `to`, not even a link that leads nowhere.
pub(super) fn refuse_what_is_there(to: &Path) -> Result<()> {
    match to.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).doing(|| format!("cannot write {}", to.display())),
        Ok(_) => Err(taken(to)),
    }
}

fn taken(to: &Path) -> Error {
    Error::new(format!("cannot write {}", to.display()))
        .because("something is there already, and nothing is ever overwritten")
        .hint("choose another name with --to")
}

fn taken_or(to: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => taken(to),
        _ => Error::new(format!("cannot write {}", to.display())).because(error),
    }
}

/// Gives a folder a name that nothing has, in one step where system and file system can.
fn move_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        moved => return Ok(moved?),
    }
    move_in_two_steps(from, to)
}

/// An empty folder holds the place: a rename onto it works only as long as it is empty.
fn move_in_two_steps(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::rename(from, to)
}

fn parent(to: &Path) -> &Path {
    to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cannot_begin(to: &Path) -> String {
    format!("cannot write beside {}", to.display())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A folder that is not in its place yet. Dropped, it is gone.
pub struct NewFolder(TempDir);

impl NewFolder {
    /// Makes one beside its later place.
    ///
    /// # Errors
    /// When something is at that place, or the folder above it cannot be written to.
    pub fn beside(to: &Path) -> Result<Self> {
        refuse_what_is_there(to)?;
        let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent(to)).doing(|| cannot_begin(to));
        made.map(Self).map_err(|error| error.hint("the folder above it must be there, and yours to write to"))
    }

    /// Where it is now.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts it into its place.
    ///
    /// # Errors
    /// When something is there by now.
    pub fn put(self, to: &Path) -> Result<()> {
        let doing = || format!("cannot write {}", to.display());
        fs::set_permissions(self.path(), Permissions::from_mode(FOLDER_MODE)).doing(doing)?;
        sync_folder(self.path()).doing(doing)?;
        move_to_nothing(self.path(), to).map_err(|error| taken_or(to, error))?;
        // What was there under the old name is in its place; there is nothing to take away.
        let _ = self.0.keep();
        sync_folder(parent(to)).doing(doing)
    }
}

/// A file that is not in its place yet. Dropped, it is gone.
pub struct NewFile(NamedTempFile);

impl NewFile {
    /// Makes one beside its later place.
    ///
    /// # Errors
    /// When something is at that place, or the folder above it cannot be written to.
    pub fn beside(to: &Path) -> Result<Self> {
        refuse_what_is_there(to)?;
        let made = tempfile::Builder::new().prefix(PREFIX).tempfile_in(parent(to)).doing(|| cannot_begin(to));
        made.map(Self).map_err(|error| error.hint("the folder above it must be there, and yours to write to"))
    }

    /// A handle to write with.
    pub(super) fn handle(&self) -> Result<File> {
        self.0.as_file().try_clone().doing(|| "cannot write".into())
    }

    /// Where it is now.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts it into its place, flushed.
    ///
    /// # Errors
    /// When something is there by now.
    pub fn put(self, to: &Path) -> Result<()> {
        let doing = || format!("cannot write {}", to.display());
        fs::set_permissions(self.path(), Permissions::from_mode(FILE_MODE)).doing(doing)?;
        // By its name, as other programs may have put another file there.
        File::open(self.path()).and_then(|file| file.sync_all()).doing(doing)?;
        self.0.persist_noclobber(to).map_err(|error| taken_or(to, error.error))?;
        sync_folder(parent(to)).doing(doing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_moves_to_nothing_only_by_either_way() {
        let place = tempfile::tempdir().expect("there is room");
        let at = |name: &str| place.path().join(name);
        for (n, step) in [move_to_nothing, move_in_two_steps].into_iter().enumerate() {
            let new = at(&format!("new-{n}"));
            fs::create_dir_all(at("made/inner")).expect("there is room");
            fs::create_dir_all(at("empty")).expect("there is room");
            fs::write(at("file"), "mine").expect("there is room");
            for there in ["empty", "file"] {
                let refused = step(&at("made"), &at(there)).expect_err("something is there");
                assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists, "{there}");
            }
            step(&at("made"), &new).expect("nothing is there");
            assert!(new.join("inner").is_dir() && !at("made").exists());
        }
        assert_eq!(fs::read(at("file")).ok().as_deref(), Some(b"mine".as_slice()));
    }
}
