//! A transparency log: leaves in an append-only Merkle tree, kept as small files that never change once they are full.
//!
//! Pure: bytes in, bytes out. Hashes are those of RFC 6962, files those of C2SP tlog-tiles, tree heads those of C2SP
//! tlog-checkpoint, signatures those of C2SP signed-note, so that other programs can read what is written here.
//!
//! Sources: RFC 6962 section 2.1, <https://c2sp.org/tlog-tiles>, <https://c2sp.org/tlog-checkpoint>.

mod checkpoint;
mod edge;
mod note;
mod proof;
mod tile;
mod tree;

pub use checkpoint::Checkpoint;
pub use edge::{Edge, Files};
pub use note::{Signer, VerifierKey, split_note};
pub use proof::{InclusionProof, consistency_proof, is_consistent, is_included};
pub use tile::{bundle_path, leaves_of_bundle};
pub use tree::Tree;

use crate::digest::{Digest, Hasher};

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[0]);
    hasher.update(leaf);
    hasher.finish()
}

/// The hash of an inner node.
fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    hasher.finish()
}

/// The root of a tree over these hashes; that of no hashes is the digest of nothing.
pub fn root(hashes: &[Digest]) -> Digest {
    match hashes {
        [] => Digest::of(b""),
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(split(hashes.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two that is smaller than a size of two or more.
fn split(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_the_standard() {
        assert_eq!(root(&[]).to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(leaf_hash(b"").to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        let [a, b, c] = [b"a", b"b", b"c"].map(|leaf| leaf_hash(leaf));
        assert_eq!(root(&[a, b, c]), node_hash(&node_hash(&a, &b), &c));
    }
}
