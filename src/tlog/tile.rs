//! Tiles: which files a log of a size has, and the bundles of leaves.
//!
//! A tile holds 256 hashes of one level, the last tile of a level fewer; a bundle holds the leaves under a tile of the
//! lowest level, each behind its length in two bytes.

use crate::error::{Error, Result};

/// Hashes in a full tile.
pub(super) const WIDTH: usize = 256;
/// Levels of the tree in one level of tiles.
pub(super) const HEIGHT: u32 = 8;

/// The file of a tile: its level, its number, and its width where it is not full.
pub(super) fn tile_path(level: usize, number: u64, width: usize) -> String {
    format!("tile/{level}/{}", name(number, width))
}

/// The file of a bundle of leaves: its number and its width.
pub fn bundle_path(number: u64, width: usize) -> String {
    format!("tile/entries/{}", name(number, width))
}

fn name(number: u64, width: usize) -> String {
    let mut parts = vec![format!("{:03}", number % 1000)];
    let mut rest = number / 1000;
    while rest > 0 {
        parts.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    parts.reverse();
    let path = parts.join("/");
    if width == WIDTH { path } else { format!("{path}.p/{width}") }
}

/// Puts a leaf into a bundle.
///
/// # Errors
/// When it is longer than 65,535 bytes.
pub(super) fn push_leaf(bundle: &mut Vec<u8>, leaf: &[u8]) -> Result<()> {
    let length = u16::try_from(leaf.len())
        .map_err(|_| Error::new("cannot append to the log").because(format!("a leaf has {} bytes", leaf.len())))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(leaf);
    Ok(())
}

/// The leaves in a bundle; nothing if it ends within one.
pub fn leaves_of_bundle(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_at_checked(2)?;
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([length[0], length[1]])))?;
        leaves.push(leaf);
        bundle = rest;
    }
    Some(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_standard() {
        assert_eq!(tile_path(0, 0, 5), "tile/0/000.p/5");
        assert_eq!(tile_path(2, 1_234_067, WIDTH), "tile/2/x001/x234/067");
        assert_eq!(bundle_path(1_234_067, 1), "tile/entries/x001/x234/067.p/1");
    }

    #[test]
    fn a_bundle_that_was_cut_is_none() {
        let mut bundle = Vec::new();
        push_leaf(&mut bundle, b"one").expect("it is short");
        push_leaf(&mut bundle, b"").expect("it is short");
        assert_eq!(leaves_of_bundle(&bundle), Some(vec![b"one".as_slice(), b""]));
        assert_eq!(leaves_of_bundle(&bundle[..4]), None);
        assert_eq!(leaves_of_bundle(&bundle[..6]), None);
        assert!(push_leaf(&mut bundle, &vec![0; 1 << 16]).is_err());
    }
}
