//! A checkpoint: what a log was at one size, in three lines that fit into a ticket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::digest::Digest;
use crate::error::{Error, Result};

/// Which log, how many leaves, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The text: origin, size and root in base64, a line each.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, encode(&self.root))
    }

    /// Reads a checkpoint. Lines after the third (extensions, signatures) are not looked at.
    ///
    /// # Errors
    /// When one of the three lines is missing or malformed.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let wrong = |why: &str| Error::new("cannot read a checkpoint").because(why.to_owned());
        let text = std::str::from_utf8(text).map_err(|_| wrong("it is not UTF-8"))?;
        let mut lines = text.lines();
        let mut next = |what: &str| lines.next().ok_or_else(|| wrong(&format!("it ends before the {what}")));
        let (origin, size, root) = (next("origin")?, next("size")?, next("root")?);
        if origin.is_empty() {
            return Err(wrong("its origin is empty"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or_else(|| wrong("its size is no decimal number"))?,
            root: decode(root).ok_or_else(|| wrong("its root is not 32 bytes in base64"))?,
        })
    }
}

/// A hash as a line of text.
pub(super) fn encode(hash: &Digest) -> String {
    STANDARD.encode(hash.as_bytes())
}

/// The hash in a line of text.
pub(super) fn decode(line: &str) -> Option<Digest> {
    let bytes: [u8; 32] = STANDARD.decode(line).ok()?.try_into().ok()?;
    Some(bytes.into())
}

/// A number without sign and leading zeros.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_read_back_and_nothing_else_is_taken_for_it() {
        let checkpoint = Checkpoint { origin: "batool/00".into(), size: 7, root: Digest::of(b"x") };
        let text = checkpoint.to_text();
        assert_eq!(Checkpoint::parse(text.as_bytes()).expect("it is ours"), checkpoint);
        assert_eq!(Checkpoint::parse(format!("{text}\n\u{2014} key c2ln\n").as_bytes()).expect("signed"), checkpoint);
        assert_eq!(Checkpoint::parse(text.replace('\n', "\r\n").as_bytes()).expect("from a mail"), checkpoint);
        for wrong in [
            "",
            "batool/00\n",
            "batool/00\n7\n",
            "batool/00\n07\nLXEWQrcmsEQBYnyp++wy9ch6LkmU6JjXl1x9R1CzvKQ=\n",
            "batool/00\n-1\nLXEWQrcmsEQBYnyp++wy9ch6LkmU6JjXl1x9R1CzvKQ=\n",
            "batool/00\n7\nLXEW\n",
            "\n7\nLXEWQrcmsEQBYnyp++wy9ch6LkmU6JjXl1x9R1CzvKQ=\n",
        ] {
            assert!(Checkpoint::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}
