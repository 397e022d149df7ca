//! What several tests need: shared material, and copies of packages to work on.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod recipes;

use std::fs;
use std::path::{Path, PathBuf};

/// Where the project's shared material lies, if it is there.
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
pub(crate) fn shared(inside: &str) -> Option<PathBuf> {
    let root = std::env::var_os("BATOOL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(inside);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there (set BATOOL_SHARED)", path.display());
    None
}

/// Copies a folder and all beneath it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let target = to.join(path.file_name().expect("entries have names"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("there is room");
        }
    }
}

/// Every regular file beneath a folder, sorted.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Every folder beneath `root` that holds a `manifest.json`, sorted.
pub(crate) fn packages(root: &Path) -> Vec<PathBuf> {
    let manifests = files(root).into_iter().filter(|path| path.ends_with("manifest.json"));
    manifests.map(|path| path.parent().expect("it lies in a folder").to_owned()).collect()
}
