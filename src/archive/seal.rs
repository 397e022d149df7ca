//! Checkpoints that are signed: by whom they must be, making one, and telling whether one is.

use super::codes::SIGNATURE;
use super::layout::CHECKPOINT;
use super::policy::Policy;
use super::tlog::MAX_FILE;
use super::{Archive, Base};
use crate::error::{Error, Result};
use crate::tlog::{Checkpoint, Files, Signer, VerifierKey, split_note};

impl Archive {
    /// The archive with a key that checkpoints are signed with.
    #[must_use]
    pub fn signed_by(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// The key that the next checkpoint is signed with, if the policy asks for one.
    ///
    /// # Errors
    /// When it is not here, or another one is.
    pub(super) fn signer_for(&self, base: &Base) -> Result<Option<&Signer>> {
        let Some(key) = base.config.policy.verifier() else { return Ok(None) };
        let cannot = |why: String| {
            Error::new("cannot sign the archive's checkpoint")
                .because(why)
                .hint("BATOOL_LOG_KEY names the file with the private key")
        };
        match &self.signer {
            None => Err(cannot(format!("the policy asks for a signature by {}, and no key is here", key.to_text()))),
            Some(signer) if signer.verifier() != key => Err(cannot(format!(
                "the key here is {}, and the policy asks for {}",
                signer.verifier().to_text(),
                key.to_text()
            ))),
            Some(signer) => Ok(Some(signer)),
        }
    }

    /// Why the checkpoint of a state is not signed with a key; nothing if it is.
    pub(super) fn unsigned_at(&self, base: &Base, key: &VerifierKey) -> Result<Option<String>> {
        let entry = self.repo().entry_at(base.tree, CHECKPOINT.as_bytes())?;
        let note = entry.map(|entry| self.repo().read_blob(entry.id, MAX_FILE)).transpose()?.unwrap_or_default();
        Ok(unsigned(&note, None, key))
    }
}

/// Signs the checkpoint among the files of a log.
pub(super) fn seal(mut files: Files, signer: Option<&Signer>) -> Files {
    if let (Some(signer), Some(Some(bytes))) = (signer, files.get_mut(CHECKPOINT)) {
        *bytes = signer.sign(&String::from_utf8_lossy(bytes)).into_bytes();
    }
    files
}

/// Why the bytes of a checkpoint are not those that this policy of its parent asks for, with the code; nothing if they are.
pub(super) fn unlike(bytes: &[u8], wanted: &Checkpoint, policy: &Policy) -> Option<(&'static str, String)> {
    let text = wanted.to_text();
    match policy.verifier() {
        None => (bytes != text.as_bytes())
            .then(|| (super::codes::LOG_MISMATCH, "has another form than it must have".into())),
        Some(key) => unsigned(bytes, Some(&text), &key).map(|why| (SIGNATURE, why)),
    }
}

/// Why a checkpoint (of this text, where that is known) is not signed with a key; nothing if it is.
pub(super) fn unsigned(bytes: &[u8], text: Option<&str>, key: &VerifierKey) -> Option<String> {
    let Some((there, lines)) = split_note(bytes) else {
        return Some(format!("is not signed, and must be by {}", key.to_text()));
    };
    if text.is_some_and(|text| text != there) {
        return Some("is a signed note, and not of the log's checkpoint".to_owned());
    }
    if !key.verifies(bytes) {
        return Some(format!("bears no signature that {} verifies", key.to_text()));
    }
    (text.is_some() && lines.lines().count() > 1).then(|| "bears more than one signature".to_owned())
}
