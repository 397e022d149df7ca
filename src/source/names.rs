//! From the raw entries of a door to a listing: path rules, collisions, and the one directory that is the package.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::tree_of_names::{Clash, TreeOfNames};
use super::{File, Limits};
use crate::error::{Error, Result};
use crate::path::check_component;

/// What a door found under one name, before any rule looked at it.
#[derive(Debug, Clone)]
pub struct RawEntry {
    /// The name as the door holds it, byte for byte, `/`-separated.
    pub name: Vec<u8>,
    /// What stands there.
    pub kind: RawKind,
}

/// The kinds of things that doors find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawKind {
    /// A regular file of this many bytes.
    File(u64),
    /// A directory.
    Directory,
    /// Anything else, in a word: "symbolic link", "hard link", "device", "socket", "submodule" …
    Other(&'static str),
}

/// One thing that is wrong with the shape of what a door holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which rule it breaks.
    pub kind: FaultKind,
    /// The name concerned, up to its first bad component; bytes that are not UTF-8 replaced. Empty: all of it.
    pub path: String,
    /// What is wrong, in one sentence without a full stop.
    pub text: String,
}

impl Fault {
    /// A fault at `path` (empty: of the whole); `text` is one sentence without a full stop.
    pub fn new(kind: FaultKind, path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind, path: path.into(), text: text.into() }
    }
}

/// The rules that a door itself can see broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// A name that is absolute, climbs, or that git, Windows or a shell pipeline refuses.
    Path,
    /// Two names that are equal, or equal but for case or Unicode form.
    Collision,
    /// Something that is neither a regular file nor a directory.
    Kind,
    /// More bytes than the bounds allow, or a container that inflates beyond reason.
    Limit,
    /// The container (tar, zip, gzip …) contradicts itself or breaks off.
    Container,
    /// No directory, or more than one, could be the package.
    Unknown,
}

/// What a package holds: files, empty directories, and what is wrong with their shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Regular files, sorted by the bytes of their paths, each path once.
    pub files: Vec<File>,
    /// Directories that hold nothing, sorted; git cannot keep them.
    pub empty_directories: Vec<String>,
    /// What is wrong with the shape, sorted by path, each once.
    pub faults: Vec<Fault>,
    /// The leading folder that was stripped from every name, with its `/`; empty if none was.
    pub prefix: String,
}

impl Listing {
    /// The size of the file at `path`; an error if the listing holds no such file.
    pub(super) fn size_of(&self, path: &str) -> Result<u64> {
        match self.files.binary_search_by(|file| file.path.as_str().cmp(path)) {
            Ok(found) => Ok(self.files[found].size),
            Err(_) => Err(Error::new(format!("cannot open {path}: the package holds no such file"))),
        }
    }
}

/// Bounds on names, so that a listing fits in memory whatever a door finds.
const MAX_ENTRIES: usize = 1_000_000;
const MAX_NAME_BYTES: usize = 4096;
const MAX_ALL_NAME_BYTES: usize = 256 << 20;

/// Collects a door's raw entries and turns them into a [`Listing`].
pub struct ListingBuilder {
    limits: Limits,
    entries: BTreeMap<String, RawKind>,
    faults: Vec<Fault>,
    taken: usize,
    name_bytes: usize,
    max_entries: usize,
}

impl ListingBuilder {
    /// A builder that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self { limits, entries: BTreeMap::new(), faults: Vec::new(), taken: 0, name_bytes: 0, max_entries: MAX_ENTRIES }
    }

    /// True when no more entries are taken (a million of them, or 256 MiB of names): a door may as well stop.
    pub fn is_full(&self) -> bool {
        self.taken > self.max_entries || self.name_bytes > MAX_ALL_NAME_BYTES
    }

    /// Takes one entry as it was found, and gives the name under which it stands from now on.
    ///
    /// `None` for what was refused, for a repeated name, and for the root directory itself. A door that notes where the
    /// bytes lie does so under the name given; the listing's paths are these names without [`Listing::prefix`].
    pub fn add(&mut self, entry: RawEntry) -> Option<String> {
        if self.is_full() {
            return None;
        }
        self.taken += 1;
        self.name_bytes += entry.name.len().min(MAX_NAME_BYTES);
        let name = match clean(&entry.name, &entry.kind) {
            Ok(Some(name)) if !self.is_full() => name,
            Ok(_) => return None,
            Err((path, what)) => {
                self.faults.push(Fault::new(FaultKind::Path, path, format!("the name {what}")));
                return None;
            }
        };
        match self.entries.entry(name) {
            Entry::Vacant(free) => {
                let name = free.key().clone();
                free.insert(entry.kind);
                Some(name)
            }
            Entry::Occupied(held) => {
                if *held.get() != RawKind::Directory || entry.kind != RawKind::Directory {
                    let path = held.key().clone();
                    self.faults.push(Fault::new(FaultKind::Collision, path, "the name stands there more than once"));
                }
                None
            }
        }
    }

    /// Adds a fault that only the door could see; its path is a whole name, as the door holds it.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Applies the rules to all that was taken.
    pub fn finish(self) -> Listing {
        let full = self.is_full();
        let Self { limits, entries, mut faults, .. } = self;
        let prefix = package_root(&entries, &faults).unwrap_or_else(|text| {
            faults.push(Fault::new(FaultKind::Unknown, "", text));
            String::new()
        });
        if full {
            let text = format!("there are more than {MAX_ENTRIES} entries, or their names are too long together");
            faults.push(Fault::new(FaultKind::Limit, "", text));
        }
        for fault in &mut faults {
            if let Some(inside) = fault.path.strip_prefix(&prefix) {
                fault.path = inside.to_owned();
            }
        }

        let mut tree = TreeOfNames::default();
        let mut files = Vec::new();
        let mut directories = Vec::new();
        let mut total = 0_u64;
        for (name, kind) in entries {
            let Some(path) = name.strip_prefix(&prefix) else { continue };
            let node = match tree.insert(path, kind == RawKind::Directory) {
                Ok(node) => node,
                Err(Clash { path, text }) => {
                    faults.push(Fault::new(FaultKind::Collision, path, text));
                    continue;
                }
            };
            match kind {
                RawKind::File(size) => {
                    let within = total <= limits.max_package_bytes;
                    total = total.saturating_add(size);
                    if total <= limits.max_package_bytes {
                        files.push(File { path: path.to_owned(), size });
                    } else if within {
                        let text = format!(
                            "with this file the package is larger than {} bytes; it is not read from here on",
                            limits.max_package_bytes
                        );
                        faults.push(Fault::new(FaultKind::Limit, path, text));
                    }
                }
                RawKind::Directory => directories.push((path.to_owned(), node)),
                RawKind::Other(what) => {
                    let text = format!("a {what} stands where only files and directories may");
                    faults.push(Fault::new(FaultKind::Kind, path, text));
                }
            }
        }

        faults.sort_by(|a, b| (&a.path, a.kind, &a.text).cmp(&(&b.path, b.kind, &b.text)));
        faults.dedup();
        // What was refused by its name alone is not in the tree, yet its directory is not empty.
        let refused: BTreeSet<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        let holds_refused = |path: &str| {
            let inside = format!("{path}/");
            refused.range(inside.as_str()..).next().is_some_and(|found| found.starts_with(&inside))
        };
        let empty_directories = directories
            .into_iter()
            .filter(|(path, node)| !tree.has_children(*node) && !holds_refused(path))
            .map(|(path, _)| path)
            .collect();
        Listing { files, empty_directories, faults, prefix }
    }
}

/// The name as packages spell it; `None` for the root directory. Else the path up to the bad component, and what is
/// bad about it.
fn clean(name: &[u8], kind: &RawKind) -> Result<Option<String>, (String, &'static str)> {
    let shown = || String::from_utf8_lossy(&name[..name.len().min(MAX_NAME_BYTES)]).into_owned();
    if name.len() > MAX_NAME_BYTES {
        return Err((shown(), "is longer than 4096 bytes"));
    }
    let Ok(text) = std::str::from_utf8(name) else {
        return Err((shown(), "is not UTF-8"));
    };
    if text.starts_with('/') {
        return Err((shown(), "is absolute"));
    }
    let inside = text.strip_prefix("./").unwrap_or(text);
    let path = if matches!(kind, RawKind::File(_)) { inside } else { inside.strip_suffix('/').unwrap_or(inside) };
    if *kind == RawKind::Directory && (text == "." || text == "./") {
        return Ok(None);
    }
    let mut end = 0;
    for component in path.split('/') {
        end += component.len();
        if let Some(what) = check_component(component) {
            let meaning = matches!(component, "" | "." | "..");
            return Err((if meaning { shown() } else { path[..end].to_owned() }, what));
        }
        end += 1;
    }
    Ok(Some(path.to_owned()))
}

/// The leading folder (with its `/`) that is the package, empty for the root; or, in a sentence, why there is none.
///
/// The package is the directory that holds `manifest.json` or `events.jsonl`: the root, or else its one child that
/// does, if nothing at all stands beside that child.
fn package_root(entries: &BTreeMap<String, RawKind>, faults: &[Fault]) -> Result<String, String> {
    let mut candidates: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, kind) in entries {
        let (folder, base) = name.split_at(name.rfind('/').map_or(0, |slash| slash + 1));
        if matches!(kind, RawKind::File(_)) && matches!(base, "manifest.json" | "events.jsonl") {
            candidates.entry(folder).or_default().push(base);
        }
    }
    let both = |folder: &str| Err(format!("{folder}manifest.json and {folder}events.jsonl stand side by side"));
    match candidates.get("").map(Vec::len) {
        Some(1) => return Ok(String::new()),
        Some(_) => return both(""),
        None => {}
    }
    let children: Vec<(&str, usize)> = candidates
        .iter()
        .filter(|(folder, _)| folder.matches('/').count() == 1)
        .map(|(folder, found)| (*folder, found.len()))
        .collect();
    match children.as_slice() {
        [] => Err(match candidates.first_key_value() {
            Some((folder, found)) => format!("{folder}{} lies deeper than one folder", found[0]),
            None => "there is no manifest.json and no events.jsonl".to_owned(),
        }),
        [(folder, 1)] => {
            let itself = folder.trim_end_matches('/');
            let mut names = entries
                .keys()
                .map(String::as_str)
                .chain(faults.iter().map(|fault| fault.path.as_str()).filter(|path| !path.is_empty()));
            match names.find(|name| *name != itself && !name.strip_prefix("./").unwrap_or(name).starts_with(folder)) {
                Some(beside) => Err(format!("{beside} stands beside the folder {folder}")),
                None => Ok((*folder).to_owned()),
            }
        }
        [(folder, _)] => both(folder),
        [(one, _), (other, _), ..] => Err(format!("{one} and {other} could both be the package")),
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
