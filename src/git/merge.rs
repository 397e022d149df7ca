//! Merging small packs, so that ten thousand adds do not leave ten thousand packs.
//!
//! Packs are sorted into levels by their number of objects: 1 to 7, 8 to 63, 64 to 511 … When a level holds eight, they
//! become one, a level higher. So every object is copied once a level, and the number of packs grows with the logarithm.
//!
//! # Why this is safe beside other programs
//!
//! A pack is removed only after a pack with all of its objects was flushed to disk and is visible; so at any instant,
//! for any kill or power cut, every object is there at least once. Two mergers at the same time remove packs that both
//! have copied; one finds files gone and stops, having removed nothing that its own finished pack does not hold. A
//! reader that knew a removed pack looks at the directory again, git and gix alike. `git gc` may remove a pack that is
//! being copied: what it threw away is then kept once more. Only packs as batool writes them are touched: no deltas, and
//! no file beside them but the index; git puts a `.rev`, `.keep`, `.promisor`, `.bitmap` or `.mtimes` next to its own.
//! A pack that a multi-pack index names is left alone too.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::odb::pack::{index, multi_index};

use super::id::{Id, Kind, ObjectFormat};
use super::packfile::{Entry, PackFile, sync_directory};
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// How many packs of a level become one, and by what factor levels differ.
const MANY: usize = 8;
/// Larger packs are not worth copying once more.
const LARGEST: u64 = 64 << 20;
/// Bytes before the first entry of a pack.
const HEADER: i64 = 12;
/// How much of a pack is read at once.
const PIECE: usize = 64 << 10;
/// Nobody merges for that long.
const STALE: Duration = Duration::from_secs(600);
/// Git takes its own `gc.pid` for dead after that long.
const GIT_TIDIES: Duration = Duration::from_secs(12 * 3600);

impl Repo {
    /// Merges small packs of batool's if there are many. To be called after an add; it never fails, as it may wait.
    ///
    /// Returns how many packs there are fewer.
    pub fn merge_small_packs(&self) -> usize {
        // Git's own tidying stops where packs vanish under it; it merges them anyway.
        let git_tidies = [self.common_dir().join("gc.pid"), self.objects_dir().join("maintenance.lock")];
        if git_tidies.iter().any(|lock| is_younger(lock, GIT_TIDIES)) {
            return 0;
        }
        merge_all(&self.objects_dir().join("pack"), self.object_format()).unwrap_or(0)
    }
}

fn is_younger(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    // A time to come is no older than now.
    modified.is_ok_and(|time| time.elapsed().map_or(true, |elapsed| elapsed < age))
}

struct Small {
    path: PathBuf,
    objects: u32,
}

/// One merger at a time; a second would do the same work.
struct Turn(PathBuf);

impl Turn {
    fn take(directory: &Path) -> Option<Self> {
        // With git's own prefix, so that `git prune` sweeps up what a kill leaves.
        let path = directory.join("tmp_batool_merge.lock");
        let make = || OpenOptions::new().write(true).create_new(true).open(&path).is_ok();
        if make() {
            return Some(Self(path));
        }
        if is_younger(&path, STALE) || fs::remove_file(&path).is_err() {
            return None;
        }
        make().then_some(Self(path))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn merge_all(directory: &Path, format: ObjectFormat) -> Result<usize> {
    // Listing names is all that most adds pay.
    if candidates(directory)?.len() < MANY {
        return Ok(0);
    }
    let Some(_turn) = Turn::take(directory) else { return Ok(0) };
    let mut fewer = 0;
    loop {
        let Some(group) = fullest_level(directory, format)? else { return Ok(fewer) };
        let before = group.len();
        if merge(directory, format, &group)? == 0 {
            return Ok(fewer);
        }
        fewer += before - 1;
    }
}

/// Packs that have nothing beside them but an index.
fn candidates(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in fs::read_dir(directory).doing(|| format!("cannot list {}", directory.display()))? {
        let name = entry.doing(|| format!("cannot list {}", directory.display()))?.file_name();
        let Some((stem, extension)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
        if stem.starts_with("pack-") {
            beside.entry(stem.to_owned()).or_default().insert(extension.to_owned());
        }
    }
    let ours = |files: &BTreeSet<String>| files.iter().map(String::as_str).eq(["idx", "pack"]);
    Ok(beside.into_iter().filter(|(_, files)| ours(files)).map(|(stem, _)| directory.join(stem + ".pack")).collect())
}

/// The lowest level that holds enough packs, sorted by name.
fn fullest_level(directory: &Path, format: ObjectFormat) -> Result<Option<Vec<Small>>> {
    let midx = directory.join("multi-pack-index");
    if directory.join("multi-pack-index.d").exists() {
        return Ok(None);
    }
    let mut named = BTreeSet::new();
    if midx.exists() {
        let midx = multi_index::File::at(&midx, None).doing(|| "cannot read the multi-pack index".into())?;
        named.extend(midx.index_names().iter().filter_map(|name| name.file_stem().map(ToOwned::to_owned)));
    }
    let mut levels: BTreeMap<u32, Vec<Small>> = BTreeMap::new();
    for path in candidates(directory)? {
        if path.file_stem().is_some_and(|stem| named.contains(stem)) {
            continue;
        }
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.len() > LARGEST {
            continue;
        }
        let Ok(objects) = count(&path) else { continue };
        levels.entry(objects.max(1).ilog2() / 3).or_default().push(Small { path, objects });
    }
    for (_, mut level) in levels {
        if level.len() < MANY {
            continue;
        }
        // Whether there are deltas takes reading, so it is asked last.
        level.retain(|pack| has_no_deltas(&pack.path, format).unwrap_or(false));
        if level.len() >= MANY {
            return Ok(Some(level));
        }
    }
    Ok(None)
}

fn count(path: &Path) -> io::Result<u32> {
    let mut header = [0_u8; 12];
    File::open(path)?.read_exact(&mut header)?;
    if !header.starts_with(b"PACK\0\0\0\x02") {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(u32::from_be_bytes(header[8..].try_into().expect("four bytes are left")))
}

/// An entry of a pack and where it ends.
struct Span {
    entry: Entry,
    end: u64,
}

/// All entries in the order of the pack, one behind the other.
fn entries_of(path: &Path, format: ObjectFormat) -> Result<Vec<Span>> {
    let doing = || format!("cannot read {}", path.display());
    let index = index::File::at(path.with_extension("idx"), format.kind()).doing(doing)?;
    let pack_end = fs::metadata(path).doing(doing)?.len().saturating_sub(format.null().as_bytes().len() as u64);
    let mut spans = Vec::with_capacity(index.num_objects() as usize);
    for at in 0..index.num_objects() {
        let crc = index.crc32_at_index(at).ok_or_else(|| Error::new(doing()).because("its index has no checksums"))?;
        let offset = index.pack_offset_at_index(at);
        spans.push(Span { entry: Entry { id: Id(index.oid_at_index(at).to_owned()), offset, crc }, end: pack_end });
    }
    spans.sort_unstable_by_key(|span| span.entry.offset);
    for at in 1..spans.len() {
        spans[at - 1].end = spans[at].entry.offset;
    }
    if spans.first().is_some_and(|first| first.entry.offset != HEADER.cast_unsigned()) {
        return Err(Error::new(doing()).because("its index names impossible places"));
    }
    Ok(spans)
}

fn has_no_deltas(path: &Path, format: ObjectFormat) -> Result<bool> {
    let doing = || format!("cannot read {}", path.display());
    let mut file = BufReader::with_capacity(PIECE, File::open(path).doing(doing)?);
    let (mut at, mut first) = (0, [0_u8]);
    for Span { entry, .. } in entries_of(path, format)? {
        // Forward, and mostly within what was read already.
        file.seek_relative(entry.offset.cast_signed() - at).doing(doing)?;
        file.read_exact(&mut first).doing(doing)?;
        at = entry.offset.cast_signed() + 1;
        if Kind::of_pack_number((first[0] >> 4) & 7).is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes one pack of several and removes them; gives how many were removed.
///
/// By name of pack and then place in it: the same packs always give the same one, and what was read together stays so.
fn merge(directory: &Path, format: ObjectFormat, group: &[Small]) -> Result<usize> {
    let mut merged = PackFile::create(directory)?;
    let mut entries = Vec::with_capacity(group.iter().map(|pack| pack.objects as usize).sum());
    let mut known = HashSet::new();
    for Small { path, .. } in group {
        let doing = || format!("cannot copy {}", path.display());
        let spans = entries_of(path, format)?;
        let mut file = BufReader::with_capacity(PIECE, File::open(path).doing(doing)?);
        file.seek_relative(HEADER).doing(doing)?;
        let mut bytes = Vec::new();
        for Span { entry, end } in spans {
            let length = end.checked_sub(entry.offset).filter(|length| *length <= LARGEST);
            let length = length.ok_or_else(|| Error::new(doing()).because("its index names impossible places"))?;
            bytes.resize(length as usize, 0);
            file.read_exact(&mut bytes).doing(doing)?;
            if !known.insert(entry.id) {
                continue;
            }
            if crc32fast::hash(&bytes) != entry.crc {
                return Err(Error::new(doing()).because(format!("object {} is damaged", entry.id)).hint("git fsck"));
            }
            entries.push(Entry { offset: merged.position(), ..entry });
            merged.copy(&bytes).doing(doing)?;
        }
    }
    let result = merged.finish(format, entries)?;
    let mut removed = 0;
    for Small { path, .. } in group.iter().filter(|pack| pack.path != result) {
        // Somebody may have asked git to keep it meanwhile.
        if path.with_extension("keep").exists() {
            continue;
        }
        // The index first, as git does: nobody new then looks for the pack.
        let gone = fs::remove_file(path.with_extension("idx")).and_then(|()| fs::remove_file(path));
        removed += usize::from(gone.is_ok());
        // Somebody wrote the same pack anew in between: an index must never stand alone.
        if !path.exists() {
            let _ = fs::remove_file(path.with_extension("idx"));
        }
    }
    sync_directory(directory).doing(|| format!("cannot flush {}", directory.display()))?;
    Ok(removed)
}
