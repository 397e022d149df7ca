//! SHA-256 as a type, and the short fingerprints that stand for ids in memory.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher as _, RandomState};
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use siphasher::sip128::{Hash128, Hasher128, SipHasher13};

/// A SHA-256 digest; printed as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// No digest of anything: what a hash chain begins with.
    pub(crate) const ZERO: Digest = Digest([0; 32]);

    /// The digest that 64 lower-case hex digits stand for.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let hex: &[u8; 64] = hex.try_into().ok()?;
        let (mut bytes, mut all) = ([0; 32], 0);
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(hex_digit);
            all |= high | low;
            *byte = high << 4 | low & 15;
        }
        (all < 16).then_some(Self(bytes))
    }

    /// The digest of a prefix and of parts that each end with a zero byte.
    pub(crate) fn of_ended(prefix: &[u8], parts: &[&[u8]]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(prefix);
        for part in parts {
            hasher.update(part);
            hasher.update(b"\0");
        }
        hasher.finish()
    }

    /// The token form that ledgers and manifests use: `sha256:` and 64 hex digits.
    pub fn token(&self) -> String {
        format!("sha256:{self}")
    }

    /// The fingerprint of its token as a text.
    pub(crate) fn token_fingerprint(&self) -> Fingerprint {
        const PREFIX: &[u8; 7] = b"sha256:";
        let mut text = [0; PREFIX.len() + 64];
        let (prefix, hex) = text.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX);
        hex.copy_from_slice(&self.hex());
        Fingerprint::of(&text)
    }

    /// Its hex digits.
    fn hex(&self) -> [u8; 64] {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&hex_of(byte));
        }
        text
    }

    /// True if `text` is a prefix and the hex digits of this digest.
    pub(crate) fn is_spelt(&self, prefix: &str, text: &str) -> bool {
        let digits = text.strip_prefix(prefix).map(str::as_bytes).filter(|hex| hex.len() == 64);
        digits.is_some_and(|hex| hex.chunks_exact(2).zip(self.0).all(|(pair, byte)| pair == hex_of(byte)))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest that a token stands for; none if it is no token.
    pub(crate) fn from_token(token: &str) -> Option<Self> {
        Self::from_spelt("sha256:", token)
    }

    /// The digest whose lower-case hex digits stand behind a prefix.
    pub(crate) fn from_spelt(prefix: &str, text: &str) -> Option<Self> {
        Self::from_hex(text.strip_prefix(prefix)?.as_bytes())
    }

    /// True for a well-formed token: `sha256:` and 64 lower-case hex digits.
    pub fn is_token(text: &[u8]) -> bool {
        let hex = text.strip_prefix(b"sha256:").filter(|hex| hex.len() == 64);
        hex.is_some_and(|hex| hex.iter().fold(0, |all, byte| all | hex_digit(*byte)) < 16)
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// What a hex digit in lower case stands for; 255 for any other byte. Without branches, so that many go at once.
pub(crate) fn hex_digit(byte: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [255; 256];
        let mut value = 0;
        while value < 16 {
            values[b"0123456789abcdef"[value] as usize] = value as u8;
            value += 1;
        }
        values
    };
    VALUES[usize::from(byte)]
}

/// The two digits of a byte.
pub(crate) fn hex_of(byte: u8) -> [u8; 2] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{self}")
    }
}

/// SHA-256 over bytes that arrive in pieces.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything taken.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// 128 bits that stand for an id or a row in memory.
///
/// A keyed hash whose key is drawn when the process begins, so that nobody can prepare two texts that are taken for one.
/// Fingerprints never leave the process, and no answer depends on their order.
///
/// Two words and not one, so that records of them need no padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fingerprint(u64, u64);

impl Hash for Fingerprint {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.0);
    }
}

impl Fingerprint {
    /// The fingerprint of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        keyed().hash(bytes).into()
    }

    /// Half of it, for tables by fingerprint that keep less than the whole.
    #[inline]
    pub(crate) fn low(self) -> u64 {
        self.0
    }

    /// Its bytes, for tables whose rows must be packed.
    #[inline]
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.0) << 64 | u128::from(self.1)).to_ne_bytes()
    }

    /// The same back again.
    #[inline]
    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        let both = u128::from_ne_bytes(bytes);
        Self((both >> 64) as u64, both as u64)
    }

    /// The fingerprint of several parts, told apart by their lengths.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut all = PartsHasher::default();
        parts.iter().for_each(|part| all.part(part));
        all.finish()
    }
}

/// The fingerprint of parts that come one by one; the same as [`Fingerprint::of_parts`].
pub(crate) struct PartsHasher(SipHasher13);

impl Default for PartsHasher {
    fn default() -> Self {
        Self(*keyed())
    }
}

impl PartsHasher {
    /// Takes the next part.
    pub(crate) fn part(&mut self, part: &[u8]) {
        self.0.write_usize(part.len());
        self.0.write(part);
    }

    /// The fingerprint of all parts.
    pub(crate) fn finish(self) -> Fingerprint {
        self.0.finish128().into()
    }
}

/// The hasher that has taken nothing but the key of this process.
fn keyed() -> &'static SipHasher13 {
    static KEYED: LazyLock<SipHasher13> = LazyLock::new(|| {
        let [first, second] = [(); 2].map(|()| RandomState::new().hash_one(()));
        SipHasher13::new_with_keys(first, second)
    });
    &KEYED
}

/// For maps and sets of fingerprints, which are as good as random already.
pub(crate) type ByFingerprint = BuildHasherDefault<FingerprintHasher>;

/// Takes half of a fingerprint for its hash.
#[derive(Default)]
pub(crate) struct FingerprintHasher(u64);

impl std::hash::Hasher for FingerprintHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A set of fingerprints.
pub(crate) type FingerprintSet = HashSet<Fingerprint, ByFingerprint>;
/// A map by fingerprint.
pub(crate) type FingerprintMap<V> = HashMap<Fingerprint, V, ByFingerprint>;

impl From<Hash128> for Fingerprint {
    fn from(Hash128 { h1, h2 }: Hash128) -> Self {
        Self(h1, h2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_print_as_lower_case_hex() {
        let empty = Digest::of(b"");
        assert_eq!(empty.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert!(Digest::is_token(empty.token().as_bytes()));
        assert!(!Digest::is_token(b"sha256:E3"));
        assert_eq!(Digest::from_token(&empty.token()), Some(empty));
        for wrong in ["E", "g", "/", ":", "`", " ", "\u{e9}"] {
            let token = format!("sha256:{}{wrong}", &empty.to_string()[wrong.len()..]);
            assert!(!Digest::is_token(token.as_bytes()) && Digest::from_token(&token).is_none(), "{token}");
        }
        assert_eq!(Digest::from_token(&empty.token()), Some(empty));
        assert!(empty.is_spelt("sha256:", &empty.token()) && !empty.is_spelt("sha256:", &empty.token().to_uppercase()));
        assert!(!Digest::of(b"x").is_spelt("", &empty.to_string()));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Fingerprint::of_parts(&[b"ab", b"c"]), Fingerprint::of_parts(&[b"a", b"bc"]));
    }
}
