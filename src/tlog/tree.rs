//! A whole tree of hashes, kept so that many proofs cost no more than their own length each.

use super::node_hash;
use crate::digest::Digest;

/// The hashes of all levels: the leaves, then their pairs, and so on up to the root.
///
/// A hash without a partner stands in the next level as it is, which gives the tree of RFC 6962.
pub struct Tree {
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// The tree over the hashes of all leaves.
    pub fn over(leaves: Vec<Digest>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let pair = |pair: &[Digest]| match pair {
                [left, right] => node_hash(left, right),
                alone => alone[0],
            };
            let level = below.chunks(2).map(pair).collect();
            levels.push(level);
        }
        Self { levels }
    }

    /// The hashes that prove that a leaf is in the tree, from the bottom up; `index` counts from 0 and is one of a leaf.
    pub fn inclusion_proof(&self, mut index: usize) -> Vec<Digest> {
        let mut proof = Vec::new();
        for level in &self.levels {
            proof.extend(level.get(index ^ 1));
            index /= 2;
        }
        proof
    }
}
