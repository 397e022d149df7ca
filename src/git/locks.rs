//! Locks that git and its kin hold, or left behind when they were killed.

use std::fs;
use std::path::{Path, PathBuf};

use super::repo::Repo;

impl Repo {
    /// Files that are called locks where git makes such: beside the index, the configuration, references and `HEAD`.
    pub fn locks(&self) -> Vec<PathBuf> {
        let mut locks = Vec::new();
        for top in [self.common_dir(), self.git_dir()] {
            locks_in(top, false, &mut locks);
        }
        locks_in(&self.common_dir().join("refs"), true, &mut locks);
        locks.sort_unstable();
        locks.dedup();
        locks
    }
}

fn locks_in(folder: &Path, is_deep: bool, locks: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_deep => locks_in(&path, true, locks),
            Ok(kind) if kind.is_file() && path.extension().is_some_and(|extension| extension == "lock") => {
                locks.push(path)
            }
            _ => {}
        }
    }
}
