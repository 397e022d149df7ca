//! Signed notes: a text, a blank line, and a line for each signature.
//!
//! Ed25519 only. A key travels as one line: name, first bytes of a digest, and the key itself in base64.
//!
//! Source: <https://c2sp.org/signed-note>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::digest::Hasher;
use crate::error::{Error, Result};

/// How the standard numbers Ed25519.
const ALGORITHM: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";
/// More signatures no checkpoint has.
const MOST_SIGNATURES: usize = 100;

/// A public key by which notes are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// A private key by which notes are signed. It is wiped from memory when dropped.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl VerifierKey {
    /// Reads `NAME+ID+KEY`.
    ///
    /// # Errors
    /// When it is anything else, or the id is not that of name and key.
    pub fn parse(text: &str) -> Result<Self> {
        let hint = "`batool archive keygen FILE` prints one";
        let wrong =
            || Error::new("cannot read a public key").because("it is not `NAME+ID+KEY` of an Ed25519 key").hint(hint);
        let (name, id, bytes) = fields(text).ok_or_else(wrong)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| wrong())?;
        let parsed = Self { name, key };
        if hex(&parsed.id()) != id {
            return Err(Error::new("cannot read a public key")
                .because(format!("its id is {id}, and that of name and key is {}", hex(&parsed.id()))));
        }
        Ok(parsed)
    }

    /// The line that [`VerifierKey::parse`] reads.
    pub fn to_text(&self) -> String {
        line(&self.name, &self.id(), self.key.as_bytes())
    }

    fn id(&self) -> [u8; 4] {
        let mut hasher = Hasher::new();
        hasher.update(self.name.as_bytes());
        hasher.update(&[b'\n', ALGORITHM]);
        hasher.update(self.key.as_bytes());
        let digest = hasher.finish();
        let mut id = [0; 4];
        id.copy_from_slice(&digest.as_bytes()[..4]);
        id
    }

    /// True if a note bears a signature by this key, and none by it that is wrong.
    pub fn verifies(&self, note: &[u8]) -> bool {
        let Some((text, lines)) = split_note(note) else { return false };
        let ours: Vec<Option<Signature>> = lines
            .lines()
            .filter_map(|line| line.strip_prefix("\u{2014} ")?.split_once(' '))
            .filter(|(name, _)| *name == self.name)
            .filter_map(|(_, signature)| STANDARD.decode(signature).ok())
            .filter_map(|bytes| {
                let signature = bytes.strip_prefix(&self.id())?;
                Some(Signature::from_slice(signature).ok())
            })
            .collect();
        let holds = |signature: &Option<Signature>| {
            signature.as_ref().is_some_and(|it| self.key.verify_strict(text.as_bytes(), it).is_ok())
        };
        !ours.is_empty() && ours.iter().all(holds)
    }
}

impl Signer {
    /// A key of this name from 32 bytes that nobody can guess.
    ///
    /// # Errors
    /// When the name is empty or holds a space or a plus.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Self> {
        if !is_name(name) {
            return Err(
                Error::new(format!("cannot name a key {name:?}")).because("a name holds neither spaces nor `+`")
            );
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(secret) })
    }

    /// Reads `PRIVATE+KEY+NAME+ID+KEY`.
    ///
    /// # Errors
    /// When it is anything else; the key is not in what the error says.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong =
            || Error::new("cannot read a private key").because("it is not `PRIVATE+KEY+NAME+ID+KEY` of an Ed25519 key");
        let (name, id, secret) = text.trim().strip_prefix(PRIVATE).and_then(fields).ok_or_else(wrong)?;
        let signer = Self { name, key: SigningKey::from_bytes(&secret) };
        if hex(&signer.verifier().id()) == id { Ok(signer) } else { Err(wrong()) }
    }

    /// The line that [`Signer::parse`] reads: a secret.
    pub fn to_secret_text(&self) -> String {
        format!("{PRIVATE}{}", line(&self.name, &self.verifier().id(), self.key.as_bytes()))
    }

    /// The public key.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The note that a text becomes.
    pub fn sign(&self, text: &str) -> String {
        let mut bytes = self.verifier().id().to_vec();
        bytes.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.name, STANDARD.encode(bytes))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The text of a note, with its last newline, and the lines of its signatures.
pub fn split_note(note: &[u8]) -> Option<(&str, &str)> {
    let note = std::str::from_utf8(note).ok()?;
    let at = note.rfind("\n\n")?;
    let (text, lines) = (&note[..=at], &note[at + 2..]);
    let is_one = |line: &str| line.starts_with("\u{2014} ");
    let is_sound = lines.ends_with('\n') && lines.lines().all(is_one) && lines.lines().count() <= MOST_SIGNATURES;
    is_sound.then_some((text, lines))
}

fn fields(text: &str) -> Option<(String, String, [u8; 32])> {
    let (name, rest) = text.trim().split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let key = STANDARD.decode(key).ok()?;
    let key: [u8; 32] = key.strip_prefix(&[ALGORITHM])?.try_into().ok()?;
    is_name(name).then(|| (name.to_owned(), id.to_owned(), key))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

fn line(name: &str, id: &[u8; 4], key: &[u8; 32]) -> String {
    let key: Vec<u8> = [&[ALGORITHM], key.as_slice()].concat();
    format!("{name}+{}+{}", hex(id), STANDARD.encode(key))
}

fn hex(id: &[u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pair of keys in the documentation of Go's package `note`.
    const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    #[test]
    fn keys_are_those_of_other_programs() {
        let signer = Signer::parse(SECRET).expect("it is published");
        assert_eq!(signer.verifier().to_text(), PUBLIC);
        assert_eq!(signer.to_secret_text(), SECRET);
        assert_eq!(VerifierKey::parse(PUBLIC).expect("it is published"), signer.verifier());
        assert!(!format!("{signer:?}").contains("AYEKFALVFGyN"));
        for wrong in [
            "",
            "a+b",
            "a b+c74f20a3+AR",
            SECRET,
            &PUBLIC.replace("c74f20a3", "c74f20a4"),
            &PUBLIC.replace("ARpc", "AQpc"),
        ] {
            assert!(VerifierKey::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Signer::parse(PUBLIC).is_err() && Signer::parse(&SECRET.replace("Peter", "Paul")).is_err());
    }

    #[test]
    fn a_note_holds_for_its_text_and_its_key_only() {
        let signer = Signer::parse(SECRET).expect("it is published");
        let note = signer.sign("one\n\ntwo\n");
        let key = signer.verifier();
        assert!(key.verifies(note.as_bytes()));
        assert_eq!(split_note(note.as_bytes()).expect("it is one").0, "one\n\ntwo\n");
        let other = Signer::new("PeterNeumann", &[7; 32]).expect("it is a name");
        assert!(!other.verifier().verifies(note.as_bytes()));
        // Signatures of others beside ours do no harm, a wrong one of ours does.
        let both = format!("{note}{}", split_note(other.sign("one\n\ntwo\n").as_bytes()).expect("it is one").1);
        assert!(key.verifies(both.as_bytes()) && other.verifier().verifies(both.as_bytes()));
        let wrong = format!("{note}{}", split_note(signer.sign("three\n").as_bytes()).expect("it is one").1);
        assert!(!key.verifies(wrong.as_bytes()));
        for other in [
            note.replace("two", "2"),
            note.replace("\n\n\u{2014}", "\n\u{2014}"),
            note.trim_end().to_owned(),
            format!("{note}more\n"),
        ] {
            assert!(!key.verifies(other.as_bytes()), "{other}");
        }
    }
}
