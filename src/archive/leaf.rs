//! Leaves of the log: what each add leaves behind for ever, in RFC 8785 form.

use serde::{Deserialize, Serialize};

use super::layout::{BASELINES, BaselineName, CERTIFICATE, RUNS, RunName, is_further};
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
    /// A certificate was put beside a run.
    Certificate {
        name: String,
        /// What it is called in the run's folder.
        file: String,
        /// The token of that file.
        certificate: String,
        policy: String,
    },
    /// A baseline was made.
    Baseline {
        name: String,
        /// The token of its file.
        baseline: String,
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
        let is_named = match &leaf {
            Self::Run { name, .. } => RunName::parse(name).is_ok(),
            Self::Certificate { name, file, .. } => RunName::parse(name).is_ok() && is_further(file),
            Self::Baseline { name, .. } => BaselineName::parse(name).is_ok(),
        };
        (is_named && leaf.to_bytes().is_ok_and(|canonical| canonical == bytes)).then_some(leaf)
    }

    /// What it is about: a path in the archive. Leaves of one commit stand in this order.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Run { name, .. } => format!("{RUNS}/{name}"),
            Self::Certificate { .. } | Self::Baseline { .. } => self.file(),
        }
    }

    /// The file whose token it holds.
    pub(super) fn file(&self) -> String {
        match self {
            Self::Run { name, .. } => format!("{RUNS}/{name}/{CERTIFICATE}"),
            Self::Certificate { name, file, .. } => format!("{RUNS}/{name}/{file}"),
            Self::Baseline { name, .. } => format!("{BASELINES}/{name}.json"),
        }
    }

    /// The token of that file.
    pub(super) fn token(&self) -> &str {
        match self {
            Self::Run { certificate, .. } | Self::Certificate { certificate, .. } => certificate,
            Self::Baseline { baseline, .. } => baseline,
        }
    }

    /// The token of the policy that held.
    pub(super) fn policy(&self) -> &str {
        match self {
            Self::Run { policy, .. } | Self::Certificate { policy, .. } | Self::Baseline { policy, .. } => policy,
        }
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

    #[test]
    fn each_kind_says_which_file_it_is_about() {
        let texts = [
            r#"{"certificate":"sha256:1","file":"certificate.2.json","kind":"certificate","name":"a/x","policy":"sha256:3"}"#,
            r#"{"baseline":"sha256:1","kind":"baseline","name":"v1.4","policy":"sha256:3"}"#,
        ];
        let files = ["runs/a/x/certificate.2.json", "baselines/v1.4.json"];
        for (text, file) in texts.iter().zip(files) {
            let leaf = Leaf::parse(text.as_bytes()).expect("it is a leaf");
            assert_eq!((leaf.path().as_str(), leaf.token(), leaf.policy()), (file, "sha256:1", "sha256:3"));
            assert_eq!(leaf.to_bytes().expect("it is JSON"), text.as_bytes());
        }
        // A name that nothing of its kind may have could be taken for something else.
        for (from, to) in
            [("certificate.2.json", "certificate.json"), ("certificate.2.json", "package"), ("a/x", "a@x")]
        {
            assert_eq!(Leaf::parse(texts[0].replace(from, to).as_bytes()), None, "{to}");
        }
        assert_eq!(Leaf::parse(texts[1].replace("v1.4", "v1/4").as_bytes()), None);
    }
}
