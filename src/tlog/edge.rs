//! The right edge of a log: all that is needed to append to it, however long it is.

use std::collections::BTreeMap;

use super::tile::{HEIGHT, WIDTH, bundle_path, push_leaf, tile_path};
use super::{leaf_hash, leaves_of_bundle, node_hash, root};
use crate::digest::Digest;
use crate::error::{Error, Result};

/// Files by path; none: it goes.
pub type Files = BTreeMap<String, Option<Vec<u8>>>;

/// More leaves no archive has.
const LONGEST: u64 = 1 << 40;

/// The tiles and the bundle that are not full.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    size: u64,
    bundle: Vec<u8>,
    /// The lowest level first; each has fewer hashes than a tile.
    tiles: Vec<Vec<Digest>>,
}

impl Edge {
    /// Reads the edge of a log of this size: a file a level and the last bundle of leaves.
    ///
    /// # Errors
    /// When a file cannot be read, has another size than it must have, or the leaves are not those of the lowest tile.
    pub fn read(size: u64, read: &mut dyn FnMut(&str) -> Result<Vec<u8>>) -> Result<Self> {
        let wrong = |path: &str| Error::new(format!("cannot use the log's file {path}")).because("it is damaged");
        if size > LONGEST {
            return Err(Error::new("cannot use the log").because(format!("no log has {size} leaves")));
        }
        let mut edge = Self { size, ..Self::default() };
        for level in 0.. {
            let (number, width) = last_tile(size, level);
            if number == 0 && width == 0 {
                break;
            }
            if width == 0 {
                edge.tiles.push(Vec::new());
                continue;
            }
            let path = tile_path(level, number, width);
            let bytes = read(&path)?;
            let (hashes, rest) = bytes.as_chunks::<32>();
            if hashes.len() != width || !rest.is_empty() {
                return Err(wrong(&path));
            }
            edge.tiles.push(hashes.iter().map(|hash| Digest::from(*hash)).collect());
            if level == 0 {
                let path = bundle_path(number, width);
                edge.bundle = read(&path)?;
                let leaves = leaves_of_bundle(&edge.bundle).ok_or_else(|| wrong(&path))?;
                if !leaves.iter().map(|leaf| leaf_hash(leaf)).eq(edge.tiles[0].iter().copied()) {
                    return Err(wrong(&path));
                }
            }
        }
        Ok(edge)
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    pub fn root(&self) -> Digest {
        // Perfect subtrees, the largest first; the root joins them from the right.
        let mut peaks = Vec::new();
        for tile in self.tiles.iter().rev() {
            let mut rest = tile.as_slice();
            while !rest.is_empty() {
                let (peak, smaller) = rest.split_at(1 << rest.len().ilog2());
                peaks.push(root(peak));
                rest = smaller;
            }
        }
        peaks.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| root(&[]))
    }

    /// Appends leaves, and says which files change.
    ///
    /// # Errors
    /// When a leaf is longer than 65,535 bytes.
    pub fn extend<'l>(&mut self, leaves: impl IntoIterator<Item = &'l [u8]>) -> Result<Files> {
        let before: BTreeMap<String, Vec<u8>> = self.unfinished().into_iter().collect();
        let mut files: Files = before.keys().map(|path| (path.clone(), None)).collect();
        for leaf in leaves {
            self.append(leaf, &mut files)?;
        }
        for (path, bytes) in self.unfinished() {
            // The last tile of a higher level is most often the same.
            match before.get(&path) == Some(&bytes) {
                true => files.remove(&path),
                false => files.insert(path, Some(bytes)),
            };
        }
        Ok(files)
    }

    fn append(&mut self, leaf: &[u8], files: &mut Files) -> Result<()> {
        push_leaf(&mut self.bundle, leaf)?;
        let mut hash = leaf_hash(leaf);
        for level in 0.. {
            if self.tiles.len() == level {
                self.tiles.push(Vec::new());
            }
            let tile = &mut self.tiles[level];
            tile.push(hash);
            if tile.len() < WIDTH {
                break;
            }
            let (number, _) = last_tile(self.size, level);
            files.insert(tile_path(level, number, WIDTH), Some(bytes_of(tile)));
            if level == 0 {
                files.insert(bundle_path(number, WIDTH), Some(std::mem::take(&mut self.bundle)));
            }
            hash = root(tile);
            tile.clear();
        }
        self.size += 1;
        Ok(())
    }

    /// The files that are not full.
    fn unfinished(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for (level, tile) in self.tiles.iter().enumerate().filter(|(_, tile)| !tile.is_empty()) {
            let (number, width) = last_tile(self.size, level);
            files.push((tile_path(level, number, width), bytes_of(tile)));
            if level == 0 {
                files.push((bundle_path(number, width), self.bundle.clone()));
            }
        }
        files
    }
}

/// The number and the width of the last, unfinished tile of a level; a width of 0 means that there is none.
fn last_tile(size: u64, level: usize) -> (u64, usize) {
    let hashes = u32::try_from(level).ok().and_then(|level| size.checked_shr(HEIGHT * level)).unwrap_or(0);
    let width = WIDTH as u64;
    (hashes / width, (hashes % width) as usize)
}

fn bytes_of(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(n: u64) -> Vec<u8> {
        format!("leaf {n}").into_bytes()
    }

    /// What stands on disk after changes.
    fn apply(disk: &mut BTreeMap<String, Vec<u8>>, files: Files) {
        for (path, bytes) in files {
            match bytes {
                Some(bytes) => disk.insert(path, bytes),
                None => disk.remove(&path),
            };
        }
    }

    #[test]
    fn a_log_grown_leaf_by_leaf_is_the_log_made_at_once() {
        let mut disk = BTreeMap::new();
        let mut edge = Edge::default();
        let most = 256 * 256 + 300;
        let all: Vec<_> = (0..most).map(leaf).collect();
        let hashes: Vec<_> = all.iter().map(|leaf| leaf_hash(leaf)).collect();
        let mut size = 0;
        while size < all.len() {
            // Leaf by leaf where tiles fill up, in strides elsewhere.
            let stride = if size < 520 || size.abs_diff(256 * 256) < 3 { 1 } else { 1 + size % 2000 };
            let next = all.len().min(size + stride).min(if size < 65_534 { 65_534 } else { all.len() });
            // From disk, as an add does.
            edge = Edge::read(size as u64, &mut |path| disk.get(path).cloned().ok_or_else(|| Error::new(path)))
                .expect("the files are there");
            let leaves = all[size..next].iter().map(Vec::as_slice);
            apply(&mut disk, edge.extend(leaves).expect("they are short"));
            size = next;
            assert_eq!(edge.root(), root(&hashes[..size]), "{size}");
        }
        assert_eq!(edge.size(), most);
        let mut at_once = BTreeMap::new();
        apply(&mut at_once, Edge::default().extend(all.iter().map(Vec::as_slice)).expect("they are short"));
        assert!(at_once == disk, "the same files");
        assert_eq!(disk.len(), 258 + 258 + 2 + 1, "bundles and tiles of levels 0, 1 and 2");
    }

    #[test]
    fn damaged_files_are_noticed() {
        let mut disk = BTreeMap::new();
        let leaves: Vec<_> = (0..5).map(leaf).collect();
        apply(&mut disk, Edge::default().extend(leaves.iter().map(Vec::as_slice)).expect("they are short"));
        let read = |disk: &BTreeMap<String, Vec<u8>>| {
            Edge::read(5, &mut |path| disk.get(path).cloned().ok_or_else(|| Error::new(path))).is_ok()
        };
        assert!(read(&disk));
        for path in disk.keys() {
            let mut other = disk.clone();
            other.get_mut(path).expect("it is there").pop();
            assert!(!read(&other), "{path}");
            other.remove(path);
            assert!(!read(&other), "{path}");
        }
    }
}
