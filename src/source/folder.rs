//! The door for folders: walks without following any link, at any depth.

use std::ffi::CStr;
use std::io::Read;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, open, openat, statat};
use rustix::io::Errno;

use super::reader::{Blame, Exact};
use super::{Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use crate::error::{Doing as _, Error, Result};

const HINT_PERMISSION: &str = "check that you may read the folder and everything in it";

/// A package that lies in a folder.
pub struct Folder {
    name: String,
    root: OwnedFd,
    listing: Listing,
    /// The folder that the last file was in, and its path.
    last: Option<(Vec<u8>, OwnedFd)>,
}

impl Folder {
    /// Lists the folder at `path`. The path itself may lead through links; beneath it none is followed.
    ///
    /// # Errors
    /// When the folder or one inside it cannot be read.
    pub fn open(path: &Path, limits: Limits) -> Result<Self> {
        let name = path.display().to_string();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = open(path, flags, Mode::empty())
            .doing(|| format!("cannot read the folder {name}"))
            .map_err(|error| error.hint(HINT_PERMISSION))?;
        let listing = list(&root, &name, limits)?;
        Ok(Self { name, root, listing, last: None })
    }
}

impl Folder {
    /// Opens a file that need not be one any more. Files of one folder come one after another.
    fn open_file(&mut self, path: &[u8]) -> rustix::io::Result<OwnedFd> {
        let (parent, base) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&b"."[..], path),
        };
        if self.last.as_ref().is_none_or(|(last, _)| last != parent) {
            self.last = Some((parent.to_vec(), open_beneath(&self.root, parent)?));
        }
        let parent = self.last.as_ref().map_or(&self.root, |(_, parent)| parent);
        // Without NONBLOCK, a fifo put in the file's place would make us wait for ever.
        openat(parent, base, IN_PLACE | OFlags::NONBLOCK, Mode::empty())
    }
}

impl PackageSource for Folder {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let size = self.listing.size_of(path)?;
        let inside = format!("{}{path}", self.listing.prefix);
        let shown = format!("{}/{inside}", self.name.trim_end_matches('/'));
        let changed = || Error::new(format!("{shown} changed while it was being read"));
        let file = match self.open_file(inside.as_bytes()) {
            Ok(file) => file,
            Err(Errno::LOOP | Errno::NOTDIR | Errno::NOENT | Errno::NXIO) => return Err(changed()),
            Err(errno) => {
                return Err(Error::new(format!("cannot read {shown}")).because(errno).hint(HINT_PERMISSION));
            }
        };
        let seen = fstat(&file).doing(|| format!("cannot read {shown}"))?;
        if FileType::from_raw_mode(seen.st_mode) != FileType::RegularFile || u64::try_from(seen.st_size) != Ok(size) {
            return Err(changed());
        }
        Ok(Box::new(Exact::new(std::fs::File::from(file), size, Blame::Change, shown)))
    }
}

/// What is opened is what stands there, not what a link leads to.
const IN_PLACE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens the directory at `path` component by component, so that no link is followed anywhere on the way.
fn open_beneath(root: &OwnedFd, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    let mut held: Option<OwnedFd> = None;
    for component in path.split(|byte| *byte == b'/') {
        let directory = held.as_ref().unwrap_or(root);
        held = Some(openat(directory, component, IN_PLACE | OFlags::DIRECTORY, Mode::empty())?);
    }
    held.ok_or(Errno::NOENT)
}

fn list(root: &OwnedFd, name: &str, limits: Limits) -> Result<Listing> {
    let mut builder = ListingBuilder::new(limits);
    let mut waiting: Vec<Vec<u8>> = vec![b".".to_vec()];
    while let Some(directory) = waiting.pop() {
        if builder.is_full() {
            break;
        }
        let doing = || format!("cannot read the folder {name}/{}", String::from_utf8_lossy(&directory));
        let found =
            entries(root, &directory, &mut builder).doing(doing).map_err(|error| error.hint(HINT_PERMISSION))?;
        waiting.extend(found);
    }
    Ok(builder.finish())
}

/// Adds what one directory holds and gives the directories in it that are worth entering.
fn entries(root: &OwnedFd, directory: &[u8], builder: &mut ListingBuilder) -> rustix::io::Result<Vec<Vec<u8>>> {
    let mut handle = Dir::new(open_beneath(root, directory)?)?;
    let mut inside = Vec::new();
    while let Some(entry) = handle.read() {
        let entry = entry?;
        let base = entry.file_name();
        if base == c"." || base == c".." {
            continue;
        }
        let kind = kind_of(handle.fd()?, base)?;
        let mut name = if directory == b"." { Vec::new() } else { [directory, b"/"].concat() };
        name.extend_from_slice(base.to_bytes());
        let enter = kind == RawKind::Directory;
        // A directory with a refused name is one fault; what lies beneath would only repeat it.
        let kept = builder.add(RawEntry { name, kind });
        if enter && let Some(kept) = kept {
            inside.push(kept.into_bytes());
        }
        if builder.is_full() {
            break;
        }
    }
    Ok(inside)
}

fn kind_of(directory: BorrowedFd<'_>, base: &CStr) -> rustix::io::Result<RawKind> {
    let seen = statat(directory, base, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(match FileType::from_raw_mode(seen.st_mode) {
        FileType::RegularFile => RawKind::File(u64::try_from(seen.st_size).unwrap_or(0)),
        FileType::Directory => RawKind::Directory,
        FileType::Symlink => RawKind::Other("symbolic link"),
        FileType::Fifo => RawKind::Other("fifo"),
        FileType::Socket => RawKind::Other("socket"),
        FileType::CharacterDevice | FileType::BlockDevice => RawKind::Other("device"),
        _ => RawKind::Other("thing of an unknown kind"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn package() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("there is room");
        fs::create_dir_all(folder.path().join("in/deep")).expect("a fresh folder");
        fs::write(folder.path().join("manifest.json"), "{}").expect("a fresh file");
        fs::write(folder.path().join("in/a"), "abc").expect("a fresh file");
        folder
    }

    fn bytes(folder: &mut Folder, path: &str) -> std::io::Result<Vec<u8>> {
        let mut all = Vec::new();
        folder.open(path).map_err(std::io::Error::other)?.read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn a_file_that_changed_since_it_was_listed_is_an_error_of_ours() {
        let on_disk = package();
        let mut folder = Folder::open(on_disk.path(), Limits::default()).expect("a folder");
        assert_eq!(bytes(&mut folder, "in/a").expect("unchanged"), b"abc");
        fs::write(on_disk.path().join("in/a"), "abcd").expect("a file");
        assert!(bytes(&mut folder, "in/a").expect_err("changed").to_string().contains("changed while"));
        fs::remove_file(on_disk.path().join("in/a")).expect("a file");
        assert!(bytes(&mut folder, "in/a").expect_err("gone").to_string().contains("changed while"));
        assert!(folder.open("in/none").is_err());
    }

    #[test]
    fn a_link_put_in_place_of_a_file_or_folder_is_not_followed() {
        let on_disk = package();
        let mut folder = Folder::open(on_disk.path(), Limits::default()).expect("a folder");
        fs::rename(on_disk.path().join("in"), on_disk.path().join("moved")).expect("it moves");
        symlink("moved", on_disk.path().join("in")).expect("a fresh link");
        assert!(bytes(&mut folder, "in/a").is_err());
        fs::remove_file(on_disk.path().join("manifest.json")).expect("a file");
        symlink("in/a", on_disk.path().join("manifest.json")).expect("a fresh link");
        assert!(bytes(&mut folder, "manifest.json").is_err());
    }

    #[test]
    fn a_link_is_reported_and_not_entered() {
        let on_disk = package();
        symlink("/", on_disk.path().join("root")).expect("a fresh link");
        let folder = Folder::open(on_disk.path(), Limits::default()).expect("a folder");
        let faults = &folder.listing().faults;
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].kind, faults[0].path.as_str()), (super::super::FaultKind::Kind, "root"));
        assert_eq!(folder.listing().empty_directories, ["in/deep"]);
    }
}
