//! The secret that judgements kept in an archive are sealed with. It lies with its user and not with the archive, so
//! that whoever hands an archive over, or writes to it, cannot make one.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use batool::archive::Secret;

/// Where it is, in the folder for what programs keep for themselves.
const FILE: &str = "batool/judged.key";

/// The user's secret, made if there is none; nothing if there is no place for it.
pub(crate) fn own() -> Option<Secret> {
    let file = folder()?.join(FILE);
    read(&file).or_else(|| {
        make(&file)?;
        // Somebody else may have been faster.
        read(&file)
    })
}

fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))
}

fn read(file: &Path) -> Option<Secret> {
    fs::metadata(file).ok().filter(|found| found.is_file())?;
    fs::read(file).ok()?.try_into().ok().map(Secret::of)
}

/// What is there and is none gives way.
fn make(file: &Path) -> Option<()> {
    let folder = file.parent()?;
    fs::create_dir_all(folder).ok()?;
    // Files of this kind are for their owner only.
    let mut beside = tempfile::NamedTempFile::new_in(folder).ok()?;
    beside.write_all(Secret::random().ok()?.as_bytes()).and_then(|()| beside.as_file().sync_all()).ok()?;
    beside.persist(file).ok().map(drop)
}
