//! The published vectors of transparency-dev: which proofs are to be believed, and which are not.

mod support;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use batool::digest::Digest;
use batool::tlog::{is_consistent, is_included};
use serde_json::Value;
use support::{files, shared};

/// A hash of 32 bytes; what is none cannot be believed.
fn hash(value: &Value) -> Option<Digest> {
    let bytes = STANDARD.decode(value.as_str()?).ok()?;
    Some(<[u8; 32]>::try_from(bytes).ok()?.into())
}

/// A root; for one that is only to equal itself ("don't care") stands its digest.
fn root_or_word(value: &Value) -> Option<Digest> {
    hash(value).or_else(|| Some(Digest::of(value.as_str()?.as_bytes())))
}

fn proof(value: &Value) -> Option<Vec<Digest>> {
    value.as_array().map_or(Some(Vec::new()), |hashes| hashes.iter().map(hash).collect())
}

#[test]
fn the_published_vectors_are_judged_as_published() {
    let Some(root) = shared("data/third-party/merkle-proofs/testdata") else { return };
    let mut judged = 0;
    for kind in ["inclusion", "consistency"] {
        for path in files(&root.join(kind)) {
            let vector: Value = serde_json::from_slice(&fs::read(&path).expect("it can be read")).expect("it is JSON");
            let number = |name: &str| vector[name].as_u64().expect("it is a number");
            let believed = (|| {
                let proof = proof(&vector["proof"])?;
                Some(if kind == "inclusion" {
                    let (leaf, root) = (hash(&vector["leafHash"])?, hash(&vector["root"])?);
                    is_included(number("leafIdx"), number("treeSize"), &leaf, &root, &proof)
                } else {
                    let (earlier, later) = (root_or_word(&vector["root1"])?, root_or_word(&vector["root2"])?);
                    is_consistent((number("size1"), &earlier), (number("size2"), &later), &proof)
                })
            })();
            let wanted = !vector["wantErr"].as_bool().expect("it is a truth value");
            assert_eq!(believed.unwrap_or(false), wanted, "{}", path.display());
            judged += 1;
        }
    }
    assert!(judged > 150, "{judged} vectors");
}
