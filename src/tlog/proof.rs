//! Proofs: that a leaf is in a log, and that a log continues an earlier one.
//!
//! Making them takes the hashes of all leaves, checking them a handful of hashes.
//!
//! Sources: RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2, <https://c2sp.org/tlog-proof>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{decimal, decode, encode};
use super::{Checkpoint, node_hash, root, split};
use crate::digest::Digest;
use crate::error::{Error, Result};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// More levels no tree has.
const MOST_HASHES: usize = 64;

/// A proof as a file: the leaf travels as extra data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The leaf, byte for byte.
    pub leaf: Vec<u8>,
    /// Which leaf it is, from 0.
    pub index: u64,
    /// The hashes beside the way from the leaf to the root.
    pub hashes: Vec<Digest>,
    /// The log that it is in.
    pub checkpoint: Checkpoint,
    /// The lines of the checkpoint's signatures; empty if it has none.
    pub signatures: String,
}

impl InclusionProof {
    /// The text of the file.
    pub fn to_text(&self) -> String {
        let hashes: String = self.hashes.iter().map(|hash| format!("{}\n", encode(hash))).collect();
        let (extra, checkpoint) = (STANDARD.encode(&self.leaf), self.checkpoint.to_text());
        let signatures = if self.signatures.is_empty() { String::new() } else { format!("\n{}", self.signatures) };
        format!("{HEADER}\nextra {extra}\nindex {}\n{hashes}\n{checkpoint}{signatures}", self.index)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it is no proof with a leaf.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let wrong = |why: &str| Error::new("cannot read a proof").because(why.to_owned());
        let text = std::str::from_utf8(text).map_err(|_| wrong("it is not UTF-8"))?;
        let (proof, checkpoint) = text.split_once("\n\n").ok_or_else(|| wrong("it has no checkpoint"))?;
        let mut lines = proof.lines();
        if lines.next() != Some(HEADER) {
            return Err(wrong(&format!("its first line is not {HEADER}")));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let leaf = extra.and_then(|extra| STANDARD.decode(extra).ok());
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let hashes: Option<Vec<_>> = lines.take(MOST_HASHES + 1).map(decode).collect();
        Ok(Self {
            leaf: leaf.ok_or_else(|| wrong("its second line is not `extra` and the leaf in base64"))?,
            index: index.ok_or_else(|| wrong("its third line is not `index` and a number"))?,
            hashes: hashes.ok_or_else(|| wrong("a line of it is no hash in base64"))?,
            signatures: super::split_note(checkpoint.as_bytes()).map(|(_, lines)| lines.to_owned()).unwrap_or_default(),
            checkpoint: Checkpoint::parse(checkpoint.as_bytes())?,
        })
    }

    /// True if the leaf is in the log of the checkpoint.
    pub fn holds(&self) -> bool {
        let leaf = super::leaf_hash(&self.leaf);
        is_included(self.index, self.checkpoint.size, &leaf, &self.checkpoint.root, &self.hashes)
    }
}

/// The hashes that prove that the tree over all `leaves` continues the one over the first `size`.
pub fn consistency_proof(mut leaves: &[Digest], mut size: usize) -> Vec<Digest> {
    let mut proof = Vec::new();
    // As long as all of the earlier tree lies to the left, its root is known to whoever checks.
    let mut is_known = true;
    while size < leaves.len() && size > 0 {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if size <= left.len() {
            proof.push(root(right));
            leaves = left;
        } else {
            proof.push(root(left));
            is_known = false;
            size -= left.len();
            leaves = right;
        }
    }
    if !is_known {
        proof.push(root(leaves));
    }
    proof.reverse();
    proof
}

/// True if the proof leads from the leaf's hash to the root.
pub fn is_included(index: u64, size: u64, leaf: &Digest, root: &Digest, proof: &[Digest]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = node_hash(beside, &hash);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        (at, last) = (at / 2, last / 2);
    }
    last == 0 && hash == *root
}

/// True if the proof shows that the later tree continues the earlier one. Of an empty tree there is nothing to show.
pub fn is_consistent((size, root): (u64, &Digest), (later_size, later_root): (u64, &Digest), proof: &[Digest]) -> bool {
    if size == later_size {
        let is_possible = size > 0 || *root == super::root(&[]);
        return is_possible && proof.is_empty() && root == later_root;
    }
    if size > later_size || size == 0 {
        return false;
    }
    // A perfect tree's root is part of the later tree and left out of the proof.
    let (first, rest) = match proof.split_first() {
        _ if size.is_power_of_two() => (root, proof),
        Some(parts) => parts,
        None => return false,
    };
    let (mut at, mut last) = (size - 1, later_size - 1);
    while at % 2 == 1 {
        (at, last) = (at / 2, last / 2);
    }
    let (mut earlier, mut later) = (*first, *first);
    for beside in rest {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            earlier = node_hash(beside, &earlier);
            later = node_hash(beside, &later);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            later = node_hash(&later, beside);
        }
        (at, last) = (at / 2, last / 2);
    }
    last == 0 && earlier == *root && later == *later_root
}

#[cfg(test)]
mod tests {
    use super::super::{Tree, leaf_hash};
    use super::*;

    #[test]
    fn what_is_made_can_be_checked_at_every_size() {
        let leaves: Vec<_> = (0..70_u8).map(|n| leaf_hash(&[n])).collect();
        for size in 1..=leaves.len() {
            let tree = &leaves[..size];
            let whole = root(tree);
            let proofs = Tree::over(tree.to_vec());
            for index in 0..size {
                let proof = proofs.inclusion_proof(index);
                let check = |index: usize, leaf: usize, size: usize, proof: &[Digest]| {
                    is_included(index as u64, size as u64, &leaves[leaf], &whole, proof)
                };
                assert!(check(index, index, size, &proof), "{index} of {size}");
                assert!(!check(index, (index + 1) % leaves.len(), size, &proof) || size == 0);
                assert!(!check(index + size, index, size, &proof));
                assert!(proof.is_empty() || !check(index, index, size, &proof[1..]));
            }
            for earlier in 1..=size {
                let proof = consistency_proof(tree, earlier);
                let before = root(&leaves[..earlier]);
                let check = |before: &Digest, proof: &[Digest]| {
                    is_consistent((earlier as u64, before), (size as u64, &whole), proof)
                };
                assert!(check(&before, &proof), "{earlier} to {size}");
                assert!(!check(&leaf_hash(b"other"), &proof));
                assert!(proof.is_empty() || !check(&before, &proof[..proof.len() - 1]));
            }
        }
    }

    #[test]
    fn a_proof_is_read_back_and_a_changed_one_does_not_hold() {
        let leaves = [b"one".as_slice(), b"two", b"three"];
        let hashes = leaves.map(leaf_hash);
        let checkpoint = Checkpoint { origin: "o".into(), size: 3, root: root(&hashes) };
        let hashes = Tree::over(hashes.to_vec()).inclusion_proof(1);
        let proof = InclusionProof {
            leaf: b"two".to_vec(),
            index: 1,
            hashes,
            checkpoint,
            signatures: "\u{2014} x AA==\n".into(),
        };
        let text = proof.to_text();
        assert_eq!(InclusionProof::parse(text.as_bytes()).expect("it is ours"), proof);
        assert!(proof.holds());
        for (from, to) in [("index 1", "index 0"), ("dHdv", "dHdx"), ("\n3\n", "\n9\n")] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert!(!InclusionProof::parse(other.as_bytes()).expect("it is a proof").holds(), "{from}");
        }
        for wrong in ["", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v1\nindex 1\n\no\n1\n"] {
            assert!(InclusionProof::parse(wrong.as_bytes()).is_err());
        }
    }
}
