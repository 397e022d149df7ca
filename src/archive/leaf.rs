//! Leaves of the log: what each add leaves behind for ever, in RFC 8785 form.

use serde::{Deserialize, Serialize};

use super::layout::RUNS;
use crate::error::Result;
use crate::json::canonical_bytes;

/// One leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Leaf {
    /// A run was added.
    Run {
        name: String,
        /// The token of `certificate.json`.
        certificate: String,
        /// `dirHash:` and the package's digest.
        package: String,
        /// The token of the list of empty directories, if there is one.
        #[serde(rename = "emptyDirectories", default, skip_serializing_if = "Option::is_none")]
        empty_directories: Option<String>,
        /// The token of the parent commit's `batool.toml`.
        policy: String,
    },
}

impl Leaf {
    /// The leaf's bytes.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        canonical_bytes(self)
    }

    /// Reads a leaf; nothing if the bytes are not exactly those of one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let leaf: Self = serde_json::from_slice(bytes).ok()?;
        leaf.to_bytes().is_ok_and(|canonical| canonical == bytes).then_some(leaf)
    }

    /// What it is about: a path in the archive. Leaves of one commit stand in this order.
    pub(super) fn path(&self) -> String {
        let Self::Run { name, .. } = self;
        format!("{RUNS}/{name}")
    }

    /// The token of the policy that held.
    pub(super) fn policy(&self) -> &str {
        let Self::Run { policy, .. } = self;
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_has_one_form() {
        let leaf = Leaf::Run {
            name: "x".into(),
            certificate: "sha256:1".into(),
            package: "dirHash:2".into(),
            empty_directories: None,
            policy: "sha256:3".into(),
        };
        let bytes = leaf.to_bytes().expect("it is JSON");
        let text = r#"{"certificate":"sha256:1","kind":"run","name":"x","package":"dirHash:2","policy":"sha256:3"}"#;
        assert_eq!(String::from_utf8_lossy(&bytes), text);
        assert_eq!(Leaf::parse(&bytes), Some(leaf));
        for other in [
            text.replace(":1", ": 1").replace("\"kind\"", " \"kind\""),
            text.replace("\"kind\"", "\"extra\":1,\"kind\""),
            text.replace("run", "walk"),
            format!("{text}\n"),
        ] {
            assert_eq!(Leaf::parse(other.as_bytes()), None, "{other}");
        }
    }
}
