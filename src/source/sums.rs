//! Sums that others stated of a file, checked while it is read.

use sha2::{Digest as _, Sha512};

use crate::digest::{Digest, Hasher};

/// How a sum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha256,
    Sha512,
}

impl Algorithm {
    pub(super) const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha512];

    /// Its name, as names of manifests have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// The sum that hex digits of either case stand for.
    pub(super) fn parse(self, hex: &str) -> Option<Stated> {
        let hex = hex.to_ascii_lowercase();
        let half = |half: &str| Digest::from_hex(half.as_bytes());
        Some(match self {
            Algorithm::Sha256 => Stated { sha256: Some(half(&hex)?), sha512: None },
            Algorithm::Sha512 => {
                let (first, second) = hex.split_at_checked(64)?;
                Stated { sha256: None, sha512: Some([half(first)?, half(second)?]) }
            }
        })
    }
}

/// The sums that are stated of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stated {
    sha256: Option<Digest>,
    /// The first and the second half.
    sha512: Option<[Digest; 2]>,
}

impl From<Digest> for Stated {
    fn from(digest: Digest) -> Self {
        Self { sha256: Some(digest), sha512: None }
    }
}

impl Stated {
    /// Takes what another manifest states of the same file.
    pub(super) fn join(&mut self, other: Stated) {
        self.sha256 = self.sha256.or(other.sha256);
        self.sha512 = self.sha512.or(other.sha512);
    }

    /// Begins to read the file.
    pub(super) fn check(self) -> Check {
        Check { stated: self, sha256: self.sha256.map(|_| Hasher::new()), sha512: self.sha512.map(|_| Sha512::new()) }
    }
}

/// A file that is being read.
pub(super) struct Check {
    stated: Stated,
    sha256: Option<Hasher>,
    sha512: Option<Sha512>,
}

impl Check {
    /// Takes the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(bytes);
        }
    }

    /// Why the file is not the one that was meant, if it is not.
    pub(super) fn end(self) -> Option<String> {
        let differs = |found: String, stated: String| {
            (found != stated).then(|| format!("it has the digest {found}, and {stated} is stated"))
        };
        let sha256 = self.sha256.map(Hasher::finish).zip(self.stated.sha256);
        let sha512 = self.sha512.map(Sha512::finalize).zip(self.stated.sha512);
        let by_sha256 = sha256.and_then(|(found, stated)| differs(found.to_string(), stated.to_string()));
        by_sha256.or_else(|| {
            let (found, [first, second]) = sha512?;
            let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
            differs(found, format!("{first}{second}"))
        })
    }
}
